"""Men that many tests share, and how hypothesis runs here.

``HYPOTHESIS_PROFILE=search`` looks at many more examples, different ones each time. Every array that comes and goes is
looked at (`shapes`).
"""

import gc
import os

import machine  # noqa: F401  (first: it says how many threads what is loaded after it has)
import pytest
import shapes
from hypothesis import HealthCheck, settings

shapes.watch("leydig")

import leydig as ly  # noqa: E402  (watched from its first import; what it holds is loaded by who uses it)

_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("leydig", deadline=None, max_examples=15, derandomize=True, suppress_health_check=_QUIET)
settings.register_profile("search", deadline=None, max_examples=300, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "leydig"))


# Files that take longest, longest first: a worker takes a whole file at a time, so that what is long must begin early.
LONG = ("test_verify", "test_wheel", "test_readme", "test_docs", "test_calibration", "test_gradient", "test_start",
        "test_trial", "test_second_solution", "test_ledger", "test_cli_protocol", "test_effect", "test_one_file", "test_cache", "test_log",
        "test_stimulation", "test_report_paper", "test_minutes", "test_site", "test_report", "test_cli", "test_population",
        "test_sbml", "test_organs", "test_cases", "test_lint", "test_limit_table", "test_tables", "test_store",
        "test_time_axis", "test_cli_evidence", "test_golden", "test_benchmarks", "test_catalog", "test_paths",
        "test_pages_in_a_browser", "test_browser_pages", "test_serve", "test_fit", "test_emulator", "test_coverage")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files; within a file the order stays."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_collection_finish() -> None:
    """What was loaded and collected stays to the end: it is not looked through for cycles again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def reference_man() -> "ly.Man":
    """The man of whom every ratio of the model is 1."""
    return ly.Man(age=30)


@pytest.fixture(scope="session")
def shah_man() -> "ly.Man":
    """The mean man of Shah 2021: hypogonadal, subfertile, overweight."""
    return ly.Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")


@pytest.fixture(scope="session")
def hypogonadotropic_man() -> "ly.Man":
    """A man whose hypothalamus hardly drives his testes."""
    return ly.Man(age=25, testosterone="50 ng/dL", lh="0.4 IU/L", fsh="0.6 IU/L", estradiol="8 pg/mL")
