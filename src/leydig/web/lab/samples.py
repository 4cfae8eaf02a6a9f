"""What the page draws samples by: pulse generator and rule of an ejaculate, as numbers from where they stand."""

import math
from typing import Any

from leydig.man.healthy import Healthy
from leydig.man.sample import FURTHEST, Ejaculate
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
            "meanInterval": math.gamma(1.0 + 1.0 / float(pulses.regularity)),
        },
        "semen": {
            "abstinenceSpread": float(rule.abstinence_spread), "countPower": count_power, "furthest": FURTHEST,
            "dispersion": rule.dispersion, "oneSperm": float(rule.one_sperm),
            "menSpread": float(Healthy().sperm_concentration_spread),
        },
    }  # fmt: skip
