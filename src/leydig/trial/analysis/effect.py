"""The primary endpoint of a trial: read of every man, and compared between arms, whole and by subgroup."""

from dataclasses import asdict
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from leydig.analytes import ANALYTES, analyte_order
from leydig.man.sample import sample_ejaculate, sample_level
from leydig.protocol.condition import compare
from leydig.protocol.reader import read_protocol
from leydig.trial.analysis.contrast import Contrast, contrast
from leydig.trial.conduct.laboratory import SEMEN_ANALYTES, uniforms
from leydig.trial.conduct.outcome import ArmResult
from leydig.trial.conduct.pregnancy import access_gain
from leydig.trial.design.design import Design, Trial, month_day
from leydig.trial.design.primary import BinaryEndpoint, EndpointReading
from leydig.trial.run import TrialResult

__all__ = ["contrasts", "primary", "primary_values"]

Values = Float[np.ndarray, " man"]


def primary(ran: TrialResult) -> dict[str, Any]:
    """Return the primary endpoint as plain numbers: what it is, how arms differ, and how they do in each subgroup."""
    trial = ran.trial
    values = {name: primary_values(trial, outcome) for name, outcome in ran.arms.items()}
    groups = {label: {name: np.array([one[place] == label for one in outcome.subgroups], dtype=bool)
                      for name, outcome in ran.arms.items()}
              for place, cut in enumerate(trial.subgroups) for label in cut.labels}  # fmt: skip
    return {
        "of": trial.primary.of, "month": trial.endpoint_month, "reading": trial.primary.reading,
        "change": trial.primary.change, "unit": _unit(trial), "control": trial.control, "design": trial.design,
        "level": trial.primary.level, "contrasts": _as_dicts(contrasts(trial, values)),
        "subgroups": {
            label: _as_dicts(contrasts(trial, {name: values[name][inside] for name, inside in within.items()}))
            for label, within in groups.items()
        },
    }  # fmt: skip


def contrasts(trial: Trial, values: dict[str, Values]) -> dict[str, Contrast]:
    """Return how each arm differs from the control.

    Parameters
    ----------
    trial : Trial
    values : dict of str to Float[np.ndarray, " man"]
        What each man of an arm reached, by arm.
    """
    return {
        name: contrast(values[name], values[trial.control], binary=trial.primary.binary,
                       is_paired=trial.design == Design.PAIRED, level=trial.primary.level)
        for name in values if name != trial.control
    }  # fmt: skip


def _as_dicts(found: dict[str, Contrast]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in found.items()}


def _unit(trial: Trial) -> str:
    return "1" if trial.primary.binary else ANALYTES[trial.primary.of].us


def primary_values(trial: Trial, outcome: ArmResult) -> Values:
    """Return the primary endpoint of every man of an arm: 1 or 0 where it is binary, NaN where it is not known.

    Parameters
    ----------
    trial : Trial
    outcome : Outcome
    """
    of = trial.primary.of
    if of == BinaryEndpoint.PREGNANT:
        reached = (outcome.conceived <= month_day(trial.endpoint_month)).astype(float)
    elif of == BinaryEndpoint.INSEMINATION_ACCESS:
        reached = access_gain(read_protocol(trial.enrolled_by, trial.region).insemination, outcome)
    elif of == BinaryEndpoint.IN_BAND:
        reached = _men_in_band(trial, outcome)
    else:
        now = _read(trial, outcome, of, trial.endpoint_month)
        return now - _read(trial, outcome, of, 0) if trial.primary.change else now
    return np.where(outcome.unsolved.astype(bool), np.nan, reached)


def _men_in_band(trial: Trial, outcome: ArmResult) -> Values:
    """Return 1 for men whose levels are all in their band; a man who has left is not there."""
    inside = np.ones(len(outcome.numbers), dtype=bool)
    for target in read_protocol(trial.enrolled_by, trial.region).targets:
        values = _read(trial, outcome, target.of, trial.endpoint_month)
        inside &= np.asarray(compare(target.band, values, values)[0], dtype=bool) & ~np.isnan(values)
    return inside.astype(float)


def _read(trial: Trial, outcome: ArmResult, name: str, month: int) -> Values:
    """Return a level of every man at a month, in its US unit, as it is or as a laboratory reads it."""
    if ANALYTES[name].ratio_units and trial.primary.reading == EndpointReading.MEASURED:
        above, below = (_read(trial, outcome, part, month) for part in ANALYTES[name].worked_out_from)
        return above / below
    true = outcome.levels[name][:, trial.grid_index(month)].astype(float)
    level = _sample_reading(trial, outcome, name, month) if trial.primary.reading == EndpointReading.MEASURED else true
    return np.asarray(level * ANALYTES[name].factor_to(ANALYTES[name].us))


def _sample_reading(trial: Trial, outcome: ArmResult, name: str, month: int) -> Values:
    """Return one reading of a level at a month: semen is one ejaculate of each man."""
    together = SEMEN_ANALYTES if name in SEMEN_ANALYTES else (name,)
    true = {one: outcome.levels[one][:, trial.grid_index(month)].astype(float) for one in together}
    deviates = {one: _deviates(trial, outcome, one, month) for one in together}
    if name not in SEMEN_ANALYTES:
        return sample_level(name, true[name], deviates[name])
    return sample_ejaculate(true, deviates | {"abstinence": _deviates(trial, outcome, "abstinence", month)})[name]


def _deviates(trial: Trial, outcome: ArmResult, name: str, month: int) -> Values:
    """Return how far the readings of an endpoint err: they belong to man and month, not to the arm."""
    order = (*analyte_order(), "abstinence")
    place = order.index(name)
    return np.array(
        [ndtri(uniforms(trial.seed, "endpoint", int(man), place + 1, month)[place]) for man in outcome.numbers]
    )
