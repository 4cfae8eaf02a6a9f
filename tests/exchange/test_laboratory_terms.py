"""Names and units as laboratories print them: what is known in any order of its words is read, what may be another thing is not."""

import pytest

from leydig.exchange.laboratory_table import read_laboratory_table
from leydig.exchange.laboratory_terms import LONGEST_NAME, MOST_WORDS, LaboratoryName, laboratory_name, laboratory_unit

READ = {
    "Testosterone, Total, LC/MS": ("testosterone", "LC-MS"),
    "TESTOSTERONE,TOTAL,LC/MS/MS": ("testosterone", "LC-MS/MS"),
    "Testosterone, Total, MS": ("testosterone", "MS"),
    "Testosterone by mass spectrometry": ("testosterone", "MS"),
    "Free Testosterone(Direct)": ("free_testosterone", ""),
    "Testosterone, Free": ("free_testosterone", ""),
    "Testosterone, Bioavailable": ("bioavailable_testosterone", ""),
    "Estradiol, Ultrasensitive, LC/MS": ("estradiol", "LC-MS"),
    "Sex Horm Binding Glob, Serum": ("shbg", ""),
    "LH, S": ("lh", ""),
    "S-Testosterone": ("testosterone", ""),
    "Anti-Mullerian Hormone (AMH)": ("amh", ""),
    "Haematocrit (PCV)": ("hematocrit", ""),
    "ALT (SGPT)": ("alt", ""),
    "LDL Chol Calc (NIH)": ("ldl", ""),
    "TSH 3rd gen": ("tsh", ""),
    "Motility (PR)": ("progressive_motility", ""),
    "Motility (PR+NP)": ("motility", ""),
    "Normal morphology (strict)": ("normal_forms", ""),
    "Total sperm number": ("total_sperm_count", ""),
    "TMSC": ("total_motile_count", ""),
    "Days of abstinence": ("abstinence", ""),
}


@pytest.mark.parametrize("text", READ)
def test_a_name_is_read_with_its_method(text):
    found = laboratory_name(text)
    assert (found.quantity, found.assay, found.doubt) == (*READ[text], "")


@pytest.mark.parametrize("text", [
    "Hemoglobin A1c", "Hemoglobin S", "Bilirubin, direct", "PSA, free", "% Free Testosterone", "Testosterone, Free and Total",
    "Testosterone, saliva", "Free Androgen Index", "Non-progressive motility", "Motility (IM)", "Motility (NP)", "Abnormal forms",
    "Albumin, urine", "Albumin/Creatinine", "Non-HDL cholesterol", "LH/FSH ratio", "Estradiol/Testosterone", "Free T4",
    "Testis volume (left)", "Antibodies (PSA)", "Inhibin A", "Macroprolactin", "Dead sperm",
])  # fmt: skip
def test_a_word_that_changes_what_was_measured_is_never_left_out(text):
    assert laboratory_name(text) == LaboratoryName()


def test_what_tells_when_it_was_drawn_is_asked_about():
    found = laboratory_name("Testosterone (pre-dose)")
    assert found.quantity == "testosterone" and "'pre dose'" in found.doubt
    (row,) = read_laboratory_table("Test,Result,Units,Date\nTestosterone (trough),271,ng/dL,2026-03-02")
    assert "trough" in row.doubts[0]


@pytest.mark.parametrize(("text", "unit", "name"), [
    ("Sperm count", "x10^6/mL", "sperm_concentration"), ("Sperm count", "million", "total_sperm_count"), ("Sperm count", "", ""),
    ("Concentration", "M/mL", "sperm_concentration"), ("Concentration", "mg/dL", ""), ("Volume", "mL", "semen_volume"),
    ("Volume", "L", ""), ("Vitality", "%", "sperm_vitality"), ("vitality", "", "vitality"), ("PR", "%", "progressive_motility"),
    ("PR", "bpm", ""),
])  # fmt: skip
def test_a_unit_tells_which_of_two_things_is_meant(text, unit, name):
    assert laboratory_name(text, unit).quantity == name


def test_a_unit_may_stand_behind_the_name():
    head = "Test,Result,Date\n"
    (row,) = read_laboratory_table(head + "Concentration (10^6/mL),14,2026-03-02")
    assert (row.content["name"], row.content["value"], row.content["unit"]) == (
        "sperm_concentration",
        "14",
        "million/mL",
    )
    (row,) = read_laboratory_table(head + "Testosterone (nmol/L),9.4,2026-03-02")
    assert row.content["unit"] == "nmol/L"
    (row,) = read_laboratory_table("Test,Result,Unit,Date\nTestosterone (nmol/L),271,ng/dL,2026-03-02")
    assert "beside the unit 'ng/dL'" in row.refusal
    assert laboratory_name("Testosterone (H)").unit == "" == laboratory_name("Testosterone (L)").unit  # flags


@pytest.mark.parametrize(("name", "unit", "read"), [
    ("testosterone", "NG/DL", "ng/dL"), ("testosterone", "NMOL/L", "nmol/L"), ("testosterone", "ng/100mL", "ng/dL"),
    ("estradiol", "pg/mL (calc)", "pg/mL"), ("lh", "mIU/ML", "mIU/mL"), ("lh", "MIU/ML", "MIU/ML"), ("lh", "mlU/mL", "mIU/mL"), ("lh", "iu/l", "IU/L"),
    ("hematocrit", "vol%", "%"), ("hemoglobin", "gm/dL", "g/dL"), ("semen_volume", "cc", "mL"),
    ("total_sperm_count", "10^6/ejaculate", "million"), ("total_motile_count", "M", "million"), ("waist", "inches", "in"),
    ("testosterone", "mg", "mg"), ("testosterone", "", ""), ("lh", "U/L", "U/L"), ("tsh", "µIU/mL", "µIU/mL"),
])  # fmt: skip
def test_a_unit_by_other_signs(name, unit, read):
    assert laboratory_unit(name, unit) == read


def test_a_unit_that_was_read_otherwise_is_shown():
    (row,) = read_laboratory_table("Test,Result,Units,Date\nTestosterone,271,NG/DL,2026-03-02")
    assert (row.content["unit"], row.repairs) == ("ng/dL", ("NG/DL is ng/dL",))


def test_a_name_has_an_end():
    assert laboratory_name("lh" + " " * (LONGEST_NAME - 2)).quantity == "lh"
    assert laboratory_name("lh" + " " * (LONGEST_NAME - 1)).quantity == ""
    assert laboratory_name(" ".join(["lh", *["serum"] * (MOST_WORDS - 1)])).quantity == "lh"
    assert laboratory_name(" ".join(["lh", *["serum"] * MOST_WORDS])).quantity == ""
