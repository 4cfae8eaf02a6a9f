"""Anchoring: a man's own numbers follow from his baseline in closed form, and his baseline stays put.

Each line of the model is inverted at rest, in the order in which it can be: testosterone, estradiol
(less what the assay reads without any) and SHBG give the free hormones; free testosterone gives
secretion; LH and secretion give ``capacity``; estradiol gives ``aromatase``; LH and the two brakes give
``drive``; FSH and inhibin B give ``fsh_drive`` and ``inhibin_production``; the semen analysis gives
``sertoli``, the volume and the shares.
No search is needed, every step is differentiable, and the untreated man is an exact fixed point.

The same rest is found forwards where levels are not known: under testosterone that has long been given
(`steady_state`).
"""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from leydig.body.axis import Body, ReferenceState, Signals, State
from leydig.body.effects import Action
from leydig.body.spermatogenesis import EPIDIDYMAL_STAGES, HISTORY_STAGES, MEIOSIS, TESTICULAR_STAGES, share_of

__all__ = ["Baseline", "fit_steady_state", "quasi_steady_state", "steady_state"]

NEAR, EXACT = 100, 6  # steps towards the state under given testosterone: careful ones, then Newton's
CAUTION = 0.25  # share of the way of a careful step: above 2/(1 + n) it swings up where brakes answer n times
STILL = 1e-9  # added to the slopes, since what drugs alone move has none


class Baseline(eqx.Module):
    """A man's own levels at rest, untreated.

    Attributes
    ----------
    testosterone : Float[Array, ""]
        [nmol/L]
    estradiol : Float[Array, ""]
        As an immunoassay reads it [pmol/L].
    lh, fsh : Float[Array, ""]
        [IU/L]
    shbg : Float[Array, ""]
        [nmol/L]
    inhibin_b : Float[Array, ""]
        [ng/L]
    sperm_concentration : Float[Array, ""]
        [million/mL]
    semen_volume : Float[Array, ""]
        [mL]
    motility, progressive_motility, normal_forms : Float[Array, ""]
        [1]
    hematocrit : Float[Array, ""]
        [L/L]
    spine_density : Float[Array, ""]
        [g/cm2]
    """

    testosterone: Float[Array, ""]
    estradiol: Float[Array, ""]
    lh: Float[Array, ""]
    fsh: Float[Array, ""]
    shbg: Float[Array, ""]
    inhibin_b: Float[Array, ""]
    sperm_concentration: Float[Array, ""]
    semen_volume: Float[Array, ""]
    motility: Float[Array, ""]
    progressive_motility: Float[Array, ""]
    normal_forms: Float[Array, ""]
    hematocrit: Float[Array, ""]
    spine_density: Float[Array, ""]


def fit_steady_state(
    body: Body, baseline: Baseline, age: Float[Array, ""], bmi: Float[Array, ""]
) -> tuple[Body, State]:
    """Return the body whose resting state is this baseline, and that state.

    Parameters
    ----------
    body : Body
        The body with the reference man's own numbers.
    baseline : Baseline
        His levels at rest.
    age, bmi : Float[Array, ""]
        Years, and body mass index [kg/m2].

    Returns
    -------
    body : Body
        A copy with his own drive, capacity, aromatase and the rest.
    state : State
        His resting state, an exact fixed point when untreated.
    """
    body = _replace_parameters(body, "blood", estradiol_background=body.blood.background(baseline.estradiol))
    body = _replace_parameters(body, "testis", aged_half_lh=body.testis.half_lh_at(age))
    baseline = eqx.tree_at(
        lambda base: base.estradiol, baseline, baseline.estradiol - body.blood.estradiol_background
    )
    frame = body.frame(bmi)
    body = _own_testis(body, baseline, frame)
    for own in (_own_aromatase, _own_set_point, _own_pituitary, _own_rest):
        state = _resting_state(body, baseline, frame)
        body = own(body, baseline, body.signals(state, Action(), frame))
    return body, _resting_state(body, baseline, frame)


def _replace_parameters(body: Body, organ: str, **own: Float[Array, ""]) -> Body:
    """Return the body with some of one organ's parameters replaced."""
    names = list(own)
    changed = eqx.tree_at(
        lambda part: [getattr(part, name) for name in names], getattr(body, organ), list(own.values())
    )
    return eqx.tree_at(lambda tree: getattr(tree, organ), body, changed)


def _own_testis(body: Body, baseline: Baseline, frame: ReferenceState) -> Body:
    blood, testis, reference = body.blood, body.testis, frame.reference
    free = blood.free(baseline.testosterone, baseline.estradiol, baseline.shbg)
    made = blood.testosterone_clearance * free.testosterone
    elsewhere = testis.extratesticular_share(made * (1.0 - testis.adrenal_share) / frame.secretion)
    secretion = (1.0 - elsewhere) * made / frame.secretion
    lh = baseline.lh / body.pituitary.reference_lh
    answer = testis.secretion(
        lh,
        testis.capacity_target(lh),
        testis.receptors(lh, body.pituitary.reference_lh),
        free.estradiol / reference.estradiol,
        jnp.zeros(()),
    )
    inside = testis.testicular(secretion, baseline.testosterone, blood.reference_testosterone)
    body = _replace_parameters(
        body,
        "testis",
        capacity=secretion / answer,
        adrenal_secretion=elsewhere * made,
        inhibin_production=baseline.inhibin_b
        / testis.reference_inhibin
        / testis.inhibin_target(baseline.fsh / body.pituitary.reference_fsh, inside),
    )
    androgen = free.testosterone / reference.testosterone
    target = blood.shbg_target(androgen, free.estradiol / reference.estradiol)
    return _replace_parameters(body, "blood", shbg_production=baseline.shbg / target)


def _own_aromatase(body: Body, baseline: Baseline, one: Signals) -> Body:
    del baseline
    return _replace_parameters(body, "periphery", aromatase=one.estrogen / one.aromatized.total())


def _own_set_point(body: Body, baseline: Baseline, one: Signals) -> Body:
    del baseline
    return _replace_parameters(body, "hypothalamus", own_androgen=one.androgen, own_estrogen=one.estrogen)


def _own_pituitary(body: Body, baseline: Baseline, one: Signals) -> Body:
    pituitary, hypothalamus = body.pituitary, body.hypothalamus
    asked = pituitary.demand_for(pituitary.steady_answer(baseline.lh / pituitary.reference_lh))
    pulses = asked / one.estrogen_brake ** (1.0 - hypothalamus.estrogen_on_pulses)
    drive = pulses / hypothalamus.brake(one.androgen, one.estrogen_brake)
    inhibin = baseline.inhibin_b / body.testis.reference_inhibin
    fsh_demand = pituitary.fsh_demand_for(pituitary.steady_answer(baseline.fsh / pituitary.reference_fsh))
    fsh_drive = fsh_demand / pituitary.fsh_demand(pulses, one.central_estrogen, inhibin)
    return _replace_parameters(_replace_parameters(body, "hypothalamus", drive=drive), "pituitary", fsh_drive=fsh_drive)


def _own_rest(body: Body, baseline: Baseline, one: Signals) -> Body:
    sperm, nothing = body.spermatogenesis, jnp.zeros(())
    here = baseline.sperm_concentration, one.support, one.androgen
    motile = 1.0 / sperm.motile_odds(*here)
    body = _replace_parameters(
        body,
        "spermatogenesis",
        sertoli=baseline.sperm_concentration * baseline.semen_volume / (sperm.tubules * one.support),
        usual_support=one.support,
        volume=baseline.semen_volume,
        androgen=one.androgen,
        motile=share_of(baseline.motility, motile),
        progressive=share_of(baseline.progressive_motility, motile),
        normal=share_of(baseline.normal_forms, 1.0 / sperm.normal_odds(*here)),
    )
    body = _replace_parameters(
        body,
        "marrow",
        hematocrit_production=baseline.hematocrit / body.marrow.target(one.androgen, nothing),
    )
    density = baseline.spine_density / body.bone.target(one.estrogen, one.androgen)
    return _replace_parameters(body, "bone", density_formation=density)


def _resting_state(body: Body, baseline: Baseline, frame: ReferenceState) -> State:
    """Return the state at rest; exact once every own number is set."""
    pituitary = body.pituitary
    lh, fsh = baseline.lh / pituitary.reference_lh, baseline.fsh / pituitary.reference_fsh
    one = jnp.ones_like(lh)
    released = pituitary.steady_answer(lh), pituitary.steady_answer(fsh)
    state = State(
        lh=baseline.lh,
        fsh=baseline.fsh,
        gnrh_receptors=one,
        effective_lh=lh,
        inhibin=baseline.inhibin_b / body.testis.reference_inhibin,
        testosterone=baseline.testosterone,
        estradiol=baseline.estradiol,
        shbg=baseline.shbg,
        enzyme=one,
        hematocrit=baseline.hematocrit,
        bone=baseline.spine_density,
        **_pituitary_and_testis(body, released, lh, lh),
        **_germ_cells(body, one),
    )
    support = body.signals(state, Action(), frame).support
    return replace(state, **_germ_cells(body, support))


def _pituitary_and_testis(
    body: Body, released: tuple[Float[Array, ""], Float[Array, ""]], lh: Float[Array, ""], felt_lh: Float[Array, ""]
) -> dict[str, Any]:
    """Return what in pituitary and testis follows from the LH and FSH that are released, and from LH."""
    pituitary, testis = body.pituitary, body.testis
    return {
        "lh_reserve": pituitary.reserve(released[0]),
        "fsh_reserve": pituitary.reserve(released[1]),
        "lh_receptors": testis.receptors(lh, pituitary.reference_lh),
        "capacity": testis.capacity_target(felt_lh),
    }


def _germ_cells(body: Body, support: Float[Array, ""]) -> dict[str, Any]:
    """Return every stage of germ cells under a support that has long been the same."""
    matured = body.spermatogenesis.tubules
    entry, meiosis, _ = body.spermatogenesis.survival(support)
    young = matured * entry
    return {
        "stages": (young,) * MEIOSIS + (young * meiosis,) * (TESTICULAR_STAGES - MEIOSIS),
        "epididymis": (matured * support,) * EPIDIDYMAL_STAGES,
        "history": (support,) * HISTORY_STAGES,
        "tubules": matured,
    }


# Under testosterone that has long been given --------------------------------------------------------------------------


def steady_state(
    body: Body, start: State, testosterone_input: Float[Array, ""], frame: ReferenceState
) -> State:
    """Return the state under testosterone that has long been given, the same every day.

    Parameters
    ----------
    body : Body
        Anchored (`fit_steady_state`).
    start : State
        Where the search begins, such as his state at rest.
    testosterone_input : Float[Array, ""]
        [nmol/d]
    frame : Frame
    """
    first, whole = ravel_pytree(jax.tree.map(lambda level: jnp.asarray(level, dtype=float), start))

    def away(levels: Float[Array, " state"]) -> Float[Array, " state"]:
        state = whole(levels)
        one = body.signals(state, Action(testosterone_input=testosterone_input), frame)
        return ravel_pytree(quasi_steady_state(body, state, one, testosterone_input, frame))[0] - levels

    def damped_step(_: Int[Array, ""], levels: Float[Array, " state"]) -> Float[Array, " state"]:
        return levels + CAUTION * away(levels)

    def exact(_: Int[Array, ""], levels: Float[Array, " state"]) -> Float[Array, " state"]:
        slopes = jax.jacfwd(away)(levels) - STILL * jnp.eye(len(levels))
        return levels - jnp.linalg.solve(slopes, away(levels))

    found: State = whole(jax.lax.fori_loop(0, EXACT, exact, jax.lax.fori_loop(0, NEAR, damped_step, first)))
    return found


def quasi_steady_state(
    body: Body, state: State, one: Signals, testosterone_input: Float[Array, ""], frame: ReferenceState
) -> State:
    """Return where each part of the state settles while what the organs tell each other stays as it is.

    Parameters
    ----------
    body : Body
    state : State
    one : Signals
        Of that state.
    testosterone_input : Float[Array, ""]
        [nmol/d]
    frame : Frame
    """
    blood, pituitary, testis = body.blood, body.pituitary, body.testis
    made = one.testosterone_production + testosterone_input
    free_t = made / blood.testosterone_clearance
    free_e = body.periphery.aromatase * one.aromatized.total() * frame.estradiol / blood.estradiol_clearance
    KT, KE = blood.testosterone_shbg, blood.estradiol_shbg
    S = state.shbg / (1.0 + KT * free_t + KE * free_e / 1000.0)  # SHBG that holds nothing
    lh = state.lh / pituitary.reference_lh
    own = _pituitary_and_testis(body, (one.lh_release, one.fsh_release), lh, state.effective_lh)
    return State(
        lh=pituitary.reference_lh * one.lh_release * own["lh_reserve"],
        fsh=pituitary.reference_fsh * one.fsh_release * own["fsh_reserve"],
        gnrh_receptors=state.gnrh_receptors,
        effective_lh=lh,
        inhibin=testis.inhibin_production * testis.inhibin_target(one.fsh, one.testicular),
        testosterone=free_t * (1.0 + blood.testosterone_albumin * blood.albumin + KT * S),
        estradiol=free_e * (1.0 + blood.estradiol_albumin * blood.albumin + KE * S),
        shbg=blood.shbg_production * blood.shbg_target(one.androgen, one.estrogen),
        enzyme=state.enzyme,
        hematocrit=body.marrow.hematocrit_production * body.marrow.target(one.androgen, testosterone_input / made),
        bone=body.bone.density_formation * body.bone.target(one.estrogen, one.androgen),
        **own,
        **_germ_cells(body, one.support),
    )
