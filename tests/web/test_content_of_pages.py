"""JSON and page are the same content; every word comes from the catalogue; what a person wrote acts nowhere."""

import json
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from web.clinic import CLINICIAN, HOSTILE, Outline, pages, views

import leydig.web
from leydig.characters import visible_text
from leydig.evidence.formats import number_text
from leydig.web import Frame, page, part
from leydig.web.addresses import ADDRESSES, address
from leydig.web.assets import _files, asset
from leydig.web.text import catalogue

ROOM = Path(leydig.web.__file__).parent
TEMPLATES = sorted((ROOM / "templates").glob("*.jinja"))
HIDDEN = {  # what JSON holds and a page shows as form, mark or address instead of words
    "id", "protocols", "regions", "protocol", "kind", "name", "unit", "mark", "severity", "of", "verdict", "choices",
    "assessment", "template", "state", "comparator", "next", "due", "alert", "pointer", "status", "present", "other",
    "recorded_at", "at", "ended", "stage", "where", "pictures", "job", "item", "version", "units", "supersedes", "superseded_by", "time", "after", "back", "account", "quantities",
}  # fmt: skip


def leaves(content, key=""):
    """Yield every text of a content with the key that holds it."""
    if isinstance(content, dict):
        for name, one in content.items():
            yield from leaves(one, name)
    elif isinstance(content, list):
        for one in content:
            yield from leaves(one, key)
    elif isinstance(content, str) and content:
        yield key, content


@pytest.mark.parametrize("name", views())
def test_what_json_says_the_page_says(name):
    text = Outline(pages()[name]).every_word
    content = views()[name].to_json()
    missing = {(key, one) for key, one in leaves(content)
               if key not in HIDDEN and "".join(visible_text(one).split()) not in text}  # fmt: skip
    assert not missing
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_bands_of_json_stand_in_the_tables_behind_the_figures():
    view, text = views()["man treated"], Outline(pages()["man treated"]).text
    band = view.board.panels[0].forecasts[1]
    for day, median, low, high in zip(band.days, band.median, band.low_90, band.high_90, strict=True):
        assert f"{day}" in text and number_text(median) in text and f"{number_text(low)} to {number_text(high)}" in text
    assert len(view.board.panels[0].forecasts) == 2


def without_markup(template):
    """Return what of a template is plain text to a reader, in elements and in attributes that are read."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template, flags=re.S)
    spoken = re.findall(r'\b(?:aria-label|alt|title|placeholder|data-head|data-waiting)="([^"]*)"', text)
    return re.sub(r"<[^>]*>", " ", text) + " ".join(spoken)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_a_template_holds_no_words_of_its_own(template):
    assert re.findall(r"[^\W\d_]{2,}", without_markup(template.read_text(encoding="utf-8"))) == []


def keys(names, prefix=""):
    for key, one in vars(names).items():
        path = f"{prefix}.{key}" if prefix else key
        yield from keys(one, path) if isinstance(one, SimpleNamespace) else [path]


COMPUTED = ("severity.", "kind.", "group.", "entry.kind_", "entry.reading", "entry.rare", "site.people", "site.protocols",
            "site.evidence", "site.trials", "site.populations", "calibrations.whole_title", "calibrations.rehearsal_title", "calibrations.structures", "calibrations.numbers", "calibrations.found", "calibrations.unchanged", "calibrations.no_use", "populations.men_words", "populations.uncovered", "populations.failed", "populations.end", "populations.joint_band", "populations.below_the_floor", "populations.above_the_limit", "populations.what", "site.lab", "site.jobs", "site.smart", "jobs.waiting", "jobs.running", "jobs.done", "jobs.failed", "jobs.cancelled", "jobs.forecast", "site.audit", "site.accounts", "what_if.joint_band", "what_if.below_the_floor", "what_if.above_the_limit", "what_if.trust",
            "what_if.caution", "what_if.abstain", "draft.fields.", "problems.")  # fmt: skip


def test_every_word_of_the_catalogue_is_used_and_every_used_word_is_there():
    text = "\n".join(one.read_text(encoding="utf-8") for one in TEMPLATES)
    used = {f"{page}.{key}" for page, key in re.findall(r"\bt\.(\w+)\.(\w+)", text)}
    used |= {f"{page}.{key}" for page, key in re.findall(r"\bt\.(\w+)\[\"(\w+)\"\]", text)}
    known = set(keys(catalogue()))
    assert used <= known, used - known
    assert not {one for one in known - used if not one.startswith(COMPUTED)}


@pytest.mark.parametrize("name", pages())
def test_a_page_holds_no_script_style_or_handler_of_its_own(name):
    outline = Outline(pages()[name])
    assert {frozenset(one) for one in outline.of("script")} == {frozenset(("src", "defer"))}
    assert not outline.of("style", "iframe", "object", "embed", "base")
    assert not [
        one for _, attributes in outline.elements for one in attributes if one == "style" or one.startswith("on")
    ]
    assert not [one for one in outline.of("a", "img", "link", "script") for key in ("href", "src")
                if one.get(key, "").lower().startswith(("javascript:", "data:", "http:"))]  # fmt: skip


@pytest.mark.parametrize("name", ["man alarm", "people", "people empty", "what if refused", "entry", "import",
                                  "accounts", "sign in", "problem", "patient alarm"])  # fmt: skip
def test_what_a_person_wrote_is_shown_and_does_nothing(name):
    text = pages()[name]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "<script>alert" not in text and "<b onclick" not in text
    assert "\x1b" not in text and "\u202e" not in text
    assert "\\x1b[31m" in text and "\\u202e=cmd()" in text
    assert HOSTILE in json.dumps(views()[name].to_json(), ensure_ascii=False) or any(
        HOSTILE in one for _, one in leaves(views()[name].to_json())
    )


def pattern(form):
    return re.sub(r"\\\{\w+\\\}", "[^/?]+", re.escape(form))


KNOWN = re.compile("|".join([*map(pattern, ADDRESSES.values()), "/assets/[^/]+"]))


@pytest.mark.parametrize("name", pages())
def test_links_and_forms_lead_to_addresses_that_there_are(name):
    outline = Outline(pages()[name])
    ids = [one["id"] for _, one in outline.elements if "id" in one]
    assert len(set(ids)) == len(ids), [one for one in ids if ids.count(one) > 1]
    for one in (*outline.of("a", "link"), *outline.of("form")):
        where = one.get("href", one.get("action"))
        inside = where.startswith("#") and where[1:] in ids
        assert inside or where.startswith("https://") or KNOWN.fullmatch(where.partition("?")[0]), where
    assert {one["for"] for one in outline.of("label") if "for" in one} <= set(ids)
    described = {
        part for one in outline.of("input", "select", "textarea") for part in one.get("aria-describedby", "").split()
    }
    assert described <= set(ids)


@pytest.mark.parametrize("name", pages())
def test_every_element_is_closed_and_headings_leave_no_level_out(name):
    outline = Outline(pages()[name])
    assert outline.wrong == [] and outline.open == []
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", pages())
def test_tables_say_what_their_heads_are_of(name):
    outline = Outline(pages()[name])
    assert all(one.get("scope") in ("col", "row") for one in outline.of("th"))
    tags = [tag for tag, _ in outline.elements]
    assert tags.count("caption") == tags.count("table")


@pytest.mark.parametrize("name", pages())
def test_every_form_that_changes_something_carries_the_token(name):
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", pages()[name], re.S)
    assert all('name="csrf" value="token-of-a-form"' in one for one in forms)
    assert forms


def test_a_moment_is_shown_to_the_minute_and_held_whole():
    text = pages()["audit"]
    assert '<time datetime="2026-03-03T10:11:12+00:00">2026-03-03 10:11 UTC</time>' in text
    assert '<time datetime="2026-03-24 10:12">2026-03-24 10:12</time>' in pages()["man treated"]


def test_who_may_only_read_sees_no_form_that_changes_something():
    for name in ("people", "man treated"):
        for frame in (Frame("a", "read-only", "t"), Frame("a", "clinician", "t", demo=True)):
            posts = [one["action"] for one in Outline(page(views()[name], frame)).of("form") if one["method"] == "post"]
            assert set(posts) - {"/people/search"} == {"/sign-out"}, name
        posts = [one["action"] for one in Outline(pages()[name]).of("form") if one["method"] == "post"]
        assert len(posts) > 1


def test_a_part_is_the_content_alone():
    text = part(views()["what if"], CLINICIAN)
    assert 'id="what-if-answer"' in text and "<html" not in text and "<nav" not in text
    assert text.strip() in pages()["what if"]


def test_an_asset_has_its_hash_in_its_name_and_the_page_names_it():
    for name in _files():
        content, media = asset(name)
        assert content and media.split("/")[0] in ("text", "image")
        assert f"/assets/{name}" in pages()["man treated"] or name.endswith(".txt")
    with pytest.raises(Exception, match="got asset"):
        asset("../text.toml")


def test_an_address_is_written_safely():
    assert address("man", "../../audit?x=1") == "/people/..%2F..%2Faudit%3Fx%3D1"
    assert address("people", due="this week", alert="") == "/people?due=this+week"


def test_the_style_sheet_and_the_script_load_nothing():
    for name in ("leydig.css", "leydig.js"):
        text = (ROOM / "static" / name).read_text(encoding="utf-8")
        assert not re.search(r"https?:|@import|url\(|eval\(|innerHTML|insertAdjacentHTML|document\.write", text)


@pytest.mark.parametrize(("value", "text"), [(99.94, "99.9"), (999.6, "1000"), (1021.4, "1021"), (0.06149, "0.0615")])
def test_numbers_are_written_without_powers_of_ten(value, text):
    assert number_text(value) == text


def test_a_page_in_plain_words_speaks_to_him_and_leads_back():
    text = Outline(pages()["patient treated"]).text
    assert "prescribes nothing: you and your clinician decide" in text and "For professionals" not in text
    assert {"href": "/people/treated"} in Outline(pages()["patient treated"]).of("a")
