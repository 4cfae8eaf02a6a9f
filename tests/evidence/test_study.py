import pytest

from leydig.errors import BadStudy
from leydig.evidence import load, studies
from leydig.evidence.study import FOLDER

GOOD = """
id = "made_up"
title = "A made-up study"
source = "Nobody 2020, doi:10.1000/a"
role = "calibration"
design = "invented"

[[arm]]
name = "one"
men = "men"
regimen = "anastrozole 1 mg daily"
baseline.testosterone = { mean = 300, unit = "ng/dL" }

[[arm.observed]]
analyte = "testosterone"
week = 4
mean = 400
unit = "ng/dL"
"""


def test_every_study_reads_and_is_named_after_its_file():
    found = studies()
    assert len(found) >= 20
    for name, study in found.items():
        assert study.id == name
        assert study.arms and all(arm.observed for arm in study.arms)


def test_a_fifth_is_held_out():
    roles = [study.role for study in studies().values()]
    assert roles.count("held-out") >= len(roles) / 5


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('role = "calibration"', 'role = "training"', "training"),
        ("regimen =", "regime =", "regime"),
        ('design = "invented"\n', "", "design"),
        ("mean = 400", "mean = 400\nratio = 1.3", "testosterone"),
        ('unit = "ng/dL"\n', 'unit = "IU/L"\n', "IU/L"),
        ('analyte = "testosterone"', 'analyte = "testosteron"', "testosteron"),
        ("anastrozole 1 mg daily", "anastrozole 1 mg dayly", "dayly"),
        ("doi:10.1000/a", "doi=10.1000/a", "doi=10.1000/a"),
        ('id = "made_up"', 'id = "made_up', "made_up"),
    ],
)
def test_a_faulty_file_is_refused_and_the_fault_is_named(tmp_path, old, new, word):
    assert old in GOOD
    path = tmp_path / "made_up.toml"
    path.write_text(
        GOOD.replace(old, new) if old != 'unit = "ng/dL"\n' else GOOD[::-1].replace(old[::-1], new[::-1], 1)[::-1]
    )
    with pytest.raises(BadStudy) as error:
        load(path)
    assert str(path) in str(error.value)
    assert word in str(error.value) or "line" in str(error.value)


def test_a_good_file_from_anywhere_is_read(tmp_path):
    path = tmp_path / "made_up.toml"
    path.write_text(GOOD)
    assert load(path).arms[0].baseline == {"testosterone": "300 ng/dL"}


def test_the_shipped_folder_holds_only_studies():
    assert {path.suffix for path in FOLDER.iterdir()} == {".toml"}
