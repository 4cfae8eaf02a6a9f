"""What is watched refuses a wrong shape: the check of every other test is alive (`shapes`)."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import shapes
from jaxtyping import TypeCheckError

import leydig

SOURCE = Path(leydig.__file__).parent
PLANTED = """
import numpy as np
from dataclasses import dataclass
from jaxtyping import Array, Float

def levels(days: Float[np.ndarray, " time"], men: int) -> Float[np.ndarray, "man time"]:
    return np.tile(days, (men, 1)) if men > 1 else days

def halves(pair: tuple[Float[Array, ""], Float[Array, ""]], by: dict[str, Float[Array, ""]] | None = None) -> object:
    return pair

@dataclass
class Held:
    days: Float[np.ndarray, " time"]
    levels: Float[np.ndarray, " time"]
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    (folder / "planted.py").write_text(PLANTED, encoding="utf-8")
    sys.path.insert(0, str(folder))
    with shapes.install_import_hook(["planted"], "shapes.check"):
        yield importlib.import_module("planted")
    sys.path.remove(str(folder))
    del sys.modules["planted"]


def test_a_result_of_another_shape_than_is_said_is_refused(planted):
    assert planted.levels(np.arange(3.0), 2).shape == (2, 3)
    with pytest.raises(TypeCheckError, match="return value"):
        planted.levels(np.arange(3.0), 1)


def test_an_argument_of_another_shape_or_kind_is_refused(planted):
    with pytest.raises(TypeCheckError, match="parameters"):
        planted.levels(np.zeros((3, 2)), 2)
    with pytest.raises(TypeCheckError, match="parameters"):
        planted.levels(np.array(["a"]), 2)
    with pytest.raises(TypeCheckError, match="parameters"):
        planted.halves((1.0, np.zeros(2)))
    with pytest.raises(TypeCheckError, match="parameters"):
        planted.halves((1.0, 2.0), {"lh": np.zeros(2)})


def test_axes_of_one_name_are_of_one_length(planted):
    planted.Held(np.zeros(2), np.zeros(2))
    with pytest.raises(TypeCheckError):
        planted.Held(np.zeros(2), np.zeros(3))


def test_a_plain_number_stands_for_an_array_without_axes(planted):
    planted.halves((1.0, np.float64(2.0)), {"lh": jnp.ones(())})
    assert jax.vmap(lambda x: planted.halves((x, x))[0])(jnp.arange(3.0)).shape == (3,)


WATCHED = """
import sys
import shapes
shapes.watch()
import jax.numpy as jnp
import numpy as np
from jaxtyping import TypeCheckError
from leydig.body import Body
from leydig.engine.plan import _propagators
from leydig.man import Man

assert float(Man(age=34, testosterone="271 ng/dL").age) == 34.0
for wrong in (lambda: Body().testis.capacity_target(jnp.ones(2)),
              lambda: _propagators(np.ones((2, 3)), np.ones((1, 2)), [3])):
    try:
        wrong()
    except TypeCheckError:
        continue
    raise SystemExit(f"nothing refused {wrong}")
watched = [name for name, one in sys.modules.items()
           if type(getattr(one, "__loader__", None)).__name__ == "_JaxtypingLoader"]
print(sorted({name.split(".")[1] for name in watched}))
"""


def test_the_equations_and_the_engine_are_watched():
    """Where the watch is on, a wrong shape is refused, and a man is anchored as ever."""
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.returncode == 0, done.stderr
    assert {"body", "drugs", "engine", "man"} <= set(ast.literal_eval(done.stdout)) <= set(shapes.ROOMS)
    for room in shapes.ROOMS:
        assert (SOURCE / room).is_dir() or (SOURCE / f"{room}.py").is_file(), room
