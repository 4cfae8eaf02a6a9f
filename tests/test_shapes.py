"""What is watched refuses a wrong shape: the check of every other test is alive (`shapes`)."""

import doctest
import importlib
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import shapes
from beartype.roar import BeartypeCallHintParamViolation, BeartypeCallHintReturnViolation

from leydig import Man
from leydig.body import Body
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import solve
from leydig.engine.plan import propagators

PLANTED = '''
import numpy as np
from collections.abc import Mapping
from dataclasses import dataclass
from jaxtyping import Array, Float

def levels(days: Float[np.ndarray, " time"], men: int) -> Float[np.ndarray, "man time"]:
    """
    >>> levels(np.zeros(2), 3).shape
    (3, 2)
    """
    return np.tile(days, (men, 1)) if men > 1 else days

def name(days: list[float], by: str = "lh") -> str:
    return by

def late(days: Float[np.ndarray, " time"]) -> int:
    return len(days)

def halves(pair: tuple[Float[Array, ""], Float[Array, ""]], by: Mapping[str, Float[Array, ""]] | None = None) -> object:
    return pair

@dataclass
class Held:
    days: Float[np.ndarray, " time"]
    levels: Float[np.ndarray, " time"]
'''


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    (folder / "planted.py").write_text(PLANTED, encoding="utf-8")
    sys.path.insert(0, str(folder))
    shapes.watch("planted")
    yield importlib.import_module("planted")
    sys.path.remove(str(folder))
    sys.meta_path.pop(0)
    del sys.modules["planted"]


def test_a_result_of_another_shape_than_is_said_is_refused(planted):
    assert planted.levels(np.arange(3.0), 2).shape == (2, 3)
    with pytest.raises(BeartypeCallHintReturnViolation):
        planted.levels(np.arange(3.0), 1)


def test_an_argument_of_another_shape_or_kind_is_refused(planted):
    with pytest.raises(BeartypeCallHintParamViolation):
        planted.levels(np.zeros((3, 2)), 2)
    with pytest.raises(BeartypeCallHintParamViolation):
        planted.levels(np.array(["a"]), 2)
    with pytest.raises(BeartypeCallHintParamViolation):
        planted.halves((1.0, np.zeros(2)))
    with pytest.raises(BeartypeCallHintParamViolation):
        planted.halves((1.0, 2.0), {"lh": np.zeros(2)})


def test_axes_of_one_name_are_of_one_length(planted):
    planted.Held(np.zeros(2), np.zeros(2))
    with pytest.raises(BeartypeCallHintParamViolation):
        planted.Held(np.zeros(2), np.zeros(3))


def test_a_plain_number_stands_for_an_array_without_axes(planted):
    planted.halves((1.0, np.float64(2.0)), {"lh": jnp.ones(())})
    assert jax.vmap(lambda x: planted.halves((x, x))[0])(jnp.arange(3.0)).shape == (3,)


def test_what_says_no_shape_stays_itself(planted):
    assert not hasattr(planted.name, "__wrapped__")
    assert planted.levels.__wrapped__.__name__ == "levels"


def test_examples_are_read_from_what_is_watched(planted):
    assert doctest.testmod(planted) == (0, 1)


def test_the_equations_and_the_engine_are_watched(monkeypatch):
    monkeypatch.setitem(shapes.LOOKED_AT, "every", 1)
    with pytest.raises(BeartypeCallHintParamViolation):
        Body().testis.capacity_target(jnp.ones(2))
    with pytest.raises(BeartypeCallHintParamViolation):
        propagators(np.ones((2, 3)), np.ones((1, 2)), [3])


def test_after_many_calls_one_in_so_many_is_looked_at(planted):
    for _ in range(shapes.LOOKED_AT["first"]):
        planted.late(np.ones(2))
    refused = 0
    for _ in range(3 * shapes.LOOKED_AT["every"]):
        try:
            planted.late(np.ones((2, 2)))
        except BeartypeCallHintParamViolation:
            refused += 1
    assert refused == 3


def test_a_drug_may_hold_a_number_for_each_man():
    assert type(DRUGS["letrozole"])(clearance=np.ones(2)).clearance.shape == (2,)


KERNEL = """
import leydig
from leydig.drugs import drugs_of
from leydig.engine import solve
solve.read_kernel = str
print(solve.kernel(leydig.Man.stack([leydig.Man(age=30)]), drugs_of(["anastrozole"])))
"""


def test_the_text_of_a_kernel_is_the_same_where_nothing_is_watched(monkeypatch):
    """So that what is compiled for one is taken by the other, and what tests run is what people run."""
    done = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True)
    monkeypatch.setattr(solve, "read_kernel", str)
    watched = solve.kernel(Man.stack([Man(age=30)]), drugs_of(["anastrozole"]))
    assert len(watched.splitlines()) > 100 and done.stdout.strip() == watched.strip(), done.stderr
