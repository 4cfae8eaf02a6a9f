import pytest
from golden.courses import COURSES, WEEKS, frozen, predicted


@pytest.fixture(scope="module")
def now():
    return predicted()


@pytest.mark.parametrize("name", COURSES)
def test_no_prediction_moved_unnoticed(name, now):
    for analyte, values in frozen()[name].items():
        for week, was, value in zip(WEEKS, values, now[name][analyte], strict=True):
            assert value == pytest.approx(was, rel=1e-5), (
                f"{name}: {analyte} at week {week} moved from {was} to {value}. Run `make golden` and add an "
                "entry under 'Changed predictions' in CHANGELOG.md."
            )
