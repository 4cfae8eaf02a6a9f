"""Whatever is read, and whatever dose can be written, reads back to itself."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leydig import Dose, Regimen, Repeat
from leydig.drugs import DRUGS
from leydig.errors import LeydigError
from leydig.regimen.repeat import CONTINUOUS, ONCE

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")


# Objects ----------------------------------------------------------------------------------------------

days = st.integers(0, 400).map(float) | st.floats(0.0, 900.0).map(lambda day: round(day, 6)) | st.floats(0.0, 900.0)
plain_repeats = st.one_of(
    st.builds(
        lambda n, size: Repeat("every", n * size), st.integers(1, 40), st.sampled_from([1 / 1440, 1 / 24, 1.0, 7.0])
    ),
    st.integers(1, 30).map(lambda times: Repeat("every", 1.0 / times)),
    st.floats(0.001, 300.0).map(lambda interval: Repeat("every", interval)),
    st.sets(st.integers(0, 6), min_size=1).map(lambda names: Repeat("weekdays", weekdays=tuple(sorted(names)))),
    st.just(ONCE),
)


@st.composite
def repeats(draw):
    """How often, with or without a cycle."""
    repeat = draw(plain_repeats)
    on, off = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    if repeat.kind == "weekdays":
        on, off = 7 * on, 7 * off
    if repeat.kind == "once" or repeat.days > on or draw(st.booleans()):
        return repeat
    return Repeat(repeat.kind, repeat.days, repeat.weekdays, on, off)


@st.composite
def doses(draw):
    """Any dose."""
    name = draw(st.sampled_from(list(DRUGS)))
    entry = DRUGS[name]
    infused = entry.infusible and (not entry.pulsatile or draw(st.booleans()))
    repeat = CONTINUOUS if infused else draw(repeats())
    start, length = draw(days), draw(st.none() | days.filter(lambda day: day > 0.01))
    most = entry.label.daily_maximum * min(1.0, repeat.interval)
    amount = draw(st.integers(1, 4000).map(lambda n: n / 1000.0) | st.floats(1e-4, 3.0)) * most / 4.0
    return Dose(
        name,
        amount,
        repeat,
        start,
        None if length is None else start + length,
        draw(st.sampled_from([None, *entry.routes])),
        tuple(sorted(draw(st.sets(st.integers(0, 80), max_size=9)))),
    )


@settings(max_examples=150, deadline=None)
@given(given=st.lists(doses(), max_size=3))
def test_any_doses_read_back_to_themselves(given):
    try:
        regimen = Regimen(given)
    except LeydigError:  # three times the label, or two pumps
        return
    assert Regimen(str(regimen)) == regimen


@pytest.mark.parametrize("amount", [1e-5, 1e-4, 1.5, 1.25, 1.875, 12.345, 999.999, 1000.125, 0.125, 12345.678])
@pytest.mark.parametrize("drug", ["testolactone", "hcg"])
def test_amounts_read_back(drug, amount):
    dose = Dose(drug, amount, ONCE)
    assert Regimen(str(dose)).doses == (dose,)


@pytest.mark.parametrize("missed", [(3,), (1, 2, 3), (1, 2, 3, 4), (1, 3, 4, 5, 6, 9), tuple(range(5, 300))])
def test_missed_days_read_back_and_long_runs_are_short(missed):
    dose = Dose("tamoxifen", 20.0, missed=missed)
    assert Regimen(str(dose)).doses == (dose,)
    assert len(str(dose)) < 80


# Texts ------------------------------------------------------------------------------------------------

NUMBERS = st.sampled_from(["1", "2", "3", "0.5", "1.5", "0,5", "2.25", ".5", "10", "100"])
WHOLE = st.integers(1, 40).map(str)
UNITS = st.sampled_from(["days", "weeks", "wk", "d", "month", "months", "day"])
WEEKDAYS = st.lists(
    st.sampled_from(["mon", "tue", "Wednesday", "thu", "fri", "sat", "sundays"]), min_size=1, max_size=4
)


def joined(*parts):
    """A phrase of parts, each a strategy or a word."""
    strategies = [part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts]
    return st.tuples(*strategies).map(lambda words: " ".join(word for word in words if word))


named_days = st.tuples(st.sampled_from(["", "on "]), WEEKDAYS, st.sampled_from([" ", ", ", " and ", "/"])).map(
    lambda parts: parts[0] + parts[2].join(dict.fromkeys(parts[1]))
)
frequencies = st.one_of(
    st.sampled_from(
        ["daily", "bid", "tid", "qid", "qod", "eod", "q12h", "q8h", "q90min", "q 2 weeks", "q2w", "weekly", "tiw", "2x/week",
         "3x week", "2x per week", "twice a week", "once weekly", "once a day", "every other week", "alternate days", "mwf",
         "M/W/F", "monthly", "fortnightly", "nightly", "in the morning", "at bedtime", "every night", "morning and evening",
         "every other monday", "every third day", "once", "single dose", "a day", "/day", "/week", "per week", "on days 0, 5 of each week",
         "mon-fri", "mon to wed", "once every 3 days", "5 times daily", "twice weekly on mon and thu", "weekly at night"]
    ),
    joined("every", WHOLE, st.sampled_from(["days", "hours", "weeks", "minutes", "h"])),
    named_days,
)  # fmt: skip
modifiers = st.one_of(
    joined("from", st.sampled_from(["week", "day"]), WHOLE),
    joined("starting", "day", NUMBERS),
    joined("for", WHOLE, UNITS),
    joined("x", WHOLE, UNITS),
    joined(st.sampled_from(["until", "stop", "to"]), st.sampled_from(["week", "day"]), WHOLE),
    joined("missing", st.sampled_from(["day", "days", "wk"]), WHOLE),
    joined("missing days", WHOLE, "to", WHOLE, ",", WHOLE),
    joined(WHOLE, "days on", WHOLE, "off"),
    joined(WHOLE, "weeks on", WHOLE, "week off"),
    st.sampled_from(["week 4-12", "from week 2 to week 20", "in the evening", "po", "sc", "on tue", ", for 2 weeks"]),
)
items = joined(
    st.sampled_from(
        ["anastrozole 1 mg", "Arimidex 0,5 mg", "Clomid 25mg", "clomiphene citrate 25 mg po", "hCG 1500 IU", "Pregnyl 500 units sc",
         "gonadorelin pump 10 ug", "Gonal-f 75 IU", "testosterone-enanthate 50 mg im", "letrozole 500 mcg", "nothing",
         "estradiol patch 50 ug/day", "gonadorelin 5 ug/h continuous", "0.5 mg", "tamoxifen 10 mg", ""]
    ),
    frequencies | st.just(""),
    modifiers | st.just(""),
    modifiers | st.just(""),
)  # fmt: skip
texts = st.lists(items, min_size=1, max_size=3).flatmap(
    lambda found: st.lists(
        st.sampled_from([" + ", " and ", ", ", "; ", " then ", " for 4 weeks then ", " with "]),
        min_size=len(found) - 1,
        max_size=len(found) - 1,
    ).map(lambda joints: "".join(itertools.chain(*itertools.zip_longest(found, joints, fillvalue=""))))
)


@settings(max_examples=500, deadline=None)
@given(text=texts)
def test_whatever_is_read_reads_back_to_the_same_doses(text):
    try:
        regimen = Regimen(text)
    except LeydigError as error:
        assert "got " in str(error) and ". " in str(error)
        return
    assert Regimen(str(regimen)) == regimen
    assert str(Regimen(str(regimen))) == str(regimen)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=40) | st.text("anastrozole 1.5mgdaily,;+-/then0x\t\n", max_size=60))
def test_any_characters_are_read_or_refused(text):
    try:
        regimen = Regimen(text)
    except LeydigError:
        return
    assert Regimen(str(regimen)) == regimen


def test_the_generator_is_read_often():
    """Texts of the generator are not all refused."""
    read = 0

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(text=texts)
    def count(text):
        nonlocal read
        try:
            read += bool(Regimen(text).doses)
        except LeydigError:
            pass

    count()
    assert read > 20
