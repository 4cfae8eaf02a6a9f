"""What starting costs: importing changes nothing, a command loads what it needs, numbers are double whatever comes first."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import leydig
from benchmarks.starts import _once

SOURCE = Path(leydig.__file__).parent
HEAVY = ("jax", "numpy", "equinox", "numba", "pandas", "scipy", "pint", "matplotlib", "xarray", "leydig.file_model")


def _run(code: str, **environment: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment or None)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# The package ------------------------------------------------------------------------------------------


def test_importing_loads_nothing_heavy_and_has_no_side_effects():
    before = "import jax; before = (jax.config.jax_enable_x64, jax.config.jax_compilation_cache_dir); import leydig; "
    assert _run(before + "print(before == (jax.config.jax_enable_x64, jax.config.jax_compilation_cache_dir))") == "True"
    assert _run(f"import sys, leydig; print([name for name in {HEAVY} if name in sys.modules])") == "[]"


FORKS = """
import json, os, sys, traceback
import jax, equinox, numba, pandas, scipy.stats  # what the package stands on, loaded once: none of it is the package's own

for code in json.loads(sys.stdin.read()):
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            exec(code)
        except BaseException:
            traceback.print_exc(file=sys.stdout)
        print("\\0", end="", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def _run_each(codes: list[str]) -> list[str]:
    """Return what each of these prints in a process in which nothing of the package was loaded before."""
    command = [sys.executable, "-W", "ignore:os.fork:RuntimeWarning", "-c", FORKS]  # JAX has begun no thread yet
    done = subprocess.run(command, input=json.dumps(codes), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = [one.strip() for one in done.stdout.split("\0")[:-1]]
    assert len(said) == len(codes), done.stdout + done.stderr
    return said


def _declared() -> dict[str, str]:
    """Return the names that a type checker sees, and where they come from."""
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {one.asname or one.name: node.module for node in block.body for one in node.names}


def test_every_public_name_is_loaded_from_where_a_type_checker_sees_it():
    declared = _declared()
    assert set(declared) == set(leydig.__all__)
    catalogues = {"analytes": "ANALYTES", "drugs": "DRUGS"}
    assert leydig._MODULE_OF == {name: module for name, module in declared.items() if name not in catalogues}
    for name, module in declared.items():
        assert getattr(leydig, name) is getattr(importlib.import_module(module), catalogues.get(name, name))
    assert set(leydig.__all__) <= set(dir(leydig))
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        leydig.simulat  # noqa: B018


def test_a_catalogue_stays_one_when_its_folder_is_imported():
    assert (
        _run("import leydig, leydig.drugs, leydig.analytes; print('hcg' in leydig.drugs, 'lh' in leydig.analytes)")
        == "True True"
    )


# Double precision -------------------------------------------------------------------------------------


def test_whoever_imports_jax_has_switched_to_double_precision():
    graph = grimp.build_graph("leydig", include_external_packages=True)
    users = graph.find_modules_that_directly_import("jax") | graph.find_modules_that_directly_import("equinox")
    assert len(users) > 30
    late = {"leydig.precision", "leydig.cache"}  # the switch itself; the cache imports JAX inside a function
    for module in users - late:
        rooms = [module, ".".join(module.split(".")[:2])]  # a room is loaded before what it holds
        assert any(graph.find_shortest_chain(importer=one, imported="leydig.precision") for one in rooms), module


FIRST = {
    "from leydig.kinetics import oral; value = oral(1.5, 1.9, 46.8, 1.0).steady(1.0)": False,
    "value = leydig.drugs['anastrozole'].chains()['anastrozole'].steady(1.0)": False,
    "from leydig.body import Body; value = Body().frame(30.0).fat": False,
    "import numpy; from leydig.blocks import in_blocks; value = in_blocks(numpy.sqrt, numpy.ones(2))": True,
    "value = leydig.Man(age=30).state.lh": True,
    "value = leydig.population(2, seed=1).state.lh": True,
    "value = leydig.simulate(leydig.Man(age=30), days=1)['lh'].values": True,
}  # and whether programs are kept from there on
SINGLE = """
import jax
import leydig as ly
def level(amount):
    course = ly.simulate(ly.Man(age=30), ly.Regimen(ly.Dose("anastrozole", amount)), days=1)
    return course["estradiol"].values[-1]
try:
    jax.grad(level)(1.0)
except ly.OutOfRange as error:
    print(error)
"""
AFTER_A_MAN = """
import jax
import leydig as ly
from leydig.simulation.simulate import holds_tracer
ly.Man(age=30)
print(jax.grad(lambda amount: amount * holds_tracer(amount))(1.0))
"""
BEFORE_A_MAN = """
import os, pathlib, tempfile
folder = pathlib.Path(tempfile.mkdtemp()) / "cache"
os.environ["LEYDIG_CACHE"] = str(folder)
import leydig
leydig.Regimen("hcg 1500 IU twice weekly"); leydig.drugs["hcg"]; leydig.simulate
before = folder.exists()
import numpy
from leydig.blocks import in_blocks
in_blocks(numpy.sqrt, numpy.ones(2))
print(before, folder.exists())
"""


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What each of these prints where it is what is called first."""
    shown = "import jax, numpy; print(numpy.asarray(value).dtype, jax.config.jax_compilation_cache_dir is not None)"
    codes = [f"import leydig; {first}; {shown}" for first in FIRST] + [SINGLE, AFTER_A_MAN, BEFORE_A_MAN]
    return dict(zip([*FIRST, SINGLE, AFTER_A_MAN, BEFORE_A_MAN], _run_each(codes), strict=True))


@pytest.mark.parametrize(("first", "kept"), FIRST.items())
def test_numbers_are_double_and_programs_are_kept_whatever_is_called_first(said, first, kept):
    """A population was once compiled anew in each process that made no single man before: studies, trials, workers."""
    assert said[first] == f"float64 {kept}"


def test_a_derivative_that_began_in_single_precision_is_refused(said):
    """The slope of a course itself is in tests/engine/test_gradient.py: here a man has switched JAX to double before."""
    assert said[SINGLE].startswith("got a number of single precision")
    assert said[AFTER_A_MAN] == "1.0"


def test_no_folder_is_made_before_anything_is_compiled(said):
    assert said[BEFORE_A_MAN].split() == ["False", "True"]


# The command line -------------------------------------------------------------------------------------

COMMAND = """
import sys
from leydig.cli.main import app
app({arguments}, standalone_mode=False)
print([name for name in {heavy} if name in sys.modules])
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["simulate", "--help"], ["trial", "run", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    assert _run(COMMAND.format(arguments=arguments, heavy=HEAVY)).splitlines()[-1] == "[]"


def test_a_file_that_cannot_be_written_is_refused_before_anything_heavy_is_loaded():
    arguments = ["simulate", "--age", "34", "--out", "course.txt"]
    assert _run(COMMAND.format(arguments=arguments, heavy=HEAVY)).splitlines()[-1] == "[]"


@pytest.mark.parametrize("kind", ["drugs", "analytes", "parameters", "protocols", "regions"])
def test_a_listing_loads_nothing_heavy(kind):
    printed = _run(COMMAND.format(arguments=["list", kind], heavy=HEAVY))
    assert printed.splitlines()[-1] == "[]" and len(printed.splitlines()) > 5


def test_what_a_command_loaded_is_not_looked_through_as_it_ends():
    """Looking through JAX and Numba for cycles takes as long as tracing the man."""
    last = "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 10_000)); "
    assert _run(f"{last}sys.argv[1:] = ['--version']; from leydig.cli.main import main; main()").split()[-1] == "True"


def test_help_and_listings_are_quick():
    """The goal is 0.4 s on a quiet machine (`docs/performance.md`); processor seconds suffer little on a busy one."""
    for arguments in (("--help",), ("list", "parameters")):
        assert min(_once(("-m", "leydig", *arguments))[1] for _ in range(3)) < 1.5
