"""One arm of a trial: enrolled men march from visit to visit, and every decision is the protocol's.

A visit draws blood and semen; the results come some days later, and the dose changes on that day. Between
visits the equations run on with the state and the drug in the body where the visit left them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

from leydig.analytes import analyte_order, of_panel
from leydig.assessment.assess import decide
from leydig.assessment.finding import Assessment, FindingKind, Verdict
from leydig.drug import Drug
from leydig.engine import Cohort, Levels
from leydig.man import Man
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import Rank, Verb, VisitAnchor
from leydig.record.record import Record, Result, Treatment
from leydig.regimen import Dose, Regimen
from leydig.regimen.words import NOTHING
from leydig.text_enum import TextEnum
from leydig.trial.conduct.conception import conception_cycle
from leydig.trial.conduct.laboratory import laboratory_results, uniforms, with_counts
from leydig.trial.conduct.twins import twins_for
from leydig.trial.design.design import CYCLE, Screen, Trial, TrialArm
from leydig.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from leydig.inference.twin import Twin

__all__ = ["ArmCourse", "Ending", "TrialVisit", "read_regimen_text", "run_arm"]

TOLERANCE = 1e-3
LATE = 14  # [d] after a missed visit until the next try
SOON = 7  # [d] least time from a decision to the next visit
KNOWN = 14  # [d] from conception until it is known
GRADES = (0.6, 0.9)  # of joint pain: shares of grade 1, and of grades 1 and 2; assumed
SAFETY = ("hematocrit",)


@dataclass
class TrialVisit:
    """One visit of one man.

    Attributes
    ----------
    day, decided : int
        Day of the draw, and of the decision.
    levels : dict of str to float
        True levels at the draw of what was measured and of what the ledger holds, in inside units.
    results : tuple of Result
        What was measured.
    action, rule, regimen : str
        What was decided, by which rule, and what was given from then on.
    alerts : tuple of str
        Rules of alerts that held.
    """

    day: int
    decided: int
    levels: dict[str, float]
    results: tuple[Result, ...]
    action: str = ""
    rule: str = ""
    regimen: str = ""
    alerts: tuple[str, ...] = ()


class Ending(TextEnum):
    """Why a man is not followed to the end; a reason may stand after it."""

    LEFT = "left the trial"
    NOT_SOLVED = "not solved"


@dataclass
class _Patient:
    """One man while he goes through an arm."""

    number: int
    record: Record
    missed: tuple[int, ...]
    leaves: float
    doses: list[Dose] = field(default_factory=list)
    day: int = 0
    coming: int = 0
    visits: list[TrialVisit] = field(default_factory=list)
    skipped: int = 0
    pain: float = 0.0
    ended: str = ""
    stopped: str = ""
    withheld: str = ""
    conceived: float = np.inf

    def regimen_until(self, day: int) -> Regimen:
        """Return everything that he is given until a day, days without doses left out."""
        return Regimen(replace(dose, missed=self.missed) for dose in self.doses if dose.start < day)


@dataclass(frozen=True)
class ArmCourse:
    """What one arm left behind, one row per enrolled man.

    Attributes
    ----------
    numbers : list of int
        Their numbers in the population.
    levels : dict of str to Float[np.ndarray, "man time"]
        True levels on the days of `Trial.grid`, inside units; NaN after
        a man has left.
    visits : list of list of Visited
    treatments : list of tuple of Treatment
        What was prescribed.
    doses : list of Regimen
        What was given, missed days marked.
    records : list of Record
    conceived : Float[np.ndarray, " man"]
        Day of conception; infinity where there was none.
    ended : list of str
        Why a man left before the end; empty where he stayed.
    stopped : list of str
        The rule that stopped his treatment for good; empty where none did. He is followed on.
    skipped : list of int
        Visits that he missed.
    withheld : list of str
        Why the arm's protocol started nothing on the first day; empty where it started, or had nothing to start.
    """

    numbers: list[int]
    levels: dict[str, Float[np.ndarray, "man time"]]
    visits: list[list[TrialVisit]]
    treatments: list[tuple[Treatment, ...]]
    doses: list[Regimen]
    records: list[Record]
    conceived: Float[np.ndarray, " man"]
    ended: list[str]
    stopped: list[str]
    skipped: list[int]
    withheld: list[str]


@lru_cache(maxsize=1024)
def read_regimen_text(text: str) -> Regimen:
    """Return the regimen of a text, without another word about its label."""
    return Regimen() if text == NOTHING else Regimen.parse(text)


def run_arm(
    trial: Trial, arm: TrialArm, numbers: Sequence[int], men: Man, drugs: dict[str, Drug], records: Sequence[Record],
    first: Sequence[Assessment], cores: int | None = None,
) -> ArmCourse:  # fmt: skip
    """Send enrolled men through one arm.

    Parameters
    ----------
    trial : Trial
    arm : Arm
    numbers : sequence of int
        Numbers of the men in the population.
    men : Man
        The men, with a leading axis.
    drugs : dict of str to Drug
        Every drug of the arm, with one number for each man.
    records : sequence of Record
        What was known when they were enrolled.
    first : sequence of Assessment
        The assessments that enrolled them.
    cores : int, optional
        Every core when left out.
    """
    return _Course(trial, arm, numbers, men, drugs, records, first, cores).run()


def _lacks_indication(asked: Assessment) -> bool:
    """Return whether the only thing that speaks against a start is that no indication of the protocol is met."""
    return asked.verdict == Verdict.NOT_NOW and {one.rank for one in asked.reasons} == {Rank.ADVICE}


class _Course:
    """An arm while it runs."""

    def __init__(
        self, trial: Trial, arm: TrialArm, numbers: Sequence[int], men: Man, drugs: dict[str, Drug],
        records: Sequence[Record], first: Sequence[Assessment], cores: int | None,
    ) -> None:  # fmt: skip
        self.trial, self.arm = trial, arm
        self.titrates, self.order = bool(arm.protocol), analyte_order()
        self.plan: Protocol = read_protocol(arm.protocol or trial.enrolled_by, trial.region)
        self.patients = [self._patient(number, record) for number, record in zip(numbers, records, strict=True)]
        self.cohort = Cohort(men, drugs, tolerance=TOLERANCE, cores=cores)
        self.levels = {name: np.full((len(self.patients), len(trial.grid)), np.nan) for name in self.order}
        size = 3 + len(trial.cycles)
        drawn = np.reshape([uniforms(trial.seed, "couple", one.number, size) for one in self.patients], (-1, size))
        self.luck = drawn[:, 1:-1]
        self.partner = np.interp(drawn[:, 0], (0.0, 1.0), trial.partner_age)
        self.tried = np.interp(drawn[:, -1], (0.0, 1.0), trial.months_trying) * DAYS_PER_MONTH / CYCLE
        twins = twins_for(trial, self.plan, list(records))
        for one, assessment, twin in zip(self.patients, first, twins, strict=True):
            one.coming = self._begin(one, assessment, twin)

    def _patient(self, number: int, record: Record) -> _Patient:
        trial = self.trial
        skipped = np.flatnonzero(uniforms(trial.seed, "doses", number, trial.days + 1) >= trial.taken)
        rate = -np.log1p(-min(trial.dropout, 0.999999)) / DAYS_PER_MONTH
        leaves = -np.log(uniforms(trial.seed, "dropout", number, 1)[0]) / rate if rate else np.inf
        return _Patient(number, record, tuple(map(int, skipped)), float(leaves))

    def _begin(self, one: _Patient, enrolled: Assessment, twin: "Twin | None") -> int:
        """Start a man's treatment, or not; return the day of his first visit."""
        trial, arm = self.trial, self.arm
        if not self.titrates:
            self._give(one, read_regimen_text(arm.regimen), 0)
            return self._first_visit(one, enrolled)
        asked = enrolled
        if arm.protocol != trial.enrolled_by or twin is not None:
            asked = decide(one.record, self.plan, trial.start, twin)
        if asked.verdict == Verdict.CANDIDATE or (trial.screen == Screen.TRIAL and _lacks_indication(asked)):
            first = {drug: component.begin for drug, component in self.plan.components.items()}
            self._give(one, read_regimen_text(str(self.plan.regimen(first))), 0)
        else:
            one.withheld = asked.reasons[0].title if asked.reasons else asked.findings[0].title
        if asked.verdict != Verdict.CANDIDATE and not one.withheld:
            asked = decide(one.record, self.plan, trial.start, twin)  # now under treatment: its visits are due
        return self._first_visit(one, asked)

    def _give(self, one: _Patient, regimen: Regimen, day: int) -> None:
        """Give a man something from a day on, in place of what he is given."""
        kept = [replace(dose, stop=float(day)) if dose.stop is None and dose.start < day else dose
                for dose in one.doses if dose.stop is not None or dose.start < day]  # fmt: skip
        one.doses = [*kept, *(dose.delay(float(day)) for dose in regimen.doses)]
        date = self.trial.date(day)
        before = [replace(t, stop=date) if t.stop is None and t.start < date else t
                  for t in one.record.treatments if t.stop is not None or t.start < date]  # fmt: skip
        more = [Treatment(regimen, date)] if regimen.doses else []
        one.record = replace(one.record, treatments=(*before, *more))

    def _first_visit(self, one: _Patient, first: Assessment) -> int:
        if not self.titrates:
            return self._jitter_day(one, min(self.trial.fixed, default=self.trial.days))
        return self._jitter_day(one, (first.due - self.trial.start).days if first.due else self.trial.days)

    def _jitter_day(self, one: _Patient, day: int) -> int:
        """Return when a man really comes: some days early or late, or two weeks later where he misses it."""
        trial = self.trial
        for attempt in range(8):
            u = uniforms(trial.seed, "visit", one.number, 2, 16 * len(one.visits) + attempt)
            if u[0] >= trial.missed:
                break
            one.skipped += 1
            day += LATE
        shift = round((2.0 * u[1] - 1.0) * trial.jitter)
        return min(max(day + shift, one.day + SOON), trial.days)

    def run(self) -> ArmCourse:
        """March from visit to visit until the end."""
        while active := [place for place, one in enumerate(self.patients) if not one.ended and one.day < self._end]:
            self._march(active)
            self._conceive()
            came = [one for place in active if self._draw_blood(one := self.patients[place], self.now[place])]
            for one, twin in zip(came, twins_for(self.trial, self.plan, [one.record for one in came]), strict=True):
                self._decide(one, twin)
        return ArmCourse(
            [one.number for one in self.patients], self.levels, [one.visits for one in self.patients],
            [one.record.treatments for one in self.patients],
            [one.regimen_until(self._end + 1) for one in self.patients], [one.record for one in self.patients],
            np.array([one.conceived for one in self.patients]), [one.ended for one in self.patients],
            [one.stopped for one in self.patients], [one.skipped for one in self.patients],
            [one.withheld for one in self.patients],
        )  # fmt: skip

    @property
    def _end(self) -> int:
        return self.trial.days

    def _march(self, active: Sequence[int]) -> None:
        """Solve every active man until his next visit; keep his levels on the grid and where he ends."""
        going = [self.patients[place] for place in active]
        ends = [min(one.coming, self._end) for one in going]
        grids = [[day for day in self.trial.grid if one.day <= day <= end]
                 for one, end in zip(going, ends, strict=True)]  # fmt: skip
        regimens = [one.regimen_until(end) for one, end in zip(going, ends, strict=True)]
        levels = self.cohort.advance(regimens, ends, at=grids, men=active)
        self._keep(levels, active, grids)
        pain = levels.now("joint_pain")
        for row, (place, one, end) in enumerate(zip(active, going, ends, strict=True)):
            if place in levels.failed:
                one.ended = f"{Ending.NOT_SOLVED}: {levels.failed[place]}"
            before, one.day = one.day, end
            self._pain(one, float(pain[row]), before)
            if one.leaves <= one.day and not one.ended:
                one.ended = Ending.LEFT
        self.now = self._true_levels(levels, active)

    def _keep(self, levels: Levels, active: Sequence[int], grids: Sequence[Sequence[int]]) -> None:
        """Keep the levels on the days of the grid on which a man was still there."""
        stays = [
            [day for day in days if day <= self.patients[place].leaves]
            for place, days in zip(active, grids, strict=True)
        ]
        kept = [np.searchsorted(own[~np.isnan(own)], days) for own, days in zip(levels.days, stays, strict=True)]
        rows, men = (np.repeat(one, list(map(len, stays))) for one in (np.arange(len(active)), np.array(active)))
        at, on = (np.concatenate([np.zeros(0, dtype=int), *days]) for days in (map(self._places, stays), kept))
        for name in self.order:
            self.levels[name][men, at] = levels[name][rows, on]

    def _places(self, days: Sequence[int]) -> Int[np.ndarray, " day"]:
        """Return the places of some days in the grid."""
        return np.searchsorted(self.trial.grid, days)

    def _true_levels(self, levels: Levels, active: Sequence[int]) -> dict[int, dict[str, float]]:
        """Return by man the true levels of what this visit measures, and of what the ledger holds of each."""
        asked = {place: {*with_counts(self._panel(self.patients[place])), *of_panel("ledger")} for place in active}
        now = {name: levels.now(name).tolist() for name in set().union(*asked.values())}
        return {place: {name: now[name][row] for name in asked[place]} for row, place in enumerate(active)}

    def _pain(self, one: _Patient, hazard: float, before: int) -> None:
        """Let joint pain come with its hazard [1/month] since the last visit, and pass without it."""
        u = uniforms(self.trial.seed, "pain", one.number, 2, len(one.visits))
        comes = u[0] < -np.expm1(-hazard * (one.day - before) / DAYS_PER_MONTH)
        one.pain = 1.0 + float(u[1] >= GRADES[0]) + float(u[1] >= GRADES[1]) if comes else 0.0

    def _conceive(self) -> None:
        """Ask every couple anew in which cycle it conceives, from the levels that are known."""
        motile = np.nan_to_num(self.levels["total_motile_count"][:, self.trial.cycles])
        cycle = conception_cycle(motile, motile[:, 0], self.tried, self.partner, self.luck)
        for one, when in zip(self.patients, cycle, strict=True):
            one.conceived = float(when * CYCLE + CYCLE / 2.0)

    def _draw_blood(self, one: _Patient, levels: dict[str, float]) -> bool:
        """Draw at a visit, unless he has left; return whether the results will decide something."""
        if one.ended:
            self._give(one, Regimen(), one.day)
            return False
        decided = one.day + self.trial.turnaround
        results = self._draw_results(one, levels)
        one.record = one.record.with_results(results)
        one.visits.append(TrialVisit(one.day, decided, levels, results))
        if one.stopped or decided > self._end:
            one.coming = self._end
            return False
        return True

    def _decide(self, one: _Patient, twin: "Twin | None") -> None:
        """Decide on the day on which the results of his last visit are there."""
        trial, visited = self.trial, one.visits[-1]
        decided = visited.decided
        assessment = decide(one.record, self.plan, trial.date(decided), twin)
        if assessment.is_refused:  # readings that contradict each other decide nothing
            visited.rule = assessment.findings[0].rule
            one.coming = self._jitter_day(one, decided + LATE)
            return
        visited.alerts = tuple(finding.rule for finding in assessment.of(FindingKind.ALERT))
        if self.titrates or assessment.action == Verb.STOP_ALL:
            visited.action, visited.rule = assessment.action, assessment.of(FindingKind.ADVICE)[0].rule
            visited.regimen = assessment.next
            if assessment.next != assessment.now or assessment.action == Verb.STOP_ALL:
                self._give(one, read_regimen_text(assessment.next), decided)
        if assessment.action == Verb.STOP_ALL:
            one.stopped = visited.rule
        one.coming = self._end if one.stopped else self._next(one, assessment, decided)

    def _next(self, one: _Patient, assessment: Assessment, decided: int) -> int:
        """Return the day of the next visit."""
        if self.titrates:
            due = (assessment.due - self.trial.start).days if assessment.due else self._end
            return self._jitter_day(one, max(due, decided + SOON))
        later = [day for day in self.trial.fixed if day > one.day + SOON]
        return self._jitter_day(one, later[0] if later else self._end)

    def _draw_results(self, one: _Patient, levels: dict[str, float]) -> tuple[Result, ...]:
        """Return what this visit measures."""
        trial, date = self.trial, self.trial.date(one.day)
        panel = self._panel(one)
        size = len(self.order)
        uniform = uniforms(trial.seed, "reading", one.number, 2 * size + 1, len(one.visits))
        there = dict(zip(self.order, uniform[size:-1] >= trial.missing, strict=True))
        noise = dict(zip(self.order, map(float, ndtri(uniform[:size])), strict=True))
        noise["abstinence"] = float(ndtri(uniform[-1]))
        found = list(laboratory_results([name for name in with_counts(panel) if there[name]], levels, noise, date))
        found.append(Result("joint_pain", one.pain, date))
        if one.conceived + KNOWN <= one.day:
            found.append(Result("pregnancy", True, date))
        return tuple(found)

    def _panel(self, one: _Patient) -> tuple[str, ...]:
        """Return what every visit of the protocol whose window is open asks for."""
        names: list[str] = []
        for visit in self.plan.visits:
            if visit.after == VisitAnchor.CHANGE or visit.opens <= one.day <= visit.overdue:
                names += visit.panel
        return (*dict.fromkeys(names), *SAFETY)
