"""A body whose arrows can be cut and whose levels can be held; whole, it is the body that it was made of.

An arrow that is cut carries the man's own resting signal from then on, not nothing: what is cut is the news::

    carried = share·signal + (1 − share)·rest        dy/dt = free·dy/dt

No course of a patient is worked out with these organs.
"""

from dataclasses import replace

import equinox as eqx
from jaxtyping import Array, Float

from leydig.body import Body, State
from leydig.body.axis import ReferenceState, Signals
from leydig.body.effects import Action
from leydig.body.hypothalamus import Hypothalamus
from leydig.body.pituitary import Pituitary
from leydig.body.testis import Testis

__all__ = ["HELD", "Arrow", "SurgicalBody", "SurgicalHypothalamus", "SurgicalPituitary", "SurgicalTestis"]

HELD = ("lh", "fsh", "testosterone", "estradiol")  # states that can be held


class Arrow(eqx.Module):
    """What is left of an arrow.

    Attributes
    ----------
    share : Float[Array, ""]
        1 whole, 0 cut.
    rest : Float[Array, ""]
        The man's own resting signal.
    """

    share: Float[Array, ""]
    rest: Float[Array, ""]

    def carry(self, signal: Float[Array, ""]) -> Float[Array, ""]:
        """Return the signal that arrives; the very signal where the arrow is whole."""
        return self.share * signal + (1.0 - self.share) * self.rest


class SurgicalHypothalamus(Hypothalamus):
    """A hypothalamus whose two brakes can be cut; the pituitary hears estradiol by the same arrow."""

    testosterone_arrow: Arrow = eqx.field(kw_only=True)
    estradiol_arrow: Arrow = eqx.field(kw_only=True)

    def central_estrogen(
        self,
        androgen: Float[Array, ""],
        estrogen: Float[Array, ""],
        brain_block: Float[Array, ""],
        occupancy: Float[Array, ""],
        activity: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Return the estradiol signal that arrives, as a ratio to the reference man."""
        return self.estradiol_arrow.carry(
            super().central_estrogen(androgen, estrogen, brain_block, occupancy, activity)
        )

    def androgen_brake(self, androgen: Float[Array, ""]) -> Float[Array, ""]:
        """Return the brake of the testosterone that arrives."""
        return super().androgen_brake(self.testosterone_arrow.carry(androgen))


class SurgicalPituitary(Pituitary):
    """A pituitary that can be made deaf to inhibin B."""

    inhibin_arrow: Arrow = eqx.field(kw_only=True)

    def fsh_demand(
        self, gnrh: Float[Array, "*#body"], estrogen: Float[Array, "*#body"], inhibin: Float[Array, "*#body"]
    ) -> Float[Array, "*#body"]:
        """Return what is asked of the gonadotropes for FSH, of the inhibin B that arrives."""
        return super().fsh_demand(gnrh, estrogen, self.inhibin_arrow.carry(inhibin))


class SurgicalTestis(Testis):
    """A testis whose Leydig cells can be made deaf to estradiol."""

    estradiol_arrow: Arrow = eqx.field(kw_only=True)

    def effective_estrogen(
        self, estrogen: Float[Array, ""], occupancy: Float[Array, ""], activity: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the estradiol signal that arrives at the Leydig cells."""
        return self.estradiol_arrow.carry(super().effective_estrogen(estrogen, occupancy, activity))


class SurgicalBody(Body):
    """A body whose testes can be made deaf to LH and FSH, and whose hormones can be held.

    Attributes
    ----------
    lh_arrow, fsh_arrow : Arrow
        From the blood to Leydig cells, and to Sertoli cells.
    free : dict of str to Float[Array, ""]
        1 for a state of `HELD` that moves, 0 for one that is held.
    """

    lh_arrow: Arrow = eqx.field(kw_only=True)
    fsh_arrow: Arrow = eqx.field(kw_only=True)
    free: dict[str, Float[Array, ""]] = eqx.field(kw_only=True)

    def signals(self, state: State, action: Action, frame: ReferenceState) -> Signals:
        """Return every signal between the organs, as it arrives."""
        whole = super().signals(state, action, frame)
        lh, fsh = self.lh_arrow.carry(whole.lh), self.fsh_arrow.carry(whole.fsh)
        return replace(whole, lh=lh, fsh=fsh, support=self.spermatogenesis.support(whole.testicular, fsh))

    def rate(self, state: State, action: Action, frame: ReferenceState) -> State:
        """Return the derivative of the state, per day; 0 for what is held."""
        found = super().rate(state, action, frame)
        return replace(found, **{name: free * getattr(found, name) for name, free in self.free.items()})
