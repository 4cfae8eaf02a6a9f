"""`explain`: what a regimen does to each level and why, in words, from the equations themselves.

The levels come from a simulation of the reference man, the reasons from the drugs' own files.
"""

from leydig.analytes import of_panel
from leydig.course.course import Course
from leydig.drugs import DRUGS
from leydig.man import Man
from leydig.parameter import Basis, parameters
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.reports.arrows import STEADY, arrow_parts, attribute_regimen
from leydig.simulation.attribution import DIRECT_TITLE
from leydig.simulation.simulate import simulate

__all__ = ["explain"]

WEEKS = (1.0, 12.0)


def explain(regimen: Regimen | str, man: Man | None = None) -> str:
    """Return what a regimen does, in words.

    Parameters
    ----------
    regimen : Regimen or str
    man : Man, optional
        The reference man of 30 when left out.

    Returns
    -------
    str
        Paragraphs: why, drug by drug; what happens to each level at 1 and 12 weeks; through which arrows of the loop
        the change of testosterone came (`attribute`); remarks.

    Raises
    ------
    BadRegimen, UnknownName
        When the text cannot be read.
    """
    plan = regimen_of(regimen)
    who = man if man is not None else Man(age=30)
    course = simulate(who, plan, weeks=WEEKS[-1])
    lines = [f"{plan}", ""]
    lines += [line for name in plan.drugs for line in _reasons(name)] or ["Nothing is given: he stays at his baseline."]
    lines += ["", _man(man)]
    lines += [_level(course, name) for name in of_panel("explanation")]
    lines += _arrows(who, plan) if plan.drugs else []
    lines += ["", *(f"Note: {note}." for note in course.notes)]
    return "\n".join(lines)


def _reasons(name: str) -> list[str]:
    entry = DRUGS[name]
    assumed = sum(declaration.basis == Basis.ASSUMED for _, declaration, _ in parameters(entry))
    lines = [f"{entry.title} ({entry.kind}):", *(f"  - {reason}" for reason in entry.mechanism)]
    return [*lines, f"  ({assumed} of its numbers are assumed; `leydig show drug {name}` lists all)"]


def _arrows(man: Man, plan: Regimen) -> list[str]:
    """Return through which arrows testosterone changed, as a sum; nothing where it did not."""
    found = attribute_regimen(man, plan, WEEKS[-1])
    if found is None:
        return []
    head = f"Of the change of testosterone at week {WEEKS[-1]:g}, {float(found.change[0]):+.3g} {found.unit}, came"
    return ["", head, *(f"  {part:+.3g} through {title}" if title != DIRECT_TITLE else f"  {part:+.3g} {title}"
                        for title, part in arrow_parts(found))]  # fmt: skip


def _man(man: Man | None) -> str:
    if man is None:
        return "In the reference man of 30 with BMI 23:"
    return f"In this man of {float(man.age):g} with BMI {float(man.bmi):g}:"


def _level(course: Course, name: str) -> str:
    series = course[name]
    start = float(series.at(day=0.0))
    found = []
    for week in WEEKS:
        value = float(series.at(week=week))
        change = value / start - 1.0
        word = "unchanged" if abs(change) < STEADY else f"{'up' if change > 0.0 else 'down'} {abs(change):.0%}"
        found.append(f"{word} at week {week:g} ({start:.4g} to {value:.4g})")
    unit = "" if series.unit == "1" else f" [{series.unit}]"
    return f"  {series.analyte.title}{unit}: {'; '.join(found)}"
