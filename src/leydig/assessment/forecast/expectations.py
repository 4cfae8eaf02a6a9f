"""What a rule may ask of a twin: medians and chances at the next visit, on the rungs that a rule has in mind.

The rungs are given from the day of the assessment on; until then he goes on with what he is given. The visit is the
next one of the protocol, counted anew where the rungs differ from those that he is on. Each regimen is solved once.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.assessment.facts.facts import Facts
from leydig.assessment.facts.value import Value
from leydig.assessment.forecast.outlook import visit_ahead
from leydig.assessment.visits import due_visits
from leydig.inference.decision.aims import Aims
from leydig.inference.results.assay import READ_OF_ESTRADIOL
from leydig.inference.trust.trust import TrustVerdict, judge_regimen
from leydig.inference.twin import Twin
from leydig.protocol.implied import FORECASTS, quantity_behind
from leydig.record.quantity import QUANTITIES

__all__ = ["Expectations"]

LEVELS = tuple(name for one in FORECASTS if (name := quantity_behind(one)) in ANALYTES)


class Expectations:
    """What one man's twin expects under a protocol.

    Parameters
    ----------
    twin : Twin
        Of the same record.
    view : Facts
        The man on the day of the assessment.

    Attributes
    ----------
    silent : dict of str to None
        Why a forecast that was asked for was not told, each reason once, in order.
    """

    def __init__(self, twin: Twin, view: Facts) -> None:
        self.twin, self.view = twin, view
        self.silent: dict[str, None] = {}
        self._aims = Aims.of_protocol(view.protocol)
        self._known: dict[tuple[tuple[str, int], ...], dict[str, Value]] = {}

    def value(self, of: str, rungs: Mapping[str, int]) -> Value | None:
        """Return what is expected on these rungs, in the unit of its quantity or as a share; None where it is not told.

        Parameters
        ----------
        of : str
            A name of `leydig.protocol.implied.FORECASTS`.
        rungs : mapping of str to int
            Of each component of the protocol.
        """
        key = tuple(sorted(rungs.items()))
        if key not in self._known:
            self._known[key] = self._forecast(dict(rungs))
        return self._known[key].get(of)

    def _forecast(self, rungs: dict[str, int]) -> dict[str, Value]:
        """Return everything that is expected on these rungs; nothing where the twin abstains."""
        view, twin = self.view, self.twin
        regimen = view.protocol.regimen(rungs) + view.steps.others
        trust = twin.trust + judge_regimen(regimen)
        if trust.abstains:
            against = (one.text for one in trust.reasons if one.verdict == TrustVerdict.ABSTAIN)
            self.silent |= dict.fromkeys(f"the twin abstains: {text}" for text in against)
            return {}
        due = due_visits(view, view.protocol, rungs != view.steps.rungs())
        day, days, wait = visit_ahead(twin.history.last_day, view.on, due[0].day if due else None)
        found = twin.levels_ahead(regimen, np.array([days]), LEVELS, wait=wait).values
        levels = {name: values[:, 0] for name, values in found.items()}
        solved = np.all([np.isfinite(values) for values in levels.values()], axis=0)
        if not solved.any():
            self.silent["no draw of the twin could be solved"] = None
            return {}
        return self._values({name: values[solved] for name, values in levels.items()}, f"on {day}, under {regimen}")

    def _values(self, levels: Mapping[str, Float[np.ndarray, " draw"]], when: str) -> dict[str, Value]:
        """Return medians and chances of draws as values, with the day on which the last of their results was known."""
        known, assay, aims = self.twin.history.last_day, self.twin.history.estradiol_assay, self._aims
        told = {}
        for name, values in levels.items():
            quantity = QUANTITIES[name]
            scale = 1.0 if quantity.unit == "1" else quantity.factor_from(ANALYTES[name].unit)
            number = float(np.median(values)) * scale
            unit = "" if quantity.unit == "1" else f" {quantity.unit}"
            by = f" by {assay}" if name in READ_OF_ESTRADIOL else ""
            told[f"forecast.{name}"] = Value(number, number, f"{number:.3g}{unit}{by} {when}", known)
        holds = {"chance.below_floor": aims.below_floor(levels)}
        if {one.of for one in aims.targets} <= set(levels):
            holds["chance.joint_band"] = aims.in_band(levels)
        for name, draws in holds.items():
            share = float(np.mean(draws))
            told[name] = Value(share, share, f"{100.0 * share:.0f} % {when}", known)
        return told
