"""Calibrations: the forms that ask for one, and what came of it as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.evidence.calibration.calibration import CalibrationSize
from leydig.evidence.calibration.posterior import free_parameters
from leydig.reports.calibration_tables import calibration_warnings, number_rows, structure_rows
from leydig.web.board.intervals import IntervalPlot, IntervalRow
from leydig.web.text import catalogue
from leydig.web.view import View
from leydig.web.views.work.jobs import JobLine, TableLines

__all__ = ["CalibrationsView", "calibration_intervals", "calibration_notes", "calibration_tables", "calibrations_view"]


@dataclass(frozen=True)
class CalibrationsView(View):
    """The page.

    Attributes
    ----------
    studies, parameters : int
        How many studies are fitted, and how many numbers.
    minutes, rehearsal_minutes : int
        How long each size takes on an idle machine.
    starts, steps : int
        Of usual size.
    jobs : tuple of JobLine
        Calibrations that were asked for, the last one first.
    obstacle : str
        Why none can be done here; empty where it can.
    draft : dict of str to str
    refusal, pointer : str
    """

    template: ClassVar[str] = "calibrations.html.jinja"
    studies: int
    parameters: int
    minutes: int
    rehearsal_minutes: int
    starts: int
    steps: int
    jobs: tuple[JobLine, ...]
    obstacle: str = ""
    draft: Mapping[str, str] | None = None
    refusal: str = ""
    pointer: str = ""


def calibrations_view(
    counts: tuple[int, int],
    minutes: tuple[int, int],
    usual: tuple[int, int],
    jobs: Sequence[JobLine] = (),
    *,
    obstacle: str = "",
    draft: Mapping[str, str] | None = None,
    refusal: str = "",
    pointer: str = "",
) -> CalibrationsView:
    """Return the page of calibrations.

    Parameters
    ----------
    counts : (int, int)
        Studies, and numbers that are fitted.
    minutes : (int, int)
        Of a whole one, and of a rehearsal.
    usual : (int, int)
        Starts and steps.
    jobs : sequence of JobLine, optional
    obstacle, draft, refusal, pointer : optional
        As in `CalibrationsView`.
    """
    return CalibrationsView(*counts, *minutes, *usual, tuple(jobs), obstacle, dict(draft or {}), refusal, pointer)


def calibration_tables(record: Mapping[str, Any]) -> tuple[TableLines, ...]:
    """Return the structures and the numbers of a calibration.

    Parameters
    ----------
    record : mapping
        As `leydig.service.jobs.calibrations.calibrate_question` gives it.
    """
    words = catalogue().calibrations
    parts = ((words.structures, structure_rows(record)), (words.numbers.format(structure=record["structure"]),
                                                          number_rows(record)))  # fmt: skip
    return tuple(TableLines(title, tuple(rows[0]), tuple(tuple(row.values()) for row in rows)) for title, rows in parts)


def calibration_intervals(record: Mapping[str, Any]) -> IntervalPlot:
    """Return what was fitted, over what is in use; `record` as in `calibration_tables`."""
    declared = {one.path: one.declaration.value for one in free_parameters()}
    return IntervalPlot(
        tuple(
            IntervalRow(name, *(row[key] / declared[name] for key in ("best", "low", "high")))
            for name, row in record["numbers"].items()
            if declared.get(name)
        )
    )


def calibration_notes(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is said of a calibration beside its numbers; `record` as in `calibration_tables`."""
    words = catalogue().calibrations
    found = words.found.format(
        draws=record["draws"], studies=len(record["studies"]), values=record["values"], seed=record["seed"],
        starts=record["starts"], steps=f"{record['steps']:,}",
    )  # fmt: skip
    kind = (words.no_use,) if record["size"] == CalibrationSize.REHEARSAL else ()
    return (*kind, found, words.unchanged, *calibration_warnings(record))
