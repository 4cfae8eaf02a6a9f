"""The calibration's uncertainty: posterior draws of every fitted parameter, and men under each of them.

``posterior/draws.csv`` holds one row per draw and one column per fitted parameter (in its unit) and per
study spread; ``posterior/manifest.json`` says how they were made. ``leydig evidence calibrate`` makes
both again. The declared values are the posterior's mode; a draw moves a man's constants by its ratio to
them, so what makes him differ from other men stays his.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int

from leydig.blocks import in_blocks
from leydig.body import Body
from leydig.checks import seed_number, whole_number
from leydig.drug import Drug
from leydig.man import Man
from leydig.parameter import change, parameters

__all__ = [
    "POSTERIOR_FOLDER",
    "Draws",
    "drugs_of_draws",
    "estrogen_share",
    "manifest",
    "men_of_draws",
    "move_constants",
    "shipped_draws",
]

POSTERIOR_FOLDER = Path(__file__).with_name("posterior")


@dataclass(frozen=True)
class Draws:
    """Posterior draws.

    Attributes
    ----------
    values : dict of str to Float[np.ndarray, " draw"]
        By parameter path, in the parameter's unit.
    beside : dict of str to Float[np.ndarray, " draw"]
        What was fitted beside parameters: study spreads, and the background of old assays.
    """

    values: dict[str, Float[np.ndarray, " draw"]]
    beside: dict[str, Float[np.ndarray, " draw"]]

    @property
    def count(self) -> int:
        """How many draws there are."""
        return len(next(iter((self.values | self.beside).values())))

    def sample(self, count: int, seed: int | None = None) -> Int[np.ndarray, " draw"]:
        """Return the numbers of this many draws, evenly spaced, or by chance when a seed is given.

        Raises
        ------
        OutOfRange
            When there are not so many, or the seed is impossible.
        """
        count = whole_number(count, "draws", (1, self.count))
        if seed is not None:
            return np.sort(np.random.default_rng(seed_number(seed)).choice(self.count, count, replace=False))
        return np.linspace(0, self.count - 1, count).round().astype(int)


@lru_cache(maxsize=1)
def shipped_draws() -> Draws:
    """Return the draws that come with the package."""
    with (POSTERIOR_FOLDER / "draws.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    table = np.array(rows[1:], dtype=float)
    columns = {name: table[:, place] for place, name in enumerate(rows[0])}
    values = {name: column for name, column in columns.items() if name.startswith(("body.", "drugs."))}
    return Draws(values, {name: column for name, column in columns.items() if name not in values})


def manifest() -> dict[str, Any]:
    """Return how the shipped draws were made."""
    found: dict[str, Any] = json.loads((POSTERIOR_FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return found


def estrogen_share(draws: Draws) -> Float[np.ndarray, " draw"]:
    """Return estradiol's share of the brake on LH in the reference man, under each draw.

    The share of the two brakes' elasticities, ``k·n/(1 + k)`` each, near his resting levels.
    """
    brain = {name: draws.values[f"body.hypothalamus.{name}"] for name in
             ("estrogen_gain", "estrogen_steepness", "androgen_gain", "androgen_steepness")}  # fmt: skip
    estrogen, androgen = (
        brain[f"{name}_gain"] * brain[f"{name}_steepness"] / (1.0 + brain[f"{name}_gain"])
        for name in ("estrogen", "androgen")
    )
    return np.asarray(estrogen / (estrogen + androgen))


def men_of_draws(
    men: Man, drugs: Mapping[str, Drug], draws: Draws, which: Int[np.ndarray, " man"]
) -> tuple[Man, dict[str, Drug]]:
    """Return men under a draw each, anchored again at their own baselines, and their drugs.

    Parameters
    ----------
    men : Man
        With a leading axis.
    drugs : mapping of str to Drug
        Numbers may have the same leading axis.
    draws : Draws
    which : Int[np.ndarray, " man"]
        The draw of each man.
    """
    body: Body = move_constants(men.body, "body", {name: values[which] for name, values in draws.values.items()})
    return _rest(men, body), drugs_of_draws(drugs, draws, which)


def drugs_of_draws(drugs: Mapping[str, Drug], draws: Draws, which: Int[np.ndarray, " man"]) -> dict[str, Drug]:
    """Return drugs as they act on men under a draw each; parameters as for `men_of_draws`."""
    own = {name: values[which] for name, values in draws.values.items()}
    return {name: move_constants(drug, f"drugs.{name}", own) for name, drug in drugs.items()}


def move_constants(part: Any, path: str, constants: Mapping[str, Any]) -> Any:
    """Return a part whose fitted numbers are moved by the ratio of draw to declared value, inside their ranges.

    Parameters
    ----------
    part : eqx.Module
        A body or a drug.
    path : str
        Its own path.
    constants : mapping of str to number or array
        The draw of each fitted number, by its path; what JAX is tracing passes.

    Notes
    -----
    A number that is declared as 0 switches a rival structure on; it becomes the draw's.
    """
    changes = {
        name: (constants[name] * (value / one.value if one.value else 1.0)).clip(*one.within)
        for name, one, value in parameters(part, path)
        if name in constants
    }
    return change(part, changes, path)


@jax.jit
def _replace_bodies(men: Man, body: Body) -> Man:
    return jax.vmap(lambda man, own: man.with_body(own))(men, body)


def _rest(men: Man, body: Body) -> Man:
    """Return men with other bodies."""
    rested: Man = in_blocks(_replace_bodies, men, body)
    return rested
