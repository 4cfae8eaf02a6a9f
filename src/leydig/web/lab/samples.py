"""What the page draws samples by: pulse generator and rule of an ejaculate, as numbers from where they stand."""

import math
from typing import Any

from leydig.drugs import DRUGS
from leydig.drugs.gonadorelin import Gonadorelin
from leydig.kinetics import per_day
from leydig.man.healthy import Healthy
from leydig.man.sample import FURTHEST, Ejaculate
from leydig.pulses.doses import HISTORY
from leydig.pulses.generator import Pulses
from leydig.pulses.simulate import RUN_IN

__all__ = ["sample_facts"]


def sample_facts() -> dict[str, Any]:
    """Return the numbers of `leydig.pulses` and `leydig.man.sample` as the page reads them [min, d, year and 1]."""
    pulses, rule = Pulses(), Ejaculate()
    _, count_power = rule.powers
    return {
        "pulses": {
            "referenceInterval": float(pulses.reference_interval), "shortestInterval": float(pulses.shortest_interval),
            "ageing": float(pulses.ageing), "ageingFrom": float(pulses.ageing_from), "runIn": RUN_IN,
            "regularity": float(pulses.regularity), "burstSpread": float(pulses.burst_spread),
            "meanInterval": math.gamma(1.0 + 1.0 / float(pulses.regularity)), "stores": pulses.stores().tolist(),
            "depletion": float(pulses.depletion), "releaseDelay": float(pulses.release_delay), "history": HISTORY,
            "trains": {name: _train_facts(drug) for name, drug in DRUGS.items() if isinstance(drug, Gonadorelin)},
        },
        "semen": {
            "abstinenceSpread": float(rule.abstinence_spread), "countPower": count_power, "furthest": FURTHEST,
            "dispersion": rule.dispersion, "oneSperm": float(rule.one_sperm),
            "menSpread": float(Healthy().sperm_concentration_spread),
        },
    }  # fmt: skip


def _train_facts(drug: Gonadorelin) -> dict[str, float]:
    """Return decay [1/d], rise of the level by one unit, and the level that keeps half of the receptors busy."""
    return {"fading": float(per_day(drug.half_life)), "rise": float(drug.rise), "binding": float(drug.binding)}
