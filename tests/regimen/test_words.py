"""Words and numbers of a regimen's text, one by one, and where each ends."""

import pytest

from leydig import Regimen
from leydig.errors import BadRegimen

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")


@pytest.mark.parametrize(
    ("word", "number"),
    [("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("eight", 8), ("ten", 10), ("twelve", 12)],
)
def test_a_number_in_words_is_the_number(word, number):
    assert Regimen(f"clomiphene 5 mg every {word} hours") == Regimen(f"clomiphene 5 mg every {number} hours")


@pytest.mark.parametrize(("word", "times"), [("once", 1), ("twice", 2), ("three times", 3), ("six times", 6)])
def test_a_word_for_times_a_day_is_its_number(word, times):
    assert Regimen(f"clomiphene 5 mg {word} daily") == Regimen(f"clomiphene 5 mg every {24 // times} hours")


@pytest.mark.parametrize(
    ("times", "said"), [(1, "daily"), (2, "twice daily"), (3, "three times daily"), (4, "four times daily")]
)
def test_times_a_day_are_said_in_words(times, said):
    assert str(Regimen(f"clomiphene 5 mg {times} times daily")) == f"clomiphene 5 mg {said}"


def test_a_week_has_the_days_0_to_6():
    assert Regimen("clomiphene 5 mg on days 0, 6 of each week").doses[0].repeat.weekdays == (0, 6)
    with pytest.raises(BadRegimen, match="days 0 to 6"):
        Regimen("clomiphene 5 mg on days 0, 7 of each week")


def test_a_comma_of_thousands_is_asked_about_where_it_could_be_a_decimal():
    with pytest.raises(BadRegimen, match="read in one way"):
        Regimen("gonadorelin 10 ug every 1,000 minutes")


def test_three_digits_after_a_point_are_a_fraction_where_nobody_counts_in_thousands():
    assert Regimen("gonadorelin 10 ug every 1.875 hours").doses[0].repeat.days == pytest.approx(1.875 / 24.0)


@pytest.mark.parametrize(("word", "asked"), [("dly", "Did you mean daily?"), ("dl", "Say how often.")])
def test_a_word_of_three_letters_is_long_enough_to_guess_at(word, asked):
    with pytest.raises(BadRegimen) as refused:
        Regimen(f"clomiphene 5 mg {word}")
    assert asked in str(refused.value)


@pytest.mark.parametrize(
    ("missed", "spans"), [("0", [(1.0, 3.0)]), ("1", [(0.0, 1.0), (2.0, 3.0)]), ("2", [(0.0, 2.0)])]
)
def test_pulses_stop_on_each_day_that_is_missed(missed, spans):
    (dose,) = Regimen(f"gonadorelin 10 ug every 90 minutes missing day {missed}").doses
    assert dose.spans(3.0) == spans


@pytest.mark.parametrize("lost", ["\udcc2\udcb5", "\x00", "\ufffd"])
def test_a_letter_that_was_lost_is_asked_for(lost):
    """A micro sign that a terminal could not read left grams."""
    with pytest.raises(BadRegimen, match="a unit of testosterone gel"):
        Regimen(f"testosterone gel 0.5 {lost}g daily")
    assert Regimen("testosterone\u00a0gel 0.05\tg daily\u200b") == Regimen("testosterone gel 50 mg daily")
