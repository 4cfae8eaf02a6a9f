"""The people of an event table, simulated at their own times: rows that may be laid beside what was measured.

Who was not solved is in every output: counted and named in `attrs` of the rows, and marked in each of his rows.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from leydig.analytes import ANALYTES, of_panel
from leydig.errors import BadRecord, NotSolved, OutOfRange
from leydig.exchange.events.table import Episode, EventTable, Subject

if TYPE_CHECKING:
    import pandas

    from leydig.man import Man

__all__ = ["simulate_table"]


def simulate_table(
    table: EventTable, age: float | None = None, bmi: float | None = None, labs: Mapping[str, str] | None = None,
    units: str = "us",
) -> "pandas.DataFrame":  # fmt: skip
    """Simulate every person of an event table on his regimen, with the BMI that his rows say from time to time.

    Parameters
    ----------
    table : EventTable
    age, bmi : float, optional
        Of everybody whose rows have no ``AGE`` [years] or ``BMI`` [kg/m2].
    labs : mapping of str to str, optional
        Untreated levels of everybody, such as ``{"testosterone": "271 ng/dL"}``; imputed from age and BMI when left
        out.
    units : {"us", "si"}, optional

    Returns
    -------
    pandas.DataFrame
        Columns ``ID``, ``EPISODE`` (0 until a reset or a steady state after his first row), ``DAY`` of the regimen,
        ``ANALYTE``, ``UNIT``, ``DV``, ``SOLVED``: what the table measures, or the levels of a figure of a course.
        Times are those of rows that are no dose, or every day of the regimen where there are none. Where an episode
        was not solved its ``SOLVED`` is 0 and its ``DV`` NaN, and ``attrs`` counts the men (``men``, ``failed_count``)
        and says why (``failed``).

    Raises
    ------
    BadRecord
        When somebody has no age, or a regimen without an end and no times.
    NotSolved
        When nobody was solved.
    """
    import pandas

    from leydig.simulation.simulate import simulate

    measured = [name for name in table.report.observations if name in ANALYTES]
    names = measured or list(of_panel("course"))
    by_times: dict[tuple[float, ...], list[tuple[Subject, int, Man]]] = {}
    for subject in table.values():
        man = _man(subject, age, bmi, labs or {})
        for number, episode in enumerate(subject.episodes):
            by_times.setdefault(_times(subject, episode), []).append((subject, number, man))
    frames, failures = [], dict[tuple[str, int], str]()
    for times, group in by_times.items():
        episodes = [subject.episodes[number] for subject, number, _ in group]
        regimens, before = [one.regimen for one in episodes], [one.start for one in episodes]
        series = [subject.bmi_series for subject, *_ in group]
        course = simulate([man for *_, man in group], regimens, at=list(times), start=before, bmi=series)
        failures |= {(group[row][0].id, group[row][1]): why for row, why in course.failed.items()}
        frame = course.to_pandas(long=True, units=units)
        frame = frame[frame["name"].isin(names)]
        who = frame["man"].to_numpy()
        frames.append(pandas.DataFrame({
            "ID": np.array([subject.id for subject, *_ in group], dtype=object)[who],
            "EPISODE": np.array([number for _, number, _ in group])[who], "DAY": frame["day"].to_numpy(),
            "ANALYTE": frame["name"].astype(str).to_numpy(), "UNIT": frame["unit"].astype(str).to_numpy(),
            "DV": frame["value"].to_numpy(),
            "SOLVED": np.array([(subject.id, number) not in failures for subject, number, _ in group])[who].astype(int),
        }))  # fmt: skip
    order = {name: number for number, name in enumerate(table)}
    found = pandas.concat([frame.assign(place=frame["ID"].map(order)) for frame in frames], ignore_index=True)
    found = found.sort_values(["place", "EPISODE", "DAY"], kind="stable", ignore_index=True).drop(columns="place")
    found.attrs |= _failed_people(table, failures)
    if found.attrs["failed_count"] == len(table):
        raise NotSolved(f"nobody of {table.report.file} was solved: {next(iter(failures.values()))}. Check baselines.")
    return found


def _failed_people(table: EventTable, failures: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    """Return who was not solved in some episode, counted and named as `leydig.course.failures.failure_record` does.

    Parameters
    ----------
    table : EventTable
    failures : mapping of (str, int) to str
        By ID and episode, why.
    """
    named: dict[str, str] = {}
    for (who, number), why in failures.items():
        told = f"episode {number}: {why}" if len(table[who].episodes) > 1 else why
        named[who] = f"{named[who]}; {told}" if who in named else told
    return {"men": len(table), "failed_count": len(named), "failed": named}


def _man(subject: Subject, age: float | None, bmi: float | None, labs: Mapping[str, str]) -> "Man":
    """Return the man that a person of the table is."""
    from leydig.man import Man

    years, size = age if subject.age is None else subject.age, bmi if subject.bmi is None else subject.bmi
    if years is None:
        raise BadRecord(f"got {subject.id!r} without an age; expected a column AGE, or one for everybody. Give age=34.")
    given: dict[str, Any] = dict(labs) | ({} if size is None else {"bmi": size})
    try:
        return Man(age=years, **given)
    except OutOfRange as error:
        raise OutOfRange(f"ID {subject.id}: {error}") from error


def _times(subject: Subject, episode: Episode) -> tuple[float, ...]:
    """Return the days at which a person is looked at."""
    times = tuple(dict.fromkeys(float(day) for day in episode.observation_days() if day >= 0.0))
    if times:
        return times
    end = episode.regimen.days()
    if end is None:
        raise BadRecord(
            f"got {subject.id!r} on {str(episode.regimen)!r}, which has no end, and no time at which he is looked at; "
            "expected one. Add a row with EVID 2."
        )
    return tuple(float(day) for day in np.arange(np.floor(end) + 1.0))
