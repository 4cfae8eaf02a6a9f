"""GnRH comes in pulses at uneven intervals: his own release what was made since the last, a given dose a store.

The pulse generator is a renewal process: intervals ``X`` are Weibull with shape ``γ``. The brakes of
testosterone and estradiol set their mean (``H = H_A·H_E^η`` of the hypothalamus, 1 in the reference man),
with a dead time ``d`` that nothing shortens. From 40 years on it fires faster than the brakes say (``v``): men of
that age have more pulses at the same steroids. A pulse releases what was made since the pulse
before, times a random factor ``ξ`` (log-normal, mean 1, spread ``c``), so the long-run mean of release is
what the day clock secretes, whatever the interval::

    X̄ = d + (X_0 − d)/(H·v)             P(X > x) = exp[−(x/scale)^γ]          v = exp[a·max(age − 40, 0)]
    burst = ξ · ∫ secretion dt since the last pulse

A given dose finds a store. Rested gonadotropes hold ``T`` days of what they have secreted of late (``m``); ``p``
is how full the store is. A dose whose receptor time is ``E`` (`leydig.drugs.gonadorelin`) frees a fraction ``ρ``,
which enters the blood over ``τ_r``. What given pulses drive fills the store, and while it is not full his own
pulses give a part of theirs to it. ``g`` and ``o`` are the shares of secretion ``s`` that given and own pulses
drive::

    ρ = 1 − exp(−E/ε)                              dose = ξ·ρ·p·T·m           then p falls to p·(1 − ξρ)
    dp/dt = (s/m)·[g + o·max(1 − p, 0)]/T          own  = ξ·∫ o·min(p, 1)·s dt
    dm/dt = (s − m)/T

Whatever fills the store leaves it, so a train releases in the long run what the day clock secretes (g of it,
however large ρ). The first dose of a train and a single dose find a full store, and what a single dose takes is
missing from his own pulses after it. The store goes by what he has secreted, so a man without GnRH answers a
first dose with little. LH and FSH have stores of their own: a dose frees little FSH.

Two levels of mean 1 that follow the bursts and fade at rates ``p`` and ``q`` have the mean product
(Campbell's theorem, for bursts that grow with the interval before them)::

    C(p,q) = p·q·X̄/(p+q) · {(1+c²)·E[X²]/X̄² + Σ_{r=p,q} E[X·e^(−rX)]/X̄/(1 − E[e^(−rX)])}
    CV²(LH)      = C(k,k) − 1
    CV²(felt LH) = w²·C(k,k) − 2wv·C(k,j) + v²·C(j,j) − 1         w = j/(j−k), v = k/(j−k)

with ``k`` the rate of LH and ``j`` that of the felt delay. Secretion h(l) that bends in felt LH is then,
to second order, on average ``1 + (l²h''/h)·CV²/2`` times the secretion at the mean.
"""

from collections.abc import Callable
from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Array, Float

from leydig.arrays import Scalar
from leydig.body.axis import Body, ReferenceState, State
from leydig.body.effects import Action
from leydig.body.testis import Testis
from leydig.parameter import parameter
from leydig.units import HOURS_PER_DAY

__all__ = ["MINUTES_PER_DAY", "PulseDemand", "Pulses", "after_bursts", "after_release", "curvature", "follow_rates",
           "secretion_correction"]  # fmt: skip

MINUTES_PER_DAY = 60.0 * HOURS_PER_DAY
_NODES = 1000  # quantiles of the interval over which its moments are summed


class PulseDemand(eqx.Module):
    """What is asked of the gonadotropes at one moment, and by whom.

    Attributes
    ----------
    secretion : Float[Array, "2"]
        LH and FSH that they make [IU/L/d].
    shares : Float[Array, "2"]
        Shares that own pulses and pump pulses release; the rest leaks under a constant infusion.
    interval : Float[Array, ""]
        Mean interval of own pulses [d].
    """

    secretion: Float[Array, "2"]
    shares: Float[Array, "2"]
    interval: Float[Array, ""]


class Pulses(eqx.Module):
    """When pulses come and how much one of them releases."""

    reference_interval: Float[Array, ""] = parameter(
        95.0,
        "min",
        "mean interval of the reference man's pulses (X_0)",
        within=(60.0, 150.0),
        cv=0.1,
        basis="measured",
        source="Veldhuis 1987, doi:10.1210/jcem-65-5-929; 95 min, SEM 11, sampled every 10 min",
    )
    shortest_interval: Float[Array, ""] = parameter(
        35.0,
        "min",
        "mean interval without any brake (dead time d)",
        within=(5.0, 60.0),
        basis="derived",
        source="Agonadal undated, pmid:2096154; 27.5 against 10.2 pulses in 12 h, so 95 min over 2.7",
    )
    ageing: Float[Array, ""] = parameter(
        0.0145, "1/year", "by how much faster the generator fires with age than its brakes say (a)", within=(0.0, 0.05),
        basis="derived",
        source="KetoAging undated, unresolved:KetoAging; 18 pulses a day in men of 60 to 73, 13 in men of 18 to 32, so "
        "1.385 times as many, of which the brakes give 1.123")  # fmt: skip
    ageing_from: Float[Array, ""] = parameter(
        40.0, "year", "age from which it does", within=(18.0, 60.0), basis="assumed",
        source="assumed: no men between were seen; LH rises from 40 on in the men of the population")  # fmt: skip
    acceleration: Float[Array, ""] = parameter(
        1.0, "1", "how much faster his generator fires than its brakes say, set from his age (v)", within=(1.0, 10.0),
        basis="derived",
        source="KetoAging undated, unresolved:KetoAging; 1 in men of 18 to 32 by definition")  # fmt: skip
    regularity: Float[Array, ""] = parameter(
        2.5,
        "1",
        "Weibull shape of the intervals (γ); 1 would be a Poisson process",
        within=(1.0, 5.0),
        basis="derived",
        source="Partsch undated, unresolved:Partsch; a day's mean interval varies by 9.7 % within a man (median "
        "of three profiles, so 11.7 %), as it does here when found every 10 min",
    )
    burst_spread: Float[Array, ""] = parameter(
        0.2,
        "1",
        "spread of a burst against what has been made (c)",
        within=(0.0, 1.0),
        basis="derived",
        source="Partsch undated, unresolved:Partsch; a day's mean amplitude varies by 10 % within a man (median "
        "of three profiles, so 12 %), as it does here when found every 10 min",
    )

    lh_store: Float[Array, ""] = parameter(
        1.5,
        "d",
        "LH that rested gonadotropes can release, in days of what they secrete (T)",
        within=(0.3, 5.0),
        cv=0.35,
        basis="derived",
        source="Bang 2017, journal:EJE-176-379; LH rose by almost 400 % in 77 healthy men after GnRH: with 100 ug and "
        "ρ of 0.3 the peak is at 0.81 of what is freed | Bang 2017, journal:EJE-176-379; 4.4 to 58.8 IU/L after it, of "
        "which their own LH explains a part",
    )
    fsh_store: Float[Array, ""] = parameter(
        0.5,
        "d",
        "FSH that rested gonadotropes can release, in days of what they secrete",
        within=(0.1, 2.0),
        cv=0.35,
        basis="derived",
        source="Bang 2017, journal:EJE-176-379; FSH rose by 40 % in the same men",
    )
    depletion: Float[Array, ""] = parameter(
        0.25,
        "d",
        "receptor time that leaves 1/e of the store (ε)",
        within=(0.1, 2.0),
        basis="assumed",
        source="assumed: LH of normal men went on rising with the dose up to 3000 ug, so no dose empties the store",
    )
    release_delay: Float[Array, ""] = parameter(
        10.0,
        "min",
        "time over which what a dose frees enters the blood (τ_r)",
        within=(3.0, 15.0),
        basis="derived",
        source="Japan undated, unresolved:LHRH100Japan; LH peaked 30 min after 100 ug iv: ln(r/k)/(r − k) with k of LH",
    )

    def stores(self) -> Float[Array, "2"]:
        """Return the stores of LH and FSH [d]."""
        return jnp.stack([self.lh_store, self.fsh_store])

    def release_rate(self) -> Float[Array, ""]:
        """Return the rate at which what a dose frees enters the blood [1/d]."""
        return MINUTES_PER_DAY / self.release_delay

    def released_fraction(self, receptor_time: Float[Array, "*pulse"]) -> Float[Array, "*pulse"]:
        """Return the fraction of the store that a dose of this receptor time [d] frees (ρ)."""
        return -jnp.expm1(-receptor_time / self.depletion)

    def filling_rate(self, full: Float[Array, "2"], pace: Float[Array, "2"], demand: PulseDemand) -> Float[Array, "2"]:
        """Return dp/dt [1/d] of the stores, from how full they are (p) and the secretion they go by (m) [IU/L/d]."""
        own, pump = demand.shares
        return demand.secretion / pace * (pump + own * jnp.maximum(1.0 - full, 0.0)) / self.stores()

    def pace_rate(self, pace: Float[Array, "2"], demand: PulseDemand) -> Float[Array, "2"]:
        """Return dm/dt [IU/L/d/d], m the secretion that the stores go by."""
        return (demand.secretion - pace) / self.stores()

    def interval(self, brake: Float[Array, ""]) -> Float[Array, ""]:
        """Return the mean interval [min] under this brake on pulses (H, 1 in the reference man)."""
        d = self.shortest_interval
        return d + (self.reference_interval - d) / (brake * self.acceleration)

    def at_age(self, age: Float[Array, ""]) -> "Pulses":
        """Return the pulses of a man of this age [year]."""
        acceleration = np.exp(float(self.ageing) * max(float(age) - float(self.ageing_from), 0.0))
        return replace(self, acceleration=acceleration)

    def demand(
        self, body: Body, state: State, action: Action, frame: ReferenceState, infusion: Float[Array, ""]
    ) -> PulseDemand:
        """Return what is asked of the gonadotropes.

        Parameters
        ----------
        body : Body
        state : State
        action : Action
        frame : Frame
        infusion : Float[Array, ""]
            The part of the given drive that is infused without pause [1].
        """
        rate, (k, kf, _) = body.rate(state, action, frame), follow_rates(body)
        one = body.signals(state, action, frame)
        own, brake = one.pulses, body.hypothalamus.brake(one.androgen, one.estrogen_brake)
        return PulseDemand(
            secretion=jnp.stack([rate.lh + k * state.lh, rate.fsh + kf * state.fsh]),
            shares=jnp.stack([own, action.gnrh_drive - infusion]) / (own + action.gnrh_drive),
            interval=self.interval(brake) / MINUTES_PER_DAY,
        )

    def _intervals(self) -> Float[Array, " node"]:
        """Return evenly spaced quantiles of the interval, whose mean is 1."""
        left = (jnp.arange(_NODES) + 0.5) / _NODES
        X = (-jnp.log(left)) ** (1.0 / self.regularity) / jnp.exp(gammaln(1.0 + 1.0 / self.regularity))
        return X / X.mean()

    def moment(
        self, p: Float[Array, ""], q: Float[Array, ""], interval: Float[Array, ""], *, regular: bool = False
    ) -> Float[Array, ""]:
        """Return C(p, q), the mean product of two levels of mean 1 that follow the same bursts.

        Parameters
        ----------
        p, q : Float[Array, ""]
            Rates at which the levels fade [1/d].
        interval : Float[Array, ""]
            Mean interval [d].
        regular : bool, optional
            Whether a pump gives the pulses, all intervals being equal.
        """
        X = jnp.ones(1) if regular else self._intervals()

        def earlier(r: Float[Array, ""]) -> Float[Array, ""]:
            left = jnp.exp(-r * interval * X)
            return (X * left).mean() / (1.0 - left.mean())

        one = (1.0 + self.burst_spread**2) * (X * X).mean()
        return p * q * interval / (p + q) * (one + earlier(p) + earlier(q))

    def variance(
        self, rate: Float[Array, ""], interval: Float[Array, ""], *, regular: bool = False
    ) -> Float[Array, ""]:
        """Return the squared CV of a level that fades at `rate` [1/d]; other parameters as `moment`."""
        return self.moment(rate, rate, interval, regular=regular) - 1.0

    def effective_variance(
        self,
        rate: Float[Array, ""],
        delay: Float[Array, ""],
        interval: Float[Array, ""],
        *,
        regular: bool = False,
    ) -> Float[Array, ""]:
        """Return the squared CV of felt LH, from the rates of LH and of the delay [1/d, must differ]."""
        w, v = delay / (delay - rate), rate / (delay - rate)
        own, other = (self.moment(r, r, interval, regular=regular) for r in (rate, delay))
        both = self.moment(rate, delay, interval, regular=regular)
        return w * w * own - 2.0 * w * v * both + v * v * other - 1.0


def follow_rates(body: Body) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """Return the rates at which LH, FSH and the felt LH follow [1/d]: k, kf and j."""
    one, zero = jnp.ones(()), jnp.zeros(())
    rates = body.pituitary.lh_rate, body.pituitary.fsh_rate, body.testis.effective_lh_rate
    k, kf, j = (-rate(one, zero) for rate in rates)
    return k, kf, j


def _lag(k: Float[Array, ""], j: Float[Array, ""], t: Float[Array, "*t"]) -> Float[Array, "*t"]:
    """Return how a burst that fades with rate k is felt with rate j, ``j(e^(−kt) − e^(−jt))/(j − k)``."""
    gap = jnp.where(jnp.abs(j - k) < 1e-6, 1e-6, j - k)
    return -j * jnp.exp(-k * t) * jnp.expm1(-gap * t) / gap


def after_bursts(
    body: Body,
    state: State,
    activity: Float[Array, ""],
    leak: Float[Array, "2"],
    at: Float[Array, " burst"],
    release: Float[Array, "burst 2"],
    later: Float[Array, ""],
) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """Return LH, FSH [IU/L] and felt LH [1] some time after `state`, exactly.

    Parameters
    ----------
    body : Body
    state : State
    activity : Float[Array, ""]
        Given LH activity [IU/L], steady.
    leak : Float[Array, "2"]
        LH and FSH that leak out without pause [IU/L/d].
    at, release : Float[Array, " burst"], Float[Array, "burst 2"]
        When bursts come [d], and by how much they raise LH and FSH [IU/L].
    later : Float[Array, ""]
        [d]

    Notes
    -----
    Each level is a sum of exponentials. LH is felt as ``j(e^(−kt) − e^(−jt))/(j − k)``.
    """
    k, kf, j = follow_rates(body)
    since = jnp.maximum(later - at, 0.0)
    came = jnp.where((later >= at)[:, None], release, 0.0)

    def lag(t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        return _lag(k, j, t)

    rest, fsh_rest = leak[0] / k, leak[1] / kf
    lh = rest + (state.lh - rest) * jnp.exp(-k * later) + came[:, 0] @ jnp.exp(-k * since)
    fsh = fsh_rest + (state.fsh - fsh_rest) * jnp.exp(-kf * later) + came[:, 1] @ jnp.exp(-kf * since)
    steady = -(rest + activity) * jnp.expm1(-j * later)
    felt = (steady + (state.lh - rest) * lag(later) + came[:, 0] @ lag(since)) / body.pituitary.reference_lh
    return lh, fsh, felt + state.effective_lh * jnp.exp(-j * later)


def after_release(
    body: Body,
    rate: Float[Array, ""],
    pool: Float[Array, "2"],
    at: Float[Array, ""],
    release: Float[Array, "2"],
    later: Float[Array, ""],
) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""], Float[Array, "2"]]:
    """Return what given doses add to LH, FSH [IU/L] and felt LH [1], and what is still to enter the blood, exactly.

    Parameters
    ----------
    body : Body
    rate : Float[Array, ""]
        At which it enters (`Pulses.release_rate`) [1/d], faster than LH, FSH and felt LH fade.
    pool : Float[Array, "2"]
        LH and FSH still to enter now [IU/L].
    at, release : Float[Array, ""], Float[Array, "2"]
        When a dose comes [d], and what it frees [IU/L].
    later : Float[Array, ""]
        [d]
    """
    k, kf, j = follow_rates(body)
    since = jnp.maximum(later - at, 0.0)
    parts = jnp.stack([pool, jnp.where(later >= at, release, 0.0)])
    times = jnp.stack([later, since])

    def arrive(fade: Float[Array, ""], curve: Callable[[Scalar, Array], Array]) -> Float[Array, "2"]:
        return rate / (rate - fade) * (curve(fade, times) - curve(rate, times))

    def decay(fade: Float[Array, ""], t: Float[Array, "2"]) -> Float[Array, "2"]:
        return jnp.exp(-fade * t)

    def lag(fade: Float[Array, ""], t: Float[Array, "2"]) -> Float[Array, "2"]:
        return _lag(fade, j, t)

    lh, fsh, felt = parts[:, 0] @ arrive(k, decay), parts[:, 1] @ arrive(kf, decay), parts[:, 0] @ arrive(k, lag)
    return lh, fsh, felt / body.pituitary.reference_lh, jnp.exp(-rate * times) @ parts


def curvature(testis: Testis, effective_lh: Float[Array, ""]) -> Float[Array, ""]:
    """Return l²·h''/h of testosterone secretion h at felt LH l; 0 where secretion is a straight line.

    Notes
    -----
    With ``s = l^n`` and ``h ∝ s/(K + s)`` the elasticity is ``ε = n·K/(K + s)``, and the curvature is
    ``ε² − ε − n²·K·s/(K + s)²``.
    """
    n, K = testis.steepness, testis.aged_half_lh
    s = effective_lh**n
    steep = n * K / (K + s)
    return steep**2 - steep - n**2 * K * s / (K + s) ** 2


def secretion_correction(
    testis: Testis, effective_lh: Float[Array, ""], variance: Float[Array, ""]
) -> Float[Array, ""]:
    """Return mean secretion under pulses over secretion at the mean, to second order.

    Parameters
    ----------
    testis : Testis
    effective_lh : Float[Array, ""]
        Mean felt LH against the reference man.
    variance : Float[Array, ""]
        Squared CV of felt LH (`Pulses.effective_variance`).
    """
    return 1.0 + curvature(testis, effective_lh) * variance / 2.0
