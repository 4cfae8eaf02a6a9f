"""Lessons of the lab: one file each. A lesson asks, has its reader predict, then reveals and explains.

Every study that a lesson leans on is one that the package holds, and is cited from there; what a lesson claims of the
model stands in it as numbers (``claim``), which the tests hold.
"""

import tomllib
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any

from leydig.analytes import ANALYTES
from leydig.evidence import studies
from leydig.man.surgery.surgery import ARROWS, SIZES, Surgery
from leydig.regimen.regimen import regimen_of
from leydig.units import DAYS_PER_WEEK

__all__ = ["Claim", "Lesson", "lesson_facts", "lessons"]


@dataclass(frozen=True)
class Claim:
    """What a lesson says of the model: a level lies between two multiples of another.

    Attributes
    ----------
    analyte : str
    week : float
    against : str
        ``"start"``, ``"before"`` (of the other curve, in the same week) or a week, such as ``"week 4"``.
    low, high : float
        Multiples.
    """

    analyte: str
    week: float
    against: str
    low: float
    high: float


@dataclass(frozen=True)
class Sketch:
    """What a reader draws before the curves are shown: one analyte, as points that are moved.

    Attributes
    ----------
    analyte : str
    weeks : list of float
        Of the points, ascending and after the start, which is given.
    top : str
        End of the scale, with its unit.
    """

    analyte: str
    weeks: list[float]
    top: str


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes
    ----------
    title, question : str
    options : list of str
        What its reader may expect.
    answer : int
        The number of the option that comes true, from 1 on.
    explanation : list of str
        Paragraphs that are shown with the curves.
    limits : str
        What must not be concluded.
    studies : list of str
        By their ids.
    weeks, moment : float
        How long it goes on, and the week that is looked at first.
    show : list of str
        Analytes whose curves are looked at.
    before, now : str
        Regimens of the curve that is compared with, and of the one that is predicted.
    before_title, now_title : str
    man : dict of str to float or str
        Age, BMI and measured levels.
    claim : list of Claim
    surgery, before_surgery : Surgery
        What is done to the loop in the curve that is predicted, and in the other one; nothing when left out.
    points : dict of str to str
        Study and arm whose published values are drawn beside the curves; none when left out.
    samples : str
        ``"minutes"`` or ``"semen"``: which samples are shown with the curves; neither when left out.
    share : list of float, optional
        Two bounds of what is claimed of these: of the share of a day in which one tube of LH is within 20 % of its
        mean, or of men with a low first semen sample whose second one is higher.
    draw : Sketch, optional
        What is drawn beside the choice of an option; nothing when left out.
    """

    title: str
    question: str
    options: list[str]
    answer: int
    explanation: list[str]
    limits: str
    studies: list[str]
    weeks: float
    moment: float
    show: list[str]
    before: str
    before_title: str
    now: str
    now_title: str
    man: dict[str, Any]
    claim: list[Claim] = field(default_factory=list)
    surgery: Surgery = field(default_factory=Surgery)
    before_surgery: Surgery = field(default_factory=Surgery)
    points: dict[str, str] | None = None
    samples: str = ""
    share: list[float] | None = None
    draw: Sketch | None = None


def lessons() -> dict[str, Lesson]:
    """Return the lessons by the names of their files, in their order."""
    folder = files(__package__) / "lessons"
    found = {}
    for path in sorted(folder.iterdir(), key=lambda one: int(one.name.partition("_")[0])):
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        facts |= {key: Surgery(**facts[key]) for key in ("surgery", "before_surgery") if key in facts}
        facts["claim"] = [Claim(**one) for one in facts.get("claim", ())]
        facts |= {"draw": Sketch(**facts["draw"])} if "draw" in facts else {}
        found[path.name.removesuffix(".toml")] = Lesson(**facts)
    return found


def lesson_facts() -> list[dict[str, Any]]:
    """Return the lessons as the page reads them: levels in inside units, regimens as doses, studies with sources."""
    return [_facts(name, lesson) for name, lesson in lessons().items()]


def _facts(name: str, lesson: Lesson) -> dict[str, Any]:
    known = studies()
    levels = {one: ANALYTES[one].parse(text) for one, text in lesson.man.items() if one in ANALYTES}
    own = ("title", "question", "options", "answer", "explanation", "limits", "weeks", "moment", "show", "samples")
    words = {key: getattr(lesson, key) for key in own}
    return words | {
        "name": name,
        "man": {"age": lesson.man["age"], "bmi": lesson.man["bmi"], "levels": levels},
        "before": _curve(lesson.before_title, lesson.before, lesson.before_surgery),
        "now": _curve(lesson.now_title, lesson.now, lesson.surgery),
        "studies": [
            {"title": known[one].title, "source": " | ".join(map(str, known[one].source))} for one in lesson.studies
        ],
        "draw": None if lesson.draw is None else _sketch(lesson.draw),
        "points": [] if lesson.points is None else _points(**lesson.points),
    }


def _curve(title: str, regimen: str, surgery: Surgery) -> dict[str, Any]:
    arrows, sizes = (
        {name: getattr(surgery, name) for name in names if getattr(surgery, name) != 1.0} for names in (ARROWS, SIZES)
    )
    hold = {name: ANALYTES[name].parse(text) for name, text in surgery.hold.items()}
    doses = [asdict(dose) for dose in regimen_of(regimen).doses]
    return {"title": title, "doses": doses, "surgery": {"arrows": arrows, "sizes": sizes, "hold": hold}}


def _sketch(one: Sketch) -> dict[str, Any]:
    return {"analyte": one.analyte, "weeks": one.weeks, "top": ANALYTES[one.analyte].parse(one.top)}


def _points(study: str, arm: str) -> list[dict[str, Any]]:
    """Return the published means of an arm as points: analyte, day, level in its inside unit."""
    (found,) = (one for one in studies()[study].arms if one.name == arm)
    return [
        {"analyte": one.analyte, "day": one.week * DAYS_PER_WEEK, "level": one.internal_value}
        for one in found.observed
        if one.is_level
    ]
