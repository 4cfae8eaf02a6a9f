"""Through which arrow of the loop testosterone changes on what a man is given: a section of the clinician's page.

It is told of the model man who has his age, his BMI and his untreated levels, on what he is given now, or on what is
advised where nothing is given yet; at one week, as in `leydig.reports.explain`.
"""

import warnings

from leydig.errors import LeydigError, LeydigWarning
from leydig.man import Man
from leydig.man.man import MEASURABLE, USUAL_BMI
from leydig.protocol.implied import short_title
from leydig.protocol.vocabulary import AskedDay
from leydig.record.quantity import QUANTITIES
from leydig.reports.arrows import arrow_parts, attribute_regimen
from leydig.reports.pages.case import ReportCase, given_regimen
from leydig.reports.pages.html import Row, Section, Table
from leydig.simulation.attribute import USUAL_ANALYTE
from leydig.simulation.attribution import Attribution

__all__ = ["arrow_section"]

WEEK = 12.0
HEAD = "Through which arrow testosterone changes"
WHAT_IT_IS = (
    "What the equations say, no measurement: each brake is cut and left whole beside every choice of the others, and "
    "its part is the mean of what it makes out. How strongly estradiol brakes the Leydig cells is the least certain."
)


def arrow_section(case: ReportCase) -> tuple[Section, ...]:
    """Return the parts of the change; nothing without an untreated testosterone, an age or a simulated drug."""
    texts = (case.found.simulated_part(text) for text in (case.found.now, case.found.next))
    plan = next((one for one in map(given_regimen, texts) if one.drugs), None)
    levels = _untreated_levels(case)
    age, bmi = case.view.level("age"), case.view.level("bmi", AskedDay.BASELINE)
    if plan is None or age is None or USUAL_ANALYTE not in levels:
        return ()
    size = bmi.low if bmi else USUAL_BMI
    told = (
        f"In a model man of {age.low:g} with BMI {size:g} and with his untreated {', '.join(map(short_title, levels))}"
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeydigWarning)  # the findings speak of unlikely levels
            man = Man(age.low, size, **levels)  # type: ignore[arg-type]  # of which none are parameters
            found = attribute_regimen(man, plan, WEEK)
    except LeydigError as error:
        return (Section(HEAD, (f"{told}, on {plan}: not worked out, {error}",)),)
    if found is None:
        return (Section(HEAD, (f"{told}, on {plan} for {WEEK:g} weeks: testosterone hardly changes.",)),)
    return (Section(HEAD, (_head(told, found), _table(found), WHAT_IT_IS)),)


def _untreated_levels(case: ReportCase) -> dict[str, str]:
    """Return his levels before treatment that anchor a man, with units; a bound is no level."""
    known = {name: case.view.level(name, AskedDay.BASELINE) for name in MEASURABLE if name in QUANTITIES}
    return {name: f"{one.low!r} {QUANTITIES[name].unit}" for name, one in known.items() if one and one.low == one.high}


def _head(told: str, found: Attribution) -> str:
    before, after = float(found.before[0]), float(found.after[0])
    return (f"{told}, on {found.regimens[1]} for {WEEK:g} weeks: testosterone goes from {before:.3g} to {after:.3g} "
            f"{found.unit}. Of the change of {after - before:+.3g} {found.unit} came:")  # fmt: skip


def _table(found: Attribution) -> Table:
    rows = [Row((title, f"{part:+.3g}", f"{part / float(found.change[0]):.0%}")) for title, part in arrow_parts(found)]
    return Table(("Through", f"Part [{found.unit}]", "Of the change"), (("", tuple(rows)),), (0.56, 0.22, 0.22))
