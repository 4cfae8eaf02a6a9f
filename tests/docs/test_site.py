"""The site is built without a warning, loads nothing from elsewhere, and holds a page of every entry."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import leydig as ly
from leydig.cli.commands.listings import rows_of
from leydig.cli.commands.schema import FILE_KINDS, describe_file
from leydig.evidence import studies

ROOT = Path(__file__).parents[2]
KINDS = ("Tutorials", "How-to guides", "Reference", "Explanation")
LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Loaded(HTMLParser):
    """What a browser fetches for a page by itself."""

    def __init__(self, text):
        super().__init__()
        self.addresses = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if LOADS.get(tag) in given and given.get("rel") not in ("canonical", "next", "prev"):
            self.addresses.append(given[LOADS[tag]])


def test_the_parser_sees_what_a_page_loads():
    text = '<script src="https://a/b.js"></script><link rel="stylesheet" href="//c/d.css"><a href="https://e">f</a>'
    assert Loaded(text).addresses == ["https://a/b.js", "//c/d.css"]


def test_everything_loaded_is_in_the_site(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 100
    for page in pages:
        if page.name == "404.html":  # shown by a server alone, so its addresses begin at the root of the site
            continue
        for address in Loaded(page.read_text(encoding="utf-8")).addresses:
            assert not re.match(r"(https?:)?//", address), (page.name, address)
            assert (page.parent / address.split("?")[0].split("#")[0]).exists(), (page.name, address)


def test_styles_load_nothing_from_elsewhere(site):
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


def test_the_four_kinds_are_the_navigation(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    tabs = re.findall(r'<a href="[^"]*" class="md-tabs__link">\s*(.*?)\s*</a>', text, re.S)
    assert tuple(" ".join(tab.split()) for tab in tabs)[-4:] == KINDS


@pytest.mark.parametrize("kind", ["drugs", "analytes", "protocols"])
def test_every_entry_has_a_page(site, kind):
    assert {page.stem for page in (site / kind).glob("*.html")} - {"index"} == {row["name"] for row in rows_of(kind)}


def test_every_study_has_a_page(site):
    assert {page.stem for page in (site / "studies").glob("*.html")} - {"index"} == set(studies())


def test_every_kind_of_file_has_its_schema_of_this_version(site):
    shipped = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (site / "schemas").iterdir()}
    assert shipped == {f"{kind}.schema.json": describe_file(kind) for kind in FILE_KINDS}


def test_pages_of_entries_hold_what_the_entry_says(site):
    drug = (site / "drugs" / "anastrozole.html").read_text(encoding="utf-8")
    assert "Arimidex" in drug and "clearance" in drug and "https://doi.org/10.1210/jc.2008-2527" in drug
    protocol = (site / "protocols" / "anastrozole.html").read_text(encoding="utf-8")
    assert all(rule.id in protocol for rule in ly.read_protocol("anastrozole").rules)
    assert "****" not in protocol  # a rule without an order has none in bold


def test_every_public_name_leads_to_its_docstring(site):
    text = (site / "rooms" / "index.html").read_text(encoding="utf-8")
    for name in set(ly.__all__) - {"drugs", "analytes"}:
        target = re.search(rf'href="([^"#]*)#([^"]*)"[^>]*><code>{name}</code>', text)
        assert target, name
        assert f'id="{target[2]}"' in (site / "rooms" / target[1]).read_text(encoding="utf-8"), name


def test_no_mark_of_another_markup_is_left(site):
    for page in (*(site / "rooms").glob("*.html"), *(site / "drugs").glob("*.html")):
        assert not re.search("::</p>|<p>===", page.read_text(encoding="utf-8")), page.name
