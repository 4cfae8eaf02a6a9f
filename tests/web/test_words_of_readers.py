"""No name of this program reaches a reader as it stands in files: pages, reports, calendars, cards and rules speak words."""

import re
from dataclasses import replace

import pytest
from web.clinic import Outline, assessments, men, pages, plan

from leydig.assessment.assess import assess
from leydig.assessment.finding import FindingKind
from leydig.exchange.hooks.cards import finding_cards
from leydig.product import PRODUCTS
from leydig.protocol.implied import FACTS, FORECASTS, NUMBERS, OF_DRUG, rule_words, short_title, title_of
from leydig.protocol.reader import names, read_protocol
from leydig.record import Record
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Override
from leydig.reports.pages.report import report
from leydig.service.clinic.imports import read_import

IMPLIED = (*FACTS, *NUMBERS, *FORECASTS, *(f"{family}.{drug}" for family in OF_DRUG for drug in PRODUCTS))
BARE = {"gnrh", "cyp2d6", "cftr", "amh", "psa", "ldl", "tsh", "bmi", "lh", "fsh", "shbg", "te2"}
MACHINE = re.compile(
    r"(?<![\w/.-])(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|" + "|".join(sorted(BARE)) + r"|"
    r"(?:" + "|".join(sorted({one.partition(".")[0] for one in IMPLIED if "." in one})) + r")\.[a-z_]+)(?![\w/])"
)
TYPED = {"code", "pre", "textarea", "option"}  # what one types or chooses by its name


class Said(Outline):
    """The text of a page beyond what is there to be typed."""

    def handle_data(self, data):
        if not TYPED & set(self.open):
            super().handle_data(data)


def machine_names(text):
    return sorted({text[max(one.start() - 30, 0) : one.end() + 20] for one in MACHINE.finditer(text)})


@pytest.mark.parametrize("text", ["te2 ratio at least 10", "rung.hcg", "low_libido 4", "gnrh analogue: yes"])
def test_the_look_finds_what_it_looks_for(text):
    assert machine_names(text) and not machine_names("T:E2 at least 10; LH 3.4 IU/L; leydig page /people; a_")


def test_pages_speak_words():
    found = {name: machine_names(Said(text).text) for name, text in pages().items()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("name", ["treated", "alarm"])
@pytest.mark.parametrize("reader", ["clinician", "patient"])
def test_reports_speak_words(name, reader, tmp_path):
    record, day, _ = men()[name]
    path = tmp_path / "report.html"
    report(record, plan(), on=day, out=path, reader=reader)
    assert machine_names(Said(path.read_text(encoding="utf-8")).text) == []


def test_findings_cards_and_what_would_change_them_speak_words():
    for assessment in assessments().values():
        for one in assessment.findings:
            said = (one.title, one.plain, one.clinical, one.academic, *one.changes)
            assert machine_names(" ; ".join(said).replace(one.rule, "")) == [], one.rule
        for card in finding_cards(assessment, tuple(FindingKind)):
            assert machine_names(f"{card['summary']} {card.get('detail', '')}") == []


@pytest.mark.parametrize("name", names())
def test_rules_and_targets_of_every_protocol_speak_words(name):
    read = read_protocol(name)
    for rule in read.rules:
        said = " ; ".join(
            (rule.title, *map(str, rule.when), *(rule_words(getattr(rule, one)) for one in ("plain", "clinical")))
        )
        assert machine_names(said) == [], rule.id
    assert machine_names(" ; ".join(str(one.band) for one in read.targets)) == []


def test_everything_that_a_rule_may_name_has_words_of_its_own():
    for name in (*QUANTITIES, *PRODUCTS, *IMPLIED):
        for words in (title_of(name), short_title(name)):
            assert words and machine_names(words) == [] and "." not in words.removesuffix(".") or "0.5" in words, name
    assert all(title_of(one) != one.replace(".", " ").replace("_", " ") for one in IMPLIED)
    assert str(next(one.band for one in plan().targets if one.of == "te2_ratio")) == "T:E2 at least 10"


def test_what_a_file_would_add_and_what_was_set_for_one_man_are_said_in_words():
    table = "name,value,unit,date\nsperm_concentration,9,million/mL,2026-03-02\nlh,3.4,IU/L,2026-03-02\nlh,3.9,U/L,2026-03-02\n"
    preview = read_import(table.encode(), Record("male"), ()).as_json()
    lines = [f"{one['what']} {one['why']}" for many in preview.values() if isinstance(many, list) for one in many]
    assert len(lines) == 3 and [machine_names(one) for one in lines] == [[]] * 3
    record, day, _ = men()["treated"]
    set_for_him = (
        Override("target.te2_ratio.at_least", 12.0, "his own"),
        Override("ceiling.anastrozole", 5.0, "small"),
    )
    for one in assess(replace(record, overrides=set_for_him), plan(), on=day).of("override"):
        assert machine_names(" ".join((one.title, one.plain, one.clinical, one.academic))) == []
        assert one.title in ("Override: target of T:E2, least", "Override: ceiling of anastrozole")
