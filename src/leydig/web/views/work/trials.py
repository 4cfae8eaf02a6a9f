"""Virtual trials: those that are shipped, a form for another one, and those that were run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from leydig.trial.design.design import Trial
from leydig.units import DAYS_PER_MONTH
from leydig.web.view import View
from leydig.web.views.work.jobs import JobLine

__all__ = ["TrialLine", "TrialsView", "trials_view"]


@dataclass(frozen=True)
class TrialLine:
    """One trial that is shipped: its arms in words, men and length, and its text."""

    name: str
    title: str
    arms: tuple[str, ...]
    n: int
    months: str
    text: str


@dataclass(frozen=True)
class TrialsView(View):
    """The page.

    Attributes
    ----------
    trials : tuple of TrialLine
    jobs : tuple of JobLine
        Those that were run, the last one first.
    draft : dict of str to str
        What was written into the form that was refused.
    refusal, pointer : str
        Why, and in which field.
    """

    template: ClassVar[str] = "trials.html.jinja"
    trials: tuple[TrialLine, ...]
    jobs: tuple[JobLine, ...]
    draft: dict[str, str]
    refusal: str = ""
    pointer: str = ""


def trials_view(
    trials: Mapping[str, tuple[Trial, str]],
    jobs: Sequence[JobLine] = (),
    *,
    draft: Mapping[str, str] | None = None,
    refusal: str = "",
    pointer: str = "",
) -> TrialsView:
    """Return the page of virtual trials.

    Parameters
    ----------
    trials : mapping of str to (Trial, str)
        Each with its text, by name.
    jobs : sequence of JobLine, optional
    draft, refusal, pointer : optional
        As in `TrialsView`.
    """
    lines = tuple(
        TrialLine(name, one.title, tuple(f"{arm.name}: {arm.protocol or arm.regimen or 'nothing'}" for arm in one.arms),
                  one.n, f"{one.days / DAYS_PER_MONTH:.3g}", text)
        for name, (one, text) in trials.items()
    )  # fmt: skip
    return TrialsView(lines, tuple(jobs), dict(draft or {}), refusal, pointer)
