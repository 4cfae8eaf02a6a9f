"""One longest time: a hundred years, for courses, spans, days and intervals, at every door."""

import pytest

from leydig.errors import LeydigError
from leydig.moments import moments, output_times
from leydig.regimen import Dose, Regimen
from leydig.regimen.repeat import Repeat
from leydig.ticks import LONGEST_DAYS
from leydig.units import DAYS_PER_YEAR

LAST = int(LONGEST_DAYS)
DOORS = {
    "interval": lambda day: Repeat("every", float(day)),
    "days on": lambda day: Repeat("every", 1.0, on=day, off=1),
    "days off": lambda day: Repeat("every", 1.0, on=1, off=day),
    "start": lambda day: Dose("anastrozole", 1.0, start=float(day)),
    "stop": lambda day: Dose("anastrozole", 1.0, stop=float(day)),
    "shifted stop": lambda day: Dose("anastrozole", 1.0, start=1.0, stop=float(day - 5), shift=5.0),
    "missed": lambda day: Dose("anastrozole", 1.0, missed=(day,)),
    "schedule": lambda day: Regimen("anastrozole 1 mg once").schedule(float(day)),
    "kept times": lambda day: output_times(None, float(day), "1000 days"),
    "kept weeks": lambda day: output_times(day / 7.0, None, "1000 days"),
    "moment": lambda day: moments([float(day)]),
    "text: every": lambda day: Regimen(f"anastrozole 1 mg every {day} days"),
    "text: for": lambda day: Regimen(f"anastrozole 1 mg daily for {day} days"),
    "text: from": lambda day: Regimen(f"anastrozole 1 mg daily from day {day}"),
    "text: until": lambda day: Regimen(f"anastrozole 1 mg daily until day {day}"),
    "text: missing": lambda day: Regimen(f"anastrozole 1 mg daily missing day {day}"),
    "text: on and off": lambda day: Regimen(f"anastrozole 1 mg daily {day} days on 5 days off"),
    "text: two phases": lambda day: Regimen(f"anastrozole 1 mg daily for 9 days then 0.5 mg daily for {day - 9} days"),
}


def test_it_is_a_hundred_years():
    assert LONGEST_DAYS == 100.0 * DAYS_PER_YEAR


@pytest.mark.parametrize("door", DOORS)
def test_every_door_has_the_same_last_day(door):
    DOORS[door](LAST)
    with pytest.raises(LeydigError, match=f"expected .*{LAST}|one cycle|expected .*{LAST / 7.0:.10g}"):
        DOORS[door](LAST + 1)


@pytest.mark.parametrize(
    "dose",
    [Dose("anastrozole", 1.0, start=LONGEST_DAYS), Dose("anastrozole", 1.0, stop=LONGEST_DAYS),
     Dose("anastrozole", 1.0, Repeat("every", LONGEST_DAYS)), Dose("anastrozole", 1.0, missed=(LAST,)),
     Dose("anastrozole", 1.0, start=5.0, stop=LONGEST_DAYS - 5.0, shift=5.0)],
)  # fmt: skip
def test_the_text_of_the_last_day_is_read_again(dose):
    assert Regimen(str(Regimen([dose]))) == Regimen([dose])
