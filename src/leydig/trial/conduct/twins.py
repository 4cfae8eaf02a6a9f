"""Twins at the visits of a trial: what the protocol of an arm reads where its rules ask for forecasts.

A man's twin is fitted anew at every decision to his record as it stands there, among men of the kind whom the trial
screens; all men of a visit side by side. It reads the hormones that are forecast alone, has fewer draws than one
at a desk, and abstains where only tempered draws would do. A man who cannot be fitted has none: his assessment says
that results alone decide.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from leydig.analytes import of_panel
from leydig.protocol.protocol import Protocol
from leydig.record.record import Record
from leydig.trial.design.design import Trial

if TYPE_CHECKING:
    from leydig.inference.twin import Twin

__all__ = ["twins_for"]

READ = (*of_panel("score"), "age", "bmi")
DRAWS = 300  # a chance of 0.1 is told within 0.02


def twins_for(trial: Trial, plan: Protocol, records: Sequence[Record]) -> list["Twin | None"]:
    """Return the twin of each record; None of all where no rule of the protocol reads a forecast.

    Parameters
    ----------
    trial : Trial
    plan : Protocol
        Of the arm.
    records : sequence of Record
        As they stand at the decisions.
    """
    if not plan.reads_forecasts or not records:
        return [None] * len(records)
    from leydig.inference.fit import fit_by_weights

    told = [replace(one, results=tuple(result for result in one.results if result.name in READ)) for one in records]
    twins = dict(fit_by_weights(told, kind=trial.kind, draws=DRAWS, seed=trial.seed))
    return [twins.get(place) for place in range(len(records))]
