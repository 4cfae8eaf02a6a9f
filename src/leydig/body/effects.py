"""What a drug can do to the body: the places where a treatment acts, one field per place.

A drug fills the fields that it touches; the fields of several drugs add up, because competitive
inhibitors add as ``Σ C/IC50`` and inputs add as amounts. An organ reads the fields that concern it:
the block of aromatase, for one, acts in `leydig.body.periphery`.
"""

import dataclasses
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

__all__ = ["PLACES", "Action", "Place", "modulator"]


def _none() -> Any:  # a field, which stands for its value
    return eqx.field(default=0.0)


class Action(eqx.Module):
    """The joint action of everything that is given, at one moment; zero everywhere when untreated.

    Attributes
    ----------
    aromatase_block : Float[Array, ""]
        Competitive block of aromatase in fat and liver, ``Σ C/IC50`` [1]; read by periphery.
    brain_aromatase_block : Float[Array, ""]
        The same for the aromatase of the brain [1]; read by hypothalamus.
    aromatase_loss : Float[Array, ""]
        Rate at which a steroidal inhibitor destroys the enzyme [1/d]; read by periphery.
    receptor_block : Float[Array, ""]
        Occupancy of the estrogen receptor of hypothalamus, pituitary and Leydig cells, ``Σ C/K`` [1].
    receptor_activity : Float[Array, ""]
        The same, weighted by intrinsic activity [1].
    liver_estrogen : Float[Array, ""]
        Rise of SHBG production by a receptor modulator that acts as an estrogen in the liver [1]; read by blood.
    gnrh_drive : Float[Array, ""]
        Stimulus of given GnRH, in units of the reference man's own [1]; read by pituitary.
    gnrh_tonic : Float[Array, ""]
        GnRH that never leaves the receptor, trough level [ng/L]; read by pituitary.
    gnrh_block : Float[Array, ""]
        Competitive block of the GnRH receptor, ``Σ C/IC50`` [1]; read by pituitary.
    lh_activity, fsh_activity : Float[Array, ""]
        Given gonadotropin activity beside his own [IU/L]; read by testis.
    steroid_block : Float[Array, ""]
        Block of steroid synthesis, ``Σ C/IC50`` [1]; read by testis.
    testosterone_input : Float[Array, ""]
        Testosterone entering the blood [nmol/d]; read by blood.
    estradiol_input : Float[Array, ""]
        Estradiol entering the blood [pmol/d]; read by blood.
    """

    aromatase_block: Float[Array, ""] = _none()
    brain_aromatase_block: Float[Array, ""] = _none()
    aromatase_loss: Float[Array, ""] = _none()
    receptor_block: Float[Array, ""] = _none()
    receptor_activity: Float[Array, ""] = _none()
    liver_estrogen: Float[Array, ""] = _none()
    gnrh_drive: Float[Array, ""] = _none()
    gnrh_tonic: Float[Array, ""] = _none()
    gnrh_block: Float[Array, ""] = _none()
    lh_activity: Float[Array, ""] = _none()
    fsh_activity: Float[Array, ""] = _none()
    steroid_block: Float[Array, ""] = _none()
    testosterone_input: Float[Array, ""] = _none()
    estradiol_input: Float[Array, ""] = _none()

    def __add__(self, other: "Action") -> "Action":
        """Return the joint action of two treatments given together."""
        fields = (field.name for field in dataclasses.fields(self))
        return Action(**{name: jnp.asarray(getattr(self, name) + getattr(other, name)) for name in fields})


def modulator(occupancy: Float[Array, ""], activity: Float[Array, ""], liver: Float[Array, ""]) -> Action:
    """Return what a receptor modulator does at this occupancy (level over K) and these activities.

    It blocks the estrogen receptor, activates it by `activity` and raises SHBG production by up to `liver`.
    """
    return Action(
        receptor_block=occupancy,
        receptor_activity=activity * occupancy,
        liver_estrogen=liver * occupancy / (1.0 + occupancy),
    )


class Place(NamedTuple):
    """Where on the loop a field of `Action` acts, and what it does there, in words."""

    organ: str
    effect: str


PLACES = {  # every field of `Action`, in the order of the loop
    "brain_aromatase_block": Place("hypothalamus", "less estradiol is made in the brain itself"),
    "receptor_block": Place("hypothalamus and pituitary", "the estrogen receptor is held: estradiol brakes less"),
    "receptor_activity": Place("hypothalamus and pituitary", "the receptor that is held is stimulated a little"),
    "gnrh_drive": Place("pituitary", "pulses of GnRH release LH and FSH"),
    "gnrh_tonic": Place("pituitary", "GnRH that stays between pulses wears its receptor out"),
    "gnrh_block": Place("pituitary", "the GnRH receptor is blocked: LH and FSH fall"),
    "lh_activity": Place("Leydig cells", "acts as LH does: testosterone is made"),
    "steroid_block": Place("Leydig cells", "the making of steroids is blocked: testosterone falls"),
    "fsh_activity": Place("Sertoli cells", "acts as FSH does: germ cells are carried"),
    "testosterone_input": Place("blood", "testosterone comes from outside: both brakes on the brain deepen"),
    "estradiol_input": Place("blood", "estradiol comes from outside: the brake on the brain deepens"),
    "liver_estrogen": Place("liver", "acts as an estrogen: SHBG rises"),
    "aromatase_block": Place("fat and liver", "aromatase is blocked: less testosterone becomes estradiol"),
    "aromatase_loss": Place("fat and liver", "aromatase is destroyed: less testosterone becomes estradiol"),
}
