"""Gonadorelin is GnRH: in pulses it drives the pituitary, without pause it silences it.

A pulse of dose ``d`` every ``τ`` raises the level at once and fades with rate ``k``. At the periodic
steady state its peak and trough, its effect and its tonic part are::

    peak   = c·d/(1 − e^(−kτ))             trough = peak·e^(−kτ)                  [ng/L]
    E      = ln[(1 + peak/K_d)/(1 + trough/K_d)]/k        receptor-hours of one pulse [d]
    drive  = A·E/(E + E_50)·(1 − e^(−τ/τ_P))/τ ÷ reference pulses                 [1]
    tonic  = trough, or the level of a continuous infusion                        [ng/L]

The minute clock follows each dose by itself, single ones too: ``E`` of dose ``n`` with the level that the
doses before it left, ``peak_n = c·d_n + peak_(n−1)·e^(−kΔ)``, until the next one or, after the last, for ever.

A continuous infusion drives as pulses without pause would, until its tonic level takes the receptors
away. One dose a day acts for hours: its share of the day is small, and so is its drive.
"""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Reads
from leydig.kinetics import Chain, per_day
from leydig.parameter import parameter
from leydig.product import Label
from leydig.units import HOURS_PER_DAY


class Gonadorelin(Drug):
    """Gonadorelin, synthetic GnRH."""

    title = "gonadorelin"
    kind = "GnRH"
    unit = "ug"
    units: ClassVar[dict[str, float]] = {"mg": 1000.0, "ng": 0.001}
    routes = ("sc", "iv")
    stand_ins: ClassVar[dict[str, str]] = {
        "iv": "followed as if under the skin; in a vein it peaks about four times as high and is gone sooner"
    }
    codes = {"atc": "H01CA01"}
    pulsatile = True
    infusible = True
    brands = ("Factrel", "Lutrepulse", "Lutrelef")
    synonyms = ("gnrh", "lhrh", "lh-rh", "gonadorelin acetate", "gonadorelin hydrochloride")
    label = Label(
        indication="hypothalamic amenorrhea by pump; off label in men",
        daily_maximum=320.0, strengths=(), halves=False,
        source="Lutrepulse undated, label:Lutrepulse; up to 20 ug every 90 min")
    unseen = "it is gone within the hour, and the day clock follows what it does. Read 'lh'."
    mechanism = (
        "in pulses it takes the place of the brain's own signal: the pituitary releases LH and FSH",
        "without pauses the pituitary loses its GnRH receptors within days: LH and FSH fall",
        "LH and FSH then drive testosterone and sperm, over months in men who never had them",
    )

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        name: CrossReaction(
            Reads.NOT_SEEN, "ten amino acids, no relative of a gonadotropin: what rises is his own",
            "assumed: a peptide of ten amino acids cannot bind both antibodies of a two-site assay")
        for name in ("lh", "fsh")
    }  # fmt: skip

    rise: Float[Array, ""] = parameter(
        18.7, "ng/L/ug", "peak level per microgram under the skin (c)", within=(5.0, 60.0), cv=0.4,
        basis="measured",
        source="Handelsman undated, url:https://scilit.net/publications/a9762616545b19ecfe3a3823e7b0a428; "
        "93.5 pg/mL after 5 ug")
    half_life: Float[Array, ""] = parameter(
        0.4, "h", "half-life after a dose under the skin (24 min)", within=(0.05, 1.0), cv=0.2,
        basis="measured",
        source="Hurley 1987, url:https://research.monash.edu/en/publications/"
        "subcutaneous-administration-of-gonadotropin-releasing-hormone-abs; "
        "18 to 30 min")
    clearance: Float[Array, ""] = parameter(
        47.0, "L/h", "clearance over bioavailability of an infusion under the skin", within=(30.0, 150.0),
        basis="derived",
        source="Handelsman undated, url:https://scilit.net/publications/a9762616545b19ecfe3a3823e7b0a428; "
        "3.17 ug/h gave 67.5 pg/mL")
    binding: Float[Array, ""] = parameter(
        50.0, "ng/L", "level that occupies half the receptors (K_d)", within=(5.0, 300.0), basis="assumed",
        source="assumed: the LH answer to one dose stops growing at about 2.5 ug, a peak near 100 to 200 ng/L")
    half_effect: Float[Array, ""] = parameter(
        0.03, "d", "receptor time of half the largest answer (E_50)", within=(0.002, 0.3), basis="assumed",
        source="assumed: 1 ug every 90 min is too little and 5 ug enough in the published case of 1982")
    largest: Float[Array, ""] = parameter(
        2.0, "1", "largest answer to one pulse against one of the reference man's own (A)",
        within=(1.0, 6.0), basis="assumed",
        source="assumed: 7 to 15 ug every 90 min give about normal LH and testosterone in men without GnRH")
    refill: Float[Array, ""] = parameter(
        0.1, "d", "time over which the releasable LH refills after a pulse (τ_P)", within=(0.01, 0.5),
        basis="assumed", source="assumed: slower pulses give more LH each, as Finkelstein 1988 found")
    reference_pulses: Float[Array, ""] = parameter(
        15.2, "1/d", "pulses of the reference man, by which the drive is scaled", within=(8.0, 20.0),
        basis="measured", source="Veldhuis 1987, doi:10.1210/jcem-65-5-929; one in 95 min")

    def chains(self) -> dict[str, Chain]:
        """Return no chain: pulses are summarised in closed form."""
        return {}

    def _answer(self, receptor_days: Float[Array, ""], interval: Float[Array, ""]) -> Float[Array, ""]:
        """Return the drive of pulses with this receptor time at this interval [d]."""
        one = self.largest * receptor_days / (receptor_days + self.half_effect)
        rested = 1.0 - jnp.exp(-interval / self.refill)
        own = 1.0 - jnp.exp(-1.0 / (self.reference_pulses * self.refill))
        return one * rested / own / (interval * self.reference_pulses)

    def receptor_time(self, days: Float[np.ndarray, " pulse"], doses: Float[np.ndarray, " pulse"]) -> Any:
        """Return the receptor time E [d] of each pulse, until the next; parameters as `Drug.receptor_time`."""
        k, c, Kd = (float(value) for value in (per_day(self.half_life), self.rise, self.binding))
        fading = np.exp(-k * np.diff(days, append=np.inf))
        peak, level = np.empty(len(days)), 0.0
        for place, dose in enumerate(doses):
            peak[place] = level + c * dose
            level = peak[place] * fading[place]
        return np.log((1.0 + peak / Kd) / (1.0 + peak * fading / Kd)) / k

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return drive and tonic level of the pulses and the infusion."""
        k, Kd = per_day(self.half_life), self.binding
        faded = jnp.exp(-k * delivery.interval)
        peak = self.rise * delivery.pulse / (1.0 - faded)
        trough = peak * faded
        receptor_days = jnp.log((1.0 + peak / Kd) / (1.0 + trough / Kd)) / k
        steady = delivery.rate * 1e3 / (self.clearance * HOURS_PER_DAY)
        own = 1.0 / self.reference_pulses
        infused = self._answer(own * steady / (steady + Kd), jnp.asarray(own))
        return Action(
            gnrh_drive=self._answer(receptor_days, delivery.interval) + infused, gnrh_tonic=trough + steady
        )


entry = Gonadorelin()
