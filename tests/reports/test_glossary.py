import tomllib
from pathlib import Path

import pytest

import leydig as ly
from leydig.reports import glossary
from leydig.reports.glossary import GLOSSARY, term

TERMS = {
    "endocrine system", "male fertility", "testosterone production", "estradiol levels", "sperm production",
    "pituitary gland", "aromatase inhibitor", "aromatase enzyme", "spermatogenesis", "HPG axis",
    "testosterone-to-estradiol ratio", "male fertility protocols", "male infertility", "fertility protocols",
    "negative feedback", "semen parameters",
}  # fmt: skip


def test_brief_S116_exactly_the_sixteen_terms_each_once():
    assert len(GLOSSARY) == 16
    assert {one.name for one in GLOSSARY} == TERMS


def test_the_file_holds_what_the_program_reads():
    read = tomllib.loads(Path(glossary.__file__).with_name("glossary.toml").read_text(encoding="utf-8"))["term"]
    assert [one["name"] for one in read] == [one.name for one in GLOSSARY]


@pytest.mark.parametrize("one", GLOSSARY, ids=lambda one: one.name)
def test_brief_S117_three_readings_that_differ(one):
    readings = (one.plain, one.clinical, one.academic)
    assert len(set(readings)) == 3
    assert all(text.endswith(".") and len(text.split()) >= 5 for text in readings)


def test_plain_readings_are_free_of_symbols_and_short_names():
    for one in GLOSSARY:
        words = one.plain.replace(",", " ").replace(".", " ").split()
        assert not {"LH", "FSH", "GnRH", "CYP19A1", "ng/dL", "pg/mL", "SHBG"} & set(words), one.name


def test_brief_S21_spermatogenesis_is_the_making_of_sperm_in_the_testes():
    assert "testes" in term("spermatogenesis").plain and "sperm" in term("spermatogenesis").plain


@pytest.mark.parametrize("spelled", ["HPG axis", "hpg_axis", " Hpg-Axis "])
def test_a_term_is_found_however_it_is_spelled(spelled):
    assert term(spelled).name == "HPG axis"


def test_an_unknown_term_offers_near_ones():
    with pytest.raises(ly.UnknownName, match="Did you mean .*spermatogenesis"):
        term("spermatogenese")
