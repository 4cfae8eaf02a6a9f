"""What an event table holds: people with their regimens and observations, and a report of what was read and dropped."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from leydig.cards import plural
from leydig.errors import BadRecord, UnknownName
from leydig.exchange.events.doses import DoseRows
from leydig.exchange.events.observations import ObservationRows
from leydig.man.weight.series import BmiSeries
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen, SteadyRegimen
from leydig.regimen.events import DoseEvent, event_doses
from leydig.ticks import TICKS_PER_DAY, days_of, multiples, tick_of

if TYPE_CHECKING:
    import pandas

__all__ = ["Episode", "EventReport", "EventTable", "Subject"]

_EPOCH = dt.datetime(1970, 1, 1)
_COMPARATOR = {0: "", 1: "<", -1: ">"}


@dataclass(frozen=True)
class EventReport:
    """What was read and what was dropped.

    Attributes
    ----------
    file : str
    rows : int
        Rows below the head, comments left out.
    comments, ignored : int
        Lines that begin with ``#``, and rows marked by ``C`` or ``IGNORE``: dropped.
    people, resets, steady_states : int
    doses : dict of str to int
        Given by drug, additional ones included.
    zero_doses : int
        Dose rows of 0, which give nothing.
    observations : dict of str to int
        By what was measured.
    censored : int
        How many of them.
    other_rows : int
        Times that are kept without an observation: EVID 2, MDV 1, or no DV.
    unread : tuple of str
        Columns that were not read.
    bmi_changes : int
        Rows from which a BMI is another one, of all men.
    ties : str
        Whether a dose and an observation at one time stay in the order of the file.
    notes : tuple of str
    """

    file: str
    rows: int
    comments: int
    ignored: int
    people: int
    resets: int
    steady_states: int
    doses: dict[str, int]
    zero_doses: int
    observations: dict[str, int]
    censored: int
    other_rows: int
    unread: tuple[str, ...]
    bmi_changes: int
    ties: str
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON content."""
        return asdict(self) | {"unread": list(self.unread), "notes": list(self.notes)}


@dataclass(frozen=True)
class EventRows:
    """All rows of a table, sorted by person, and what was made of them.

    Attributes
    ----------
    ticks : Int[np.ndarray, " row"]
        When.
    clock : Int[np.ndarray, " row"] or None
        What the clock showed, with real dates.
    lines : Int[np.ndarray, " row"]
        Of the file.
    doses : DoseRows
    observations : ObservationRows
    dose_first : bool
        Whether a dose precedes the observations of its time.
    covariates : mapping of str to list
        Columns that are carried along: a value for every row.
    """

    ticks: Int[np.ndarray, " row"]
    clock: Int[np.ndarray, " row"] | None
    lines: Int[np.ndarray, " row"]
    doses: DoseRows
    observations: ObservationRows
    dose_first: bool
    covariates: Mapping[str, list[float] | list[str]] = field(default_factory=dict)

    @property
    def entries(self) -> Int[np.ndarray, " dose"]:
        """When each dose enters, a lag after its row."""
        found: Int[np.ndarray, " dose"] = self.ticks[self.doses.rows] + self.doses.lag
        return found


@dataclass(frozen=True)
class Episode:
    """The rows of one person from one beginning to the next: at a reset he is untreated, or at a steady state.

    Attributes
    ----------
    first, last : int
        Rows ``[first, last)``.
    origin : int
        The tick of the table at which day 0 of its regimen lies.
    reset : int or None
        The tick of the reset, or of the steady state, that ends it.
    series : tuple of int
        Doses of the table that have been given for ever when it begins.
    """

    _rows: EventRows = field(repr=False)
    first: int
    last: int
    origin: int
    reset: int | None = None
    series: tuple[int, ...] = ()

    def _slice_of(self, rows: Int[np.ndarray, " some"]) -> slice:
        """Return which of these ascending rows are of this episode."""
        return slice(*np.searchsorted(rows, [self.first, self.last]).tolist())

    @cached_property
    def start(self) -> SteadyRegimen | None:
        """What has been given for ever when it begins, as ``start`` of a simulation; None where that is nothing."""
        return SteadyRegimen(tuple(self._event_from(dose) for dose in self.series)) if self.series else None

    def _event_from(self, dose: int) -> DoseEvent:
        """Return a dose that has been given for ever as it goes on from day 0."""
        event = self._rows.doses.event(dose, int(self._rows.entries[dose] - self.origin))
        over = max(-(event.tick // tick_of(event.interval)), 0) if event.tick < 0 else 0
        tick = event.tick + int(multiples(event.interval, over + 1)[-1])
        return event._replace(tick=tick, additional=event.additional - over)

    @cached_property
    def regimen(self) -> Regimen:
        """What is given; day 0 is `origin`, and what was given until `start` is in the body then."""
        rows, until = self._rows, None if self.reset is None else self.reset - self.origin
        own = range(*self._slice_of(rows.doses.rows).indices(len(rows.doses.rows)))
        events = [self._event_from(dose) for dose in self.series]
        events += [
            rows.doses.event(dose, int(rows.entries[dose] - self.origin)) for dose in own if dose not in self.series
        ]
        left = () if self.start is None else self.start.remainder()
        ends = left if until is None else [dose.end_at(float(days_of(until))) for dose in left]
        given = [dose for event in events if event.additional >= 0 for dose in event_doses(event, until)]
        return Regimen([*(dose for dose in ends if dose is not None), *given])

    def observation_days(self) -> Float[np.ndarray, " time"]:
        """Return the days of its rows that are no dose, counted from day 0 of the regimen."""
        rows = np.setdiff1d(np.arange(self.first, self.last), self._rows.doses.rows)
        days: Float[np.ndarray, " time"] = days_of(self._rows.ticks[rows] - self.origin)
        return days

    @cached_property
    def observations(self) -> "pandas.DataFrame":
        """What was measured: ``day`` of the regimen, ``name``, ``value``, ``unit``, ``censored``, ``limit``, ``row``.

        ``after_dose`` says whether a dose row of the same time comes before. Columns that were asked for as covariates
        come last.
        """
        import pandas

        rows, here = self._rows, self._slice_of(self._rows.observations.rows)
        found = rows.observations
        measured = [found.measurands[one] for one in found.measurand[here]]
        at = found.rows[here]
        return pandas.DataFrame(
            {
                "day": days_of(rows.ticks[at] - self.origin), "name": [one.name for one in measured],
                "value": found.value[here], "unit": [one.unit for one in measured], "censored": found.censored[here],
                "limit": found.limit[here], "after_dose": self._after_dose(at), "row": rows.lines[at],
            } | {name: [column[row] for row in at.tolist()] for name, column in rows.covariates.items()}
        )  # fmt: skip

    def _after_dose(self, at: Int[np.ndarray, " observation"]) -> list[bool]:
        """Return of each observation whether a dose of the same time comes before it."""
        here = self._slice_of(self._rows.doses.rows)
        dosed, entries, ticks = self._rows.doses.rows[here], self._rows.entries[here], self._rows.ticks
        return [bool(np.any((entries == ticks[row]) & (self._rows.dose_first | (dosed < row)))) for row in at.tolist()]

    def clock_of(self, row: int) -> dt.datetime:
        """Return what the clock of the place showed at a row."""
        if self._rows.clock is None:
            raise BadRecord(
                "got times without dates; expected DATE and TIME, because a record is dated. Add DATE to the table."
            )
        return _EPOCH + dt.timedelta(microseconds=int(self._rows.clock[row]))

    def results(self) -> list[Result]:
        """Return what a record may hold of its observations, without levels of drugs. Raises as `Subject.record`."""
        found, here = self._rows.observations, self._slice_of(self._rows.observations.rows)
        results = []
        for one in range(*here.indices(len(found.rows))):
            measurand, moment = found.measurands[found.measurand[one]], self.clock_of(int(found.rows[one]))
            if measurand.recordable:
                comparator = _COMPARATOR[int(found.censored[one])]
                results.append(Result(measurand.name, float(found.value[one]), moment.date(), measurand.unit,
                                      time=moment.time(), comparator=comparator))  # fmt: skip
        return results

    def treatments(self) -> list[Treatment]:
        """Return its regimen as a treatment from its first day on. Raises as `Subject.record`."""
        if self.series:
            raise BadRecord(
                "got what has been given for ever, SS; expected the day on which it began, because a record is dated. "
                "Write the doses before as rows."
            )
        if not self.regimen.doses:
            return []
        start = (self.clock_of(self.first)).date()
        end = None if self.reset is None else start + dt.timedelta(days=-(-(self.reset - self.origin) // TICKS_PER_DAY))
        return [Treatment(self.regimen, start, end)]


@dataclass(frozen=True)
class Subject:
    """One person of an event table.

    Attributes
    ----------
    id : str
    episodes : tuple of Episode
        One, and one more after each reset and from each steady state.
    age, bmi : float or None
        The first of columns ``AGE`` [years] and ``BMI`` [kg/m2], or of ``WT`` [kg] by the square of ``HT`` [cm].
    bmi_series : BmiSeries or None
        How his BMI changes, the last value carried forward, by day of his regimen; None where it stays.
    """

    id: str
    episodes: tuple[Episode, ...]
    age: float | None = None
    bmi: float | None = None
    bmi_series: BmiSeries | None = None

    def _only(self) -> Episode:
        if len(self.episodes) > 1 or self.episodes[0].series:
            resets = len(self.episodes) - 1
            came = plural(resets, "reset") if resets else "a steady state"
            raise BadRecord(
                f"got {came} of {self.id!r}; expected none, because a regimen holds neither reset nor steady state. "
                "Take each of `episodes`, each with its `start`."
            )
        return self.episodes[0]

    @property
    def regimen(self) -> Regimen:
        """What is given, of a person without resets; day 0 is that of the table, or the first day where earlier."""
        return self._only().regimen

    @property
    def observations(self) -> "pandas.DataFrame":
        """What was measured, of a person without resets; see `Episode.observations`."""
        return self._only().observations

    def record(self, sex: str) -> Record:
        """Return the dated results and treatments as a record.

        Parameters
        ----------
        sex : str
            Which an event table does not say.

        Raises
        ------
        BadRecord
            When the table has no dates.
        """
        results = [one for episode in self.episodes for one in episode.results()]
        treatments = [one for episode in self.episodes for one in episode.treatments()]
        return Record(sex, results=tuple(results), treatments=tuple(treatments), id=self.id)


class EventTable(Mapping[str, Subject]):
    """People by their ID, in the order of the file, as `read_events` found them.

    Attributes
    ----------
    report : EventReport
    """

    def __init__(self, subjects: dict[str, Subject], report: EventReport) -> None:
        self._subjects = subjects
        self.report = report

    def __getitem__(self, key: str | int) -> Subject:
        if str(key) not in self._subjects:
            raise UnknownName.among("ID", str(key), list(self._subjects)[:20])
        return self._subjects[str(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._subjects)

    def __len__(self) -> int:
        return len(self._subjects)

    def __repr__(self) -> str:
        report = self.report
        given = ", ".join(f"{count} of {drug}" for drug, count in report.doses.items()) or "none"
        measured = sum(report.observations.values())
        return f"EventTable({report.file}: {len(self)} people, doses: {given}, {plural(measured, 'observation')})"
