"""Work-up in the words of laboratories: a normal result lifts what waits for it, so that only what surely says so is one."""

import pytest

from leydig.errors import BadRecord
from leydig.record.quantity import QUANTITIES, quantity
from leydig.record.record import Result

NORMAL = (
    "normal|46,XY|46, XY|46 xy|46,XY[20]|46,XY [30]|46XY male|46,XY (normal male)|normal male karyotype 46,XY|Normal karyotype.|WNL|NAD"
    "|unremarkable|intact|within normal limits|no abnormality detected|no AZF deletion|No Y microdeletion detected|AZF deletion: none"
    "|deletions not detected|negative for deletions|AZF deletions negative|No CFTR mutations found|no deletions, no mutations"
    "|no evidence of adenoma|No focal lesion.|MRI of the pituitary without adenoma|pituitary normal|MRI 2026-02: normal|lesion not seen"
)
FOUND = (
    "47,XXY|46,XY/47,XXY|45,X/46,XY|46,XY/45,X|46,XX|46,XY,t(1;2)|46,XY,inv(9)|46,XYq-|46,XY,del(Y)(q11)|46,XY; AZFc deleted|AZFc deletion"
    "|AZFc deleted|partial AZFc (gr/gr)|AZFa, b, c present|deletion detected|mutation found|F508del|adenoma|6 mm microadenoma|empty sella"
    "|Rathke cleft cyst|mass|abnormal|not normal|no longer normal|normal, adenoma unchanged|normal stalk, adenoma 4 mm|adenoma, normal"
    "|no change of adenoma|no new lesion|residual tumor|tumor not growing|lesion, none before|no normal Y"
)
AWAITED = (
    "pending|sent 2026-01-10|in lab|not yet|ordered 3/2|failed culture|insufficient sample|sample rejected|repeat needed|ausstehend"
    "|en attente|pendiente|inconclusive|see report|will do|lost|hemolyzed|not indicated|in process|refuses MRI|declined by patient"
    "|appointment 12 March|claustrophobic, not done|no|-|?"
)


@pytest.mark.parametrize("name", ["karyotype", "y_microdeletion", "cftr", "pituitary_imaging"])
def test_what_says_normal_is_normal(name):
    assert [words for words in NORMAL.split("|") if quantity(name).abnormal(words)] == []


@pytest.mark.parametrize("name", ["karyotype", "y_microdeletion", "cftr", "pituitary_imaging", "scrotal_ultrasound"])
def test_what_was_found_is_a_finding(name):
    one = quantity(name)
    assert [words for words in FOUND.split("|") if not one.abnormal(words) or one.is_outstanding(words)] == []


@pytest.mark.parametrize("words", AWAITED.split("|"))
def test_what_is_still_to_come_is_no_result(words):
    for name, one in QUANTITIES.items():
        if one.kind == "work-up":
            with pytest.raises(BadRecord, match="stays open"):
                Result(name, words, "2026-03-02")


def test_a_gene_test_that_found_none_is_normal_and_a_karyotype_of_none_is_none():
    assert not quantity("y_microdeletion").abnormal("none") and not quantity("cftr").abnormal("Not detected")
    with pytest.raises(BadRecord):
        Result("karyotype", "none", "2026-03-02")


@pytest.mark.parametrize(
    ("words", "awaited"), [("scan of the pituitary pending", True), ("the scan of his pituitary pending", False)]
)
def test_a_text_of_more_than_five_words_may_hold_a_finding(words, awaited):
    assert quantity("pituitary_imaging").is_outstanding(words) == awaited
