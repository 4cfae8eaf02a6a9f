"""What a report says of the arrows through which testosterone changes; the PDF says what the HTML says (`test_report`)."""

import re

import pytest
from assessment.men import man, treated
from reports.pages import page

import leydig as ly
from leydig.reports.pages.arrows import HEAD


def section(record, tmp_path, day=None, **more):
    """Return the words of the section, empty where there is none."""
    text = page(record, tmp_path, on=day, **more).text
    return text[text.index(HEAD) :].partition(" Findings Finding")[0] if HEAD in text else ""


def test_the_parts_are_those_of_the_attribution_of_the_man_of_his_record_and_add_up(tmp_path):
    record, day = treated("anastrozole 1 mg daily")
    text = section(record, tmp_path, day)
    told = {name: f"{value} {unit}" for name, value, unit in (
        ("testosterone", 280, "ng/dL"), ("estradiol", 45, "pg/mL"), ("lh", 3.5, "IU/L"), ("fsh", 4, "IU/L"),
        ("shbg", 25, "nmol/L"), ("hematocrit", 45, "%"), ("sperm_concentration", 8, "million/mL"),
        ("semen_volume", 3, "mL"), ("motility", 45, "%"), ("spine_bmd", 1.1, "g/cm2"))}  # fmt: skip
    found = ly.attribute(ly.Man(age=34, bmi=27, **told), "", "anastrozole 1 mg daily", at="12 weeks")
    before, after, change = (f"{float(one[0]):.3g}" for one in (found.before, found.after, found.change))
    assert f"testosterone goes from {before} to {after} ng/dL. Of the change of +{change} ng/dL came:" in text
    assert f"estradiol's brake on brain and pituitary {float(found['estradiol_feedback'][0]):+.3g} " in text
    parts = [float(part) for part in re.findall(r" ([+-][\d.]+) -?\d+%", text)]
    assert sum(parts) == pytest.approx(float(change), abs=2.0) and len(parts) == 4  # inhibin's brake carries nothing
    assert "and with his untreated testosterone, estradiol, LH, FSH, SHBG" in text


def test_before_treatment_it_is_told_of_what_is_advised_and_without_an_untreated_testosterone_of_nothing(tmp_path):
    assert "twice weekly for 12 weeks: testosterone goes from 280 to" in section(man(), tmp_path)
    record, day = treated("anastrozole 1 mg daily", base=man(without=("testosterone",)))
    assert section(record, tmp_path, day) == ""
    assert section(man(hematocrit=56.0), tmp_path) == ""  # nothing is advised


def test_a_man_whom_the_model_does_not_hold_says_why_and_the_page_stands(tmp_path):
    record, day = treated("anastrozole 1 mg daily", base=man(lh=90.0))
    assert "not worked out, got LH 90 IU/L; expected less than his pituitary's ceiling" in section(
        record, tmp_path, day
    )
