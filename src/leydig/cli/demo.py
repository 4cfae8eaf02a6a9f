"""The main job: the men of Shah 2021 on anastrozole, beside what was published.

Run it with ``python -m leydig.cli.demo``; it writes ``demo/course.png`` and ``demo/course.html``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from leydig.analytes import ANALYTES, of_panel
from leydig.course.course import Course
from leydig.course.figures.plot import Observed, course_figure
from leydig.evidence import studies
from leydig.evidence.citations import cite
from leydig.evidence.virtual_arm import mean_man
from leydig.simulation.simulate import simulate

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["main"]

WEEKS = (0.0, 2.0, 4.0, 13.0, 22.0)
NEAR = 0.5  # [weeks] a published time this near stands in the same column
WRITTEN = Path("demo")
REGIMEN = "anastrozole 1 mg daily for 22 weeks"


def published_levels() -> dict[str, list[tuple[float, float, str]]]:
    """Return the published values of the study, baseline included, by analyte."""
    arm = studies()["shah_2021"].arms[0]
    found: dict[str, list[tuple[float, float, str]]] = {}
    for name, published in arm.baseline.items():
        found[name] = [(0.0, published.value, published.unit)]
    for one in arm.observed:
        found.setdefault(one.analyte, []).append((one.week, one.value, one.unit))
    return found


def _cell(course: Course, name: str, week: float, known: Observed) -> tuple[str, str]:
    series = course[name]
    values = [(value, unit) for when, value, unit in known.get(name, ()) if abs(when - week) <= NEAR]
    told = f"{values[0][0]:g}" if values else ""
    return f"{float(series.at(week=week)):.4g}", told


def _table(course: Course, known: Observed) -> "Table":
    from rich.table import Table

    table = Table(title="Simulated mean man, and published mean in brackets", title_justify="left")
    for head in ("analyte", "unit", *(f"week {week:g}" for week in WEEKS)):
        table.add_column(head, justify="left" if head in ("analyte", "unit") else "right")
    for name in of_panel("course"):
        cells = [_cell(course, name, week, known) for week in WEEKS]
        texts = [f"{value} \\[{told}]" if told else value for value, told in cells]
        table.add_row(ANALYTES[name].title, ANALYTES[name].us, *texts)
    return table


def main() -> None:
    """Simulate, print, and write the two figures."""
    from rich.console import Console

    console = Console(width=140, highlight=False)
    study = studies()["shah_2021"]
    arm = study.arms[0]
    console.print(f"{study.title}\n{study.source[0]}")
    age, bmi = (one.value if one else float("nan") for one in (arm.age, arm.bmi))
    console.print(f"{arm.n} men, mean age {age:g}, mean BMI {bmi:g}; {REGIMEN}\n")
    course = simulate(mean_man(arm), REGIMEN, weeks=26)
    known = published_levels()
    console.print(_table(course, known))
    counts = cite(REGIMEN).counts
    console.print(
        "Where the numbers come from\n"
        "  baseline testosterone, estradiol, LH, FSH: the study; SHBG, inhibin B, semen, hematocrit and bone: "
        "expected at his age, BMI and hormones\n"
        f"  model: {', '.join(f'{count} {basis}' for basis, count in counts.items())} parameters; "
        '`leydig cite --regimen "anastrozole 1 mg daily"` lists each with its source\n'
        "  the fitted ones were fitted to this study among others, so the nearness above is a fit, not a test\n"
        "What is not validated\n"
        "  semen (sperm, motile count), hematocrit, bone and symptoms; men who differ from those of the studies; "
        "any single man\n"
        "  this simulates; it prescribes nothing"
    )
    WRITTEN.mkdir(exist_ok=True)
    for name in ("course.png", "course.html"):
        course_figure(course, WRITTEN / name, observed=known)
    console.print(f"written: {WRITTEN / 'course.png'}, {WRITTEN / 'course.html'}. Next: open the page in a browser.")


if __name__ == "__main__":
    main()
