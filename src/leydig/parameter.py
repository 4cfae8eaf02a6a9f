"""`parameter()`: the one way in which a number enters the model.

A declaration holds the value, its unit, its meaning, the range outside which it is refused, its
spread between men, its source and its basis. The declaration stands beside the equation that uses it.
"""

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np

import leydig.precision  # noqa: F401  (before the first number)
from leydig.checks import is_traced, number, numbers, text_of
from leydig.errors import BadSource, OutOfRange, UnknownName
from leydig.source import SourceKind, read_sources
from leydig.text_enum import TextEnum

__all__ = ["Basis", "Declaration", "change", "check_ranges", "log_spread", "parameter", "parameters"]


class Basis(TextEnum):
    """Where a number comes from."""

    MEASURED = "measured"
    FITTED = "fitted"
    DERIVED = "derived"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Declaration:
    """What is known of one parameter.

    Attributes
    ----------
    value : float
        The shipped value, in `unit`.
    unit, meaning : str
        Unit text, and what the number is, in words.
    within : (float, float)
        Values outside are refused.
    cv : float
        Coefficient of variation between men, as a fraction; 0 when not known to vary.
    source : str
        A source line in the strict form of `leydig.source`.
    basis : Basis
    """

    value: float
    unit: str
    meaning: str
    within: tuple[float, float]
    cv: float
    source: str
    basis: Basis


def parameter(
    value: float,
    unit: str,
    meaning: str,
    *,
    within: tuple[float, float],
    source: str,
    basis: Basis | str,
    cv: float = 0.0,
) -> Any:
    """Declare one number of the model as a field of an organ or a drug.

    Parameters
    ----------
    value : float
        The shipped value, in `unit`.
    unit : str
        Unit text; ``1`` for a pure number.
    meaning : str
        What the number is, in words.
    within : (float, float)
        Lowest and highest allowed value.
    source : str
        A source line (`leydig.source`); an assumed number says why.
    basis : {"measured", "fitted", "derived", "assumed"}
        Where the value comes from.
    cv : float, optional
        Spread between men as a fraction of the value.

    Returns
    -------
    field
        A dataclass field with the declaration in its metadata.

    Raises
    ------
    OutOfRange
        When the shipped value is outside its own range.
    BadSource
        When the source cannot be read or does not fit the basis.
    """
    number(value, meaning, within, unit)
    kinds = {one.kind for one in read_sources(source)}
    if basis not in list(Basis):
        raise BadSource(f"got basis {basis!r} of {meaning}; expected {' or '.join(Basis)}. Choose one.")
    if (basis == Basis.ASSUMED) != (kinds == {SourceKind.ASSUMED}):
        raise BadSource(
            f"got basis {basis} of {meaning} with the source {source!r}; expected basis assumed where the source is "
            "'assumed: why', and only there. Correct one of the two."
        )
    if basis == Basis.FITTED and SourceKind.CALIBRATION not in kinds:
        raise BadSource(
            f"got the fitted {meaning} with the source {source!r}; expected its calibration. Name it: calibration:NAME."
        )
    declaration = Declaration(value, unit, meaning, within, cv, source, Basis(basis))
    return eqx.field(default=np.float64(value), metadata={"declaration": declaration})


def parameters(part: Any, path: str = "") -> Iterator[tuple[str, Declaration, Any]]:
    """Walk an organ, a drug or a whole body and yield its parameters.

    Parameters
    ----------
    part : eqx.Module
        Where to look; modules inside it are walked too.
    path : str
        The path of `part` itself, put before the names of what it holds.

    Yields
    ------
    (path, declaration, value)
        The path is the parameter's one name everywhere, such as ``body.testis.capacity_delay``.
    """
    for field in dataclasses.fields(part):
        value = getattr(part, field.name, None)
        name = f"{path}.{field.name}" if path else field.name
        declaration = field.metadata.get("declaration")
        if declaration is not None:
            yield name, declaration, value
        elif isinstance(value, eqx.Module):
            yield from parameters(value, name)


def log_spread(*cvs: float) -> float:
    """Return the standard deviation of the logarithm of what varies log-normally.

    Parameters
    ----------
    *cvs : float
        Coefficient of variation, as a fraction; of several independent causes, one each.

    Examples
    --------
    >>> round(log_spread(0.3), 4)
    0.2936
    """
    return float(np.sqrt(np.log1p(sum(cv**2 for cv in cvs))))


def change(part: Any, changes: dict[str, Any], path: str = "") -> Any:
    """Return `part` with some parameters changed, found by their paths.

    Parameters
    ----------
    part : eqx.Module
        An organ, a drug or a body.
    changes : dict of str to float or array
        Path to new value; an array has one number for each man. What JAX is tracing passes, so that gradients flow.
    path : str
        The path of `part` itself.

    Returns
    -------
    eqx.Module
        A changed copy.

    Raises
    ------
    UnknownName
        When a path is not a parameter.
    OutOfRange
        When a value is no number or outside the parameter's range.
    """
    known = {name: declaration for name, declaration, _ in parameters(part, path)}
    values = []
    for name, value in changes.items():
        if name not in known:
            raise UnknownName.among("parameter", name, known)
        stored = _check_within(value, name, known[name])
        values.append(stored if is_traced(stored) else np.asarray(stored)[()])
    places = [name.removeprefix(f"{path}.").split(".") for name in changes]
    return eqx.tree_at(lambda whole: [_follow(steps, whole) for steps in places], part, values) if places else part


def check_ranges(part: Any, path: str = "", free: Collection[str] = ()) -> None:
    """Refuse an organ, a drug or a body of which a parameter is outside its range, whoever set it.

    Parameters
    ----------
    part : eqx.Module
        Numbers may be arrays with one number for each man; what JAX is tracing passes.
    path : str
        The path of `part` itself.
    free : collection of str
        Paths that are not looked at, such as what a man's own baseline sets.

    Raises
    ------
    OutOfRange
        When a parameter is no number or outside its range.
    """
    looked_at = [one for one in parameters(part, path) if one[0] not in free]
    lowest, highest = np.array([declaration.within for _, declaration, _ in looked_at]).reshape(-1, 2).T
    values = np.array([_plain_or_nan(value) for _, _, value in looked_at])
    if not np.all((lowest <= values) & (values <= highest)):  # one by one where there are others than plain numbers
        for name, declaration, value in looked_at:
            if isinstance(value, list | tuple):
                raise OutOfRange(
                    f"got {name} {text_of(value)}; expected a number, or an array with one for each man. "
                    "Set it with leydig.parameter.change."
                )
            _check_within(value, name, declaration)


def _plain_or_nan(value: object) -> float:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    plain = kind == "f" and getattr(value, "shape", None) == () and not is_traced(value)
    return float(np.asarray(value)) if plain else np.nan


def _check_within(value: Any, name: str, declaration: Declaration) -> Any:
    return numbers(value, name, declaration.within, declaration.unit, hint=f"It is the {declaration.meaning}.")


def _follow(steps: list[str], tree: Any) -> Any:
    for step in steps:
        tree = getattr(tree, step)
    return tree
