"""The man: his age and BMI, his own untreated baseline, and the body that rests at it."""

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from leydig.analyte import SpreadScale
from leydig.analytes import ANALYTES, of_symbol
from leydig.arrays import Scalar
from leydig.blocks import take_rows
from leydig.body import Body, State
from leydig.body.baseline import Baseline
from leydig.cache import keep_compiled_jax
from leydig.checks import is_number, plain_number
from leydig.errors import LeydigWarning, OutOfRange, UnknownName
from leydig.man.display import man_card, man_line
from leydig.man.imputation import at_rest, impute_baseline, unseen_factor
from leydig.man.limits import AGES, BMIS
from leydig.man.phenotypes import kind_of
from leydig.parameter import change
from leydig.units import read_quantity

__all__ = ["MEASURABLE", "USUAL_BMI", "Man", "unknown_level"]

DEFICIENT = "hypogonadotropic"  # the kind of men whose testes nothing has stimulated
USUAL_BMI = 23.0  # [kg/m2] of whom none is known
_ANALYTE_OF = {one.anchors: name for name, one in ANALYTES.items() if one.anchors}
MEASURABLE = {_ANALYTE_OF[field.name]: field.name for field in dataclasses.fields(Baseline)}
SHARES = tuple(name for name in MEASURABLE if ANALYTES[name].spread == SpreadScale.ODDS)  # of sperm


class Man(eqx.Module):
    """A man, as a pytree: his organs are modules and his parameters are the leaves.

    What is not measured is expected from what is, his age and BMI; `measured` says which is which (1
    measured, 0 expected). Many men are one `Man` whose numbers are arrays with a leading ``man`` axis
    (see `Man.stack`).

    Parameters
    ----------
    age : float
        Years, 18 to 90.
    bmi : float, optional
        Body mass index [kg/m2]; 23 when left out.
    sex : str, optional
        Only ``"male"``: the equations hold for men.
    parameters : mapping of str to float, optional
        Parameters to change, by path, such as ``{"body.testis.half_lh": 5.0}``.
    **labs : str
        Untreated levels with units, such as ``testosterone="271 ng/dL"``; the names are `MEASURABLE`.

    Raises
    ------
    OutOfRange
        For a woman, a child, or a level that no man has.
    WrongUnit
        When a level has no unit or a wrong one.
    UnknownName
        When a level's name is not an analyte that sets a baseline.

    Notes
    -----
    No sperm with LH and FSH below 2 IU/L are those of tubules that nothing has stimulated: a count of none sets no
    capacity there, and he has that of the median man of kind ``hypogonadotropic``. Other men without sperm stay so.

    Warns
    -----
    LeydigWarning
        When a level is possible but unlikely, as when pmol/L was typed as pg/mL.

    Examples
    --------
    >>> man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", lh="3.4 IU/L")
    >>> float(round(man.baseline.testosterone, 2))
    9.4
    """

    body: Body
    state: State
    baseline: Baseline
    age: Any  # Float[Array, ""], as the next two
    bmi: Any
    measured: dict[str, Any]

    def __init__(
        self,
        age: float,
        bmi: float = USUAL_BMI,
        *,
        sex: str = "male",
        parameters: Mapping[str, float] | None = None,
        **labs: str,
    ) -> None:
        person = _person(age, bmi, sex)
        measured = _read_levels(labs)
        immature = _is_deficient(measured)
        own = {"body.spermatogenesis.tubules": kind_of(DEFICIENT)["tubules"]} if immature else {}
        body = change(Body(), own | dict(parameters or {}), "body")
        self.age, self.bmi = person
        self.measured = {name: np.float64(name in measured) for name in MEASURABLE}
        keep_compiled_jax()
        known = {name: np.float64(measured.get(name, np.nan)) for name in MEASURABLE}
        complete = _complete_deficient if immature else _complete
        baseline, self.body, self.state, ceilings = complete(body, known, self.age, self.bmi)
        self.baseline = jax.tree.map(np.float64, baseline)
        for name, highest in zip(("lh", "fsh"), ceilings, strict=True):
            level, ceiling = float(getattr(baseline, name)), float(highest)
            if level >= ceiling:
                title = ANALYTES[name].title
                raise OutOfRange(f"got {title} {level:g} IU/L; expected less than his pituitary's ceiling of "
                                 f"{ceiling:.3g} IU/L. Check the value and its unit.")  # fmt: skip

    @property
    def count(self) -> int | None:
        """How many men these are; None for one man without a ``man`` axis."""
        return None if np.ndim(self.age) == 0 else int(np.shape(self.age)[0])

    @staticmethod
    def stack(men: Sequence["Man"]) -> "Man":
        """Return many men as one, with a leading ``man`` axis on every number.

        Raises
        ------
        OutOfRange
            When the list is empty.
        """
        if not men:
            raise OutOfRange("got no men; expected at least one. Give [Man(age=34)].")
        stacked: Man = jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *men)
        return stacked

    def take(self, which: Any) -> "Man":
        """Return some of many men, as a NumPy array's ``take``: one by his number, several by numbers or a slice."""
        taken: Man = take_rows(self, which)
        return taken

    def with_body(self, body: Body) -> "Man":
        """Return this man with other response constants, anchored again at his own baseline.

        Parameters
        ----------
        body : Body
            Its own numbers (drive, capacity and the rest) are set anew.
        """
        anchored_body, state = at_rest(body, self.baseline, self.age, self.bmi)
        return eqx.tree_at(lambda man: (man.body, man.state), self, (anchored_body, state))

    @classmethod
    def from_baseline(cls, body: Body, baseline: Baseline, age: Any, bmi: Any, measured: dict[str, Any]) -> "Man":
        """Return a man from his parts, at rest; numbers may be traced and are not checked.

        Parameters
        ----------
        body : Body
            With his response constants; his own numbers are set from the baseline.
        baseline : Baseline
        age, bmi : Float[Array, ""]
            Years and kg/m2.
        measured : dict of str to Float[Array, ""]
            1 for what was measured, 0 for what was not, by the names of `MEASURABLE`.
        """
        keep_compiled_jax()  # a population of men is traced here before it is compiled
        man = object.__new__(cls)
        anchored_body, state = at_rest(body, baseline, age, bmi)
        parts = {"body": anchored_body, "state": state, "baseline": baseline, "age": age, "bmi": bmi}
        for name, part in {**parts, "measured": measured}.items():
            object.__setattr__(man, name, part)
        return man

    def with_baseline(self, baseline: Baseline) -> "Man":
        """Return this man with another baseline, at which he rests.

        Parameters
        ----------
        baseline : Baseline
            Every level in its inside unit; may be traced.
        """
        anchored_body, state = at_rest(self.body, baseline, self.age, self.bmi)
        return eqx.tree_at(lambda man: (man.body, man.state, man.baseline), self, (anchored_body, state, baseline))

    def __repr__(self) -> str:
        return man_line(self)

    def _repr_html_(self) -> str:
        return man_card(self)

    def summary(self) -> dict[str, Any]:
        """Return age, BMI, baseline in US units and what was expected rather than measured."""
        levels = {}
        for name, field in MEASURABLE.items():
            analyte = ANALYTES[name]
            value = np.asarray(getattr(self.baseline, field)) * analyte.factor_to(analyte.us)
            known = np.asarray(self.measured[name]) == 1.0
            levels[name] = {"unit": analyte.us, "value": value.tolist(), "measured": known.tolist()}
        return {"age": self.age.tolist(), "bmi": self.bmi.tolist(), "baseline": levels}


def _person(age: float, bmi: float, sex: str) -> tuple[np.float64, np.float64]:
    if not isinstance(sex, str) or sex.strip().lower() not in ("male", "m", "man"):
        raise OutOfRange(
            f"got sex {sex!r}; expected male: the equations hold for men only. Use a model of the female axis for her."
        )
    child = "A boy's axis is not modelled." if is_number(age) and float(age) < AGES[0] else ""
    years = plain_number(age, "age", AGES, "years", hint=child)
    return np.float64(years), np.float64(plain_number(bmi, "BMI", BMIS, "kg/m2"))


def _read_levels(labs: Mapping[str, str]) -> dict[str, float]:
    """Return measured levels in inside units, by baseline field."""
    measured = {}
    for name, given in labs.items():
        if name not in MEASURABLE:
            raise unknown_level(name)
        analyte = ANALYTES[name]
        value = analyte.parse(given)
        low, high = analyte.usual
        if not low <= value <= high:
            number, unit = read_quantity(given)
            warnings.warn(
                f"{analyte.title} {given} is unusual: nearly all men are within {analyte.format(low, unit)} to "
                f"{analyte.format(high, unit)} {unit}.{analyte.advice(number, unit)} It is used as it came.",
                LeydigWarning,
                stacklevel=4,
            )
        measured[name] = value
    return measured


def unknown_level(name: str) -> UnknownName:
    """Return the error of a level that sets none of a man's own numbers, or that nothing is called by."""
    if name not in ANALYTES:
        return UnknownName.among("baseline level", name, MEASURABLE, of_symbol(name))
    sources = [one for one in ANALYTES[name].worked_out_from if one in MEASURABLE]
    instead = f"Give {' and '.join(sources)}, from which it follows." if sources else "Leave it out."
    return UnknownName(
        f"got {ANALYTES[name].title} as a baseline level, which sets no number of his own; expected one of "
        f"{', '.join(sorted(MEASURABLE))}. {instead}"
    )


def _is_deficient(measured: Mapping[str, float]) -> bool:
    """Return whether no sperm were seen in a man for want of gonadotropins, so that the count tells no capacity."""
    own, none = kind_of(DEFICIENT), ANALYTES["sperm_concentration"].possible[0]
    low = all(measured.get(name, np.inf) < own[f"{name}_most"] for name in ("lh", "fsh"))
    return low and measured.get("sperm_concentration") == none


@jax.jit
def _complete_deficient(
    body: Body, known: dict[str, Scalar], age: Scalar, bmi: Scalar
) -> tuple[Baseline, Body, State, tuple[Scalar, Scalar]]:
    """Return what `_complete` does, of a man in whom no sperm are seen: his testes are the median ones of his kind."""
    own, sperm = kind_of(DEFICIENT), body.spermatogenesis
    most, count = own["sperm_concentration_most"], "sperm_concentration"
    unseen = partial(unseen_factor, own["sperm_capacity"] * sperm.volume / sperm.sertoli, most)
    baseline = impute_baseline(body, known | {count: jnp.asarray(jnp.nan)}, age, bmi, unseen=unseen)
    none = 1.0 - getattr(baseline, count) / most
    immature = change(body, {"body.spermatogenesis.tubules": sperm.tubules * none}, "body")
    ceilings = body.pituitary.highest_lh(), body.pituitary.highest_fsh()
    return baseline, *at_rest(immature, baseline, age, bmi), ceilings


@jax.jit
def _complete(
    body: Body, known: dict[str, Any], age: Float[Array, ""], bmi: Float[Array, ""]
) -> tuple[Baseline, Body, State, tuple[Any, Any]]:
    """Return a man's baseline, body and resting state, and the highest LH and FSH [IU/L] of his pituitary."""
    baseline = impute_baseline(body, known, age, bmi)
    ceilings = body.pituitary.highest_lh(), body.pituitary.highest_fsh()
    return baseline, *at_rest(body, baseline, age, bmi), ceilings
