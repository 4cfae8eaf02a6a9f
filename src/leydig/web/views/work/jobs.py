"""Jobs: the list of long work, and one job with its progress and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.trial.analysis.tables import TrialTable
from leydig.web.board.intervals import IntervalPlot
from leydig.web.board.weeks import WeekPanel
from leydig.web.view import View

__all__ = ["JobLine", "JobView", "JobsView", "TableLines", "job_view", "jobs_view", "table_lines"]


PICTURE = ".png"  # a file that is shown; any other is saved


@dataclass(frozen=True)
class JobLine:
    """One job of a list: what it is, how far, who asked for it and when."""

    id: str
    kind: str
    title: str
    state: str
    by: str
    at: str


@dataclass(frozen=True)
class JobsView(View):
    """The last jobs, the last one first."""

    template: ClassVar[str] = "jobs.html.jinja"
    jobs: tuple[JobLine, ...]


@dataclass(frozen=True)
class TableLines:
    """A table as it is shown: its title, its head, and its rows as texts."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class JobView(View):
    """One job.

    Attributes
    ----------
    id, kind, title, state : str
    stage : str
        What is being done, in words.
    done, total : int
        How far it is, and how far it goes; 0 where that is not known.
    attempts : int
        How often a worker took it up.
    by, at, ended : str
        Who asked for it, when, and when it came to its end.
    refusal : str
        Why it failed.
    where : str
        The address where what came of it is shown; empty where that is here, or nothing yet.
    tables : tuple of TableLines
    notes : tuple of str
    pictures : tuple of str
        Names of what was drawn.
    figures : tuple of WeekPanel
    intervals : IntervalPlot or None
        Of numbers that were fitted.
    files : tuple of str
        Names of what may be saved.
    """

    template: ClassVar[str] = "job.html.jinja"
    id: str
    kind: str
    title: str
    state: str
    stage: str
    done: int
    total: int
    attempts: int
    by: str
    at: str
    ended: str
    refusal: str = ""
    where: str = ""
    tables: tuple[TableLines, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    figures: tuple[WeekPanel, ...] = ()
    intervals: IntervalPlot | None = None
    files: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return bool(self.ended)


def jobs_view(lines: Iterable[JobLine]) -> JobsView:
    """Return the list of jobs."""
    return JobsView(tuple(lines))


def job_view(
    content: Mapping[str, Any],
    *,
    title: str,
    by: str,
    tables: Sequence[TableLines] = (),
    notes: Sequence[str] = (),
    figures: Sequence[WeekPanel] = (),
    intervals: IntervalPlot | None = None,
    files: Sequence[str] = (),
    refusal: str = "",
    where: str = "",
) -> JobView:
    """Return the page of one job.

    Parameters
    ----------
    content : mapping
        ``id``, ``kind``, ``state``, ``stage``, ``done``, ``total``, ``attempts``, ``asked_at``, ``ended_at``.
    title, by : str
        What it is, and who asked for it.
    tables, notes, figures, intervals : optional
        What came of it, as in `JobView`.
    files : sequence of str, optional
        Names of what was drawn (.png) or written.
    refusal, where : str, optional
        As in `JobView`.
    """
    said = {key: content[key] for key in ("id", "kind", "state", "stage", "done", "total", "attempts")}
    drawn = tuple(name for name in files if name.endswith(PICTURE))
    return JobView(
        **said, title=title, by=by, at=content["asked_at"], ended=content["ended_at"], refusal=refusal, where=where,
        tables=tuple(tables), notes=tuple(notes), pictures=drawn, figures=tuple(figures), intervals=intervals,
        files=tuple(name for name in files if name not in drawn),
    )  # fmt: skip


def table_lines(table: TrialTable) -> TableLines:
    """Return a table of a trial as it is shown."""
    head = tuple(table.rows[0]) if table.rows else ()
    return TableLines(table.title, head, tuple(tuple(row.values()) for row in table.rows))
