"""Anchoring: a man's own numbers follow from his baseline in closed form, and his baseline stays put.

Each line of the model is inverted at rest, in the order in which it can be: testosterone, estradiol
(less what the assay reads without any) and SHBG give the free hormones; free testosterone gives
secretion; LH and secretion give ``capacity``; estradiol gives ``aromatase``; LH and the two brakes give
``drive``; FSH and inhibin B give ``fsh_drive`` and ``inhibin_made``; the semen analysis gives
``sertoli``, the volume and the shares.
No search is needed, every step is differentiable, and the untreated man is an exact fixed point.
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.body.axis import Body, Frame, Signals, State
from leydig.body.effects import Action
from leydig.body.spermatogenesis import EPIDIDYMAL_STAGES, HISTORY_STAGES, TESTICULAR_STAGES

__all__ = ["Baseline", "anchored"]


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


def anchored(
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
    body = _with(body, "blood", estradiol_background=body.blood.background(baseline.estradiol))
    body = _with(body, "testis", aged_half_lh=body.testis.aged(age))
    baseline = eqx.tree_at(
        lambda base: base.estradiol, baseline, baseline.estradiol - body.blood.estradiol_background
    )
    frame = body.frame(bmi)
    body = _own_testis(body, baseline, frame)
    for own in (_own_aromatase, _own_pituitary, _own_rest):
        state = _resting(body, baseline, frame)
        body = own(body, baseline, body.signals(state, Action(), frame))
    return body, _resting(body, baseline, frame)


def _with(body: Body, organ: str, **own: Any) -> Body:
    """Return the body with some of one organ's parameters replaced."""
    names = list(own)
    changed = eqx.tree_at(
        lambda part: [getattr(part, name) for name in names], getattr(body, organ), list(own.values())
    )
    return eqx.tree_at(lambda tree: getattr(tree, organ), body, changed)


def _own_testis(body: Body, baseline: Baseline, frame: Frame) -> Body:
    blood, testis, reference = body.blood, body.testis, frame.reference
    free = blood.free(baseline.testosterone, baseline.estradiol, baseline.shbg)
    made = blood.testosterone_clearance * free.testosterone
    secretion = (1.0 - testis.adrenal_share) * made / frame.secretion
    lh = baseline.lh / body.pituitary.reference_lh
    answer = testis.secretion(
        lh,
        testis.capacity_target(lh),
        testis.receptors(lh, body.pituitary.reference_lh),
        free.estradiol / reference.estradiol,
        jnp.zeros(()),
    )
    body = _with(
        body,
        "testis",
        capacity=secretion / answer,
        adrenal_secretion=testis.adrenal_share * made,
        inhibin_made=baseline.inhibin_b
        / testis.reference_inhibin
        / testis.inhibin_target(baseline.fsh / body.pituitary.reference_fsh, secretion),
    )
    androgen = free.testosterone / reference.testosterone
    target = blood.shbg_target(androgen, free.estradiol / reference.estradiol)
    return _with(body, "blood", shbg_made=baseline.shbg / target)


def _own_aromatase(body: Body, baseline: Baseline, one: Signals) -> Body:
    del baseline
    return _with(body, "periphery", aromatase=one.estrogen / one.aromatized.total())


def _own_pituitary(body: Body, baseline: Baseline, one: Signals) -> Body:
    pituitary, hypothalamus = body.pituitary, body.hypothalamus
    asked = pituitary.asked_for(pituitary.settled(baseline.lh / pituitary.reference_lh))
    pulses = asked / one.estrogen_brake ** (1.0 - hypothalamus.estrogen_on_pulses)
    drive = pulses / hypothalamus.brake(one.androgen, one.estrogen_brake)
    inhibin = baseline.inhibin_b / body.testis.reference_inhibin
    fsh_asked = pituitary.fsh_asked_for(pituitary.settled(baseline.fsh / pituitary.reference_fsh))
    fsh_drive = fsh_asked / pituitary.fsh_asked(pulses, one.seen, inhibin)
    return _with(_with(body, "hypothalamus", drive=drive), "pituitary", fsh_drive=fsh_drive)


def _own_rest(body: Body, baseline: Baseline, one: Signals) -> Body:
    sperm, nothing = body.spermatogenesis, jnp.zeros(())
    body = _with(
        body,
        "spermatogenesis",
        sertoli=baseline.sperm_concentration * baseline.semen_volume / one.support,
        volume=baseline.semen_volume,
        androgen=one.androgen,
        motile=sperm.own_share(baseline.motility, one.support),
        progressive=sperm.own_share(baseline.progressive_motility, one.support),
        normal=sperm.own_share(baseline.normal_forms, one.support),
    )
    body = _with(
        body,
        "marrow",
        hematocrit_made=baseline.hematocrit / body.marrow.target(one.androgen, nothing),
    )
    density = baseline.spine_density / body.bone.target(one.estrogen, one.androgen)
    return _with(body, "bone", density_made=density)


def _resting(body: Body, baseline: Baseline, frame: Frame) -> State:
    """Return the state at rest; exact once every own number is set."""
    pituitary, testis = body.pituitary, body.testis
    lh, fsh = baseline.lh / pituitary.reference_lh, baseline.fsh / pituitary.reference_fsh
    one = jnp.ones_like(lh)
    state = State(
        lh=baseline.lh,
        fsh=baseline.fsh,
        lh_reserve=pituitary.reserve(pituitary.settled(lh)),
        fsh_reserve=pituitary.reserve(pituitary.settled(fsh)),
        gnrh_receptors=one,
        lh_receptors=testis.receptors(lh, pituitary.reference_lh),
        felt_lh=lh,
        capacity=testis.capacity_target(lh),
        inhibin=baseline.inhibin_b / testis.reference_inhibin,
        testosterone=baseline.testosterone,
        estradiol=baseline.estradiol,
        shbg=baseline.shbg,
        enzyme=one,
        stages=(one,) * TESTICULAR_STAGES,
        epididymis=(one,) * EPIDIDYMAL_STAGES,
        history=(one,) * HISTORY_STAGES,
        hematocrit=baseline.hematocrit,
        bone=baseline.spine_density,
    )
    support = body.signals(state, Action(), frame).support
    entry = support ** (1.0 - body.spermatogenesis.late_share)
    return eqx.tree_at(
        lambda tree: (tree.stages, tree.epididymis, tree.history),
        state,
        ((entry,) * TESTICULAR_STAGES, (support,) * EPIDIDYMAL_STAGES, (support,) * HISTORY_STAGES),
    )
