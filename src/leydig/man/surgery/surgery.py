"""What is done to the loop of a man, by name, and the man to whom it was done."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from leydig.analytes import ANALYTES
from leydig.body import Body, State
from leydig.body.axis import Signals
from leydig.body.effects import Action
from leydig.checks import NOT_NEGATIVE, plain_number
from leydig.errors import OutOfRange, UnknownName
from leydig.man.man import Man
from leydig.man.surgery.organs import HELD, Arrow, SurgicalBody, SurgicalHypothalamus, SurgicalPituitary, SurgicalTestis

__all__ = ["ARROWS", "ARROW_TITLES", "SIZES", "STOPPED", "Surgery", "cut_in_turn", "operate", "surgical_body"]

# Where the numbers of each stand in a system, by the ids of its leaves (`leydig.engine.leaf_ids`)
ARROWS = {
    "testosterone_feedback": "body_hypothalamus_testosterone_arrow_share",
    "estradiol_feedback": "body_hypothalamus_estradiol_arrow_share",
    "inhibin_feedback": "body_pituitary_inhibin_arrow_share",
    "estradiol_to_leydig_cells": "body_testis_estradiol_arrow_share",
    "lh_to_leydig_cells": "body_lh_arrow_share",
    "fsh_to_sertoli_cells": "body_fsh_arrow_share",
}
ARROW_TITLES = {
    "testosterone_feedback": "testosterone's brake on the brain",
    "estradiol_feedback": "estradiol's brake on brain and pituitary",
    "inhibin_feedback": "inhibin B's brake on FSH",
    "estradiol_to_leydig_cells": "estradiol's brake on the Leydig cells",
    "lh_to_leydig_cells": "LH to the Leydig cells",
    "fsh_to_sertoli_cells": "FSH to the Sertoli cells",
}
SIZES = {
    "leydig_cells": ("body_testis_capacity",),
    "sertoli_cells": ("body_testis_inhibin_production", "body_spermatogenesis_sertoli"),
    "aromatase": ("body_periphery_aromatase",),
}
STOPPED = 1e-9  # [1] left of an organ that is stopped: rates take powers of its hormone, which must not fall to nothing
_O = TypeVar("_O", bound=eqx.Module)


@dataclass(frozen=True)
class Surgery:
    """What is done to a loop; nothing where everything is left out.

    Parameters
    ----------
    testosterone_feedback, estradiol_feedback, inhibin_feedback : float, optional
        What is left of the brakes on the brain and the pituitary: 1 whole, 0 cut. Cut, they carry the man's own
        resting signal. Estradiol's goes to the pituitary, too.
    estradiol_to_leydig_cells : float, optional
        The same of estradiol's brake on the Leydig cells themselves.
    lh_to_leydig_cells, fsh_to_sertoli_cells : float, optional
        The same of what drives the testis, given LH and FSH among it.
    leydig_cells, sertoli_cells, aromatase : float, optional
        How much is left of them, as a multiple; of one that is stopped, a billionth.
    hold : mapping of str to str, optional
        Levels that are held from day 0 on, such as ``{"estradiol": "32 pg/mL"}``, as the laboratory reads them:
        testosterone, estradiol, LH and FSH.

    Raises
    ------
    OutOfRange
        When what is left of an arrow is not from 0 to 1, or of an organ below 0, or no man has such a level.
    UnknownName
        When a level cannot be held.
    WrongUnit
        When a level has no unit, or a wrong one.

    Examples
    --------
    >>> Surgery(estradiol_feedback=0.0).estradiol_feedback
    0.0
    """

    testosterone_feedback: float = 1.0
    estradiol_feedback: float = 1.0
    inhibin_feedback: float = 1.0
    estradiol_to_leydig_cells: float = 1.0
    lh_to_leydig_cells: float = 1.0
    fsh_to_sertoli_cells: float = 1.0
    leydig_cells: float = 1.0
    sertoli_cells: float = 1.0
    aromatase: float = 1.0
    hold: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for names, limits in ((ARROWS, (0.0, 1.0)), (SIZES, NOT_NEGATIVE)):
            for name in names:
                object.__setattr__(self, name, plain_number(getattr(self, name), name.replace("_", " "), limits))
        if not isinstance(self.hold, Mapping):
            raise OutOfRange(
                f'got hold={self.hold!r}; expected levels by name. Write hold={{"estradiol": "32 pg/mL"}}.'
            )
        for name, text in self.hold.items():
            if name not in HELD:
                raise UnknownName.among("level to hold", name, HELD)
            ANALYTES[name].parse(text)


def operate(man: Man, surgery: Surgery) -> Man:
    """Return a man, or men, to whom this was done on day 0; he rests as before until something changes.

    Parameters
    ----------
    man : Man
        Whole.
    surgery : Surgery

    Raises
    ------
    OutOfRange
        When he was operated on before.

    Examples
    --------
    >>> deaf = operate(Man(age=34), Surgery(estradiol_feedback=0.0))
    >>> float(deaf.state.lh) == float(Man(age=34).state.lh)
    True
    """
    if isinstance(man.body, SurgicalBody):
        raise OutOfRange("got a man who was operated on; expected a whole one. Put all that is done into one Surgery.")
    prepare = surgical_body if man.count is None else jax.vmap(surgical_body)
    multiples = {ARROWS[name]: getattr(surgery, name) for name in ARROWS}  # every arrow is whole until now
    multiples |= {path: max(getattr(surgery, name), STOPPED) for name, paths in SIZES.items() for path in paths}
    multiples |= {f"body_free_{name}": 0.0 for name in surgery.hold}
    body, state = _multiply_leaves(prepare(man.body, man.state, man.bmi), multiples), man.state
    for name, text in surgery.hold.items():
        background = body.blood.estradiol_background if name == "estradiol" else 0.0
        level = (ANALYTES[name].parse(text) - background) * np.ones(np.shape(man.age))
        state = eqx.tree_at(attrgetter(name), state, level)
    return eqx.tree_at(lambda one: (one.body, one.state), man, (body, state))


def cut_in_turn(man: Man, cuts: Sequence[Collection[str]]) -> Man:
    """Return many men as one `Man`: the same one, other arrows of whom are cut in each row.

    Parameters
    ----------
    man : Man
        One man, whole.
    cuts : sequence of collection of str
        Names of `ARROWS`.
    """
    whole = surgical_body(man.body, man.state, man.bmi)
    bodies = [_multiply_leaves(whole, {ARROWS[name]: 0.0 for name in names}) for names in cuts]
    men: Man = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (len(cuts), *np.shape(leaf))), man)
    return eqx.tree_at(lambda one: one.body, men, jax.tree.map(lambda *rows: np.stack(rows), *bodies))


def _multiply_leaves(body: SurgicalBody, multiples: Mapping[str, float]) -> SurgicalBody:
    """Return a body some of whose numbers are multiplied, by their ids."""
    leaves, shape = jax.tree_util.tree_flatten_with_path({"body": body})
    paths = (jax.tree_util.keystr(path, simple=True, separator="_") for path, _ in leaves)
    changed = [multiples.get(path, 1.0) * np.asarray(leaf) for path, (_, leaf) in zip(paths, leaves, strict=True)]
    found: SurgicalBody = jax.tree.unflatten(shape, changed)["body"]
    return found


def surgical_body(body: Body, state: State, bmi: Float[Array, ""]) -> SurgicalBody:
    """Return a body with whole arrows that can be cut; numbers may be traced.

    Parameters
    ----------
    body : Body
    state : State
        Where the man rests, which says what a cut arrow carries.
    bmi : Float[Array, ""]
        [kg/m2]
    """
    rest: Signals = body.signals(state, Action(), body.frame(bmi))
    whole = jnp.ones_like(rest.lh)
    hypothalamus = _with_fields(
        SurgicalHypothalamus, body.hypothalamus,
        testosterone_arrow=Arrow(whole, rest.androgen), estradiol_arrow=Arrow(whole, rest.central_estrogen),
    )  # fmt: skip
    pituitary = _with_fields(SurgicalPituitary, body.pituitary, inhibin_arrow=Arrow(whole, state.inhibin))
    testis = _with_fields(SurgicalTestis, body.testis, estradiol_arrow=Arrow(whole, rest.estrogen))
    parts = {"lh_arrow": Arrow(whole, rest.lh), "fsh_arrow": Arrow(whole, rest.fsh), "free": dict.fromkeys(HELD, whole)}
    organs = hypothalamus, pituitary, testis
    changed = eqx.tree_at(lambda one: (one.hypothalamus, one.pituitary, one.testis), body, organs)
    return _with_fields(SurgicalBody, changed, **parts)


def _with_fields(kind: type[_O], part: eqx.Module, **more: object) -> _O:
    """Return a module of another kind with the same fields and some more."""
    return kind(**{one.name: getattr(part, one.name) for one in dataclasses.fields(part)}, **more)
