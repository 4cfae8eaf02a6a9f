"""A course as a labelled dataset that ArviZ opens as it is: dimensions ``chain, draw, man, time``."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from leydig.course.display import regimen_text
from leydig.course.failures import failure_attributes
from leydig.course.tables.frames import bmi_attributes, course_values
from leydig.extras import extra
from leydig.man.uncertainty import manifest
from leydig.parameter import parameters
from leydig.version import VERSION

if TYPE_CHECKING:
    import xarray

    from leydig.course.course import Course

__all__ = ["course_dataset"]

DIMENSIONS = ("chain", "draw", "man", "time")


def course_dataset(course: "Course", units: str = "us", about: Mapping[str, str] | None = None) -> "xarray.Dataset":
    """Return a course as a dataset.

    Parameters
    ----------
    course : Course
    units : {"us", "si"}, optional
    about : mapping of str to str, optional
        Further attributes, such as the seed of the men.

    Returns
    -------
    xarray.Dataset
        One variable per analyte and drug level, dimensions ``chain, draw, man, time``, each of length 1 where there is
        but one. Attributes say what was simulated, with which version, and who was not solved. Nothing in it hangs on
        the clock: the same course is the same bytes.
    """
    with extra("tables"):
        import xarray

    variables = {}
    for name, (title, unit, values) in course_values(course, units, course.days).items():
        described = {"units": unit, "long_name": title, "loinc": getattr(course[name].analyte, "loinc", "")}
        variables[name] = (DIMENSIONS, np.swapaxes(values, 0, 1)[None], described)
    return xarray.Dataset(variables, _coordinates(course), _attributes(course) | dict(about or {}))


def _coordinates(course: "Course") -> dict[str, Any]:
    men, draws = course.man.count or 1, course.draws or 1
    numbers = np.arange(draws) if course.origin is None or course.origin.draws is None else course.origin.draws
    solved = np.ones(men * draws, dtype=bool)
    solved[list(course.failed)] = False
    plans = course.regimen if isinstance(course.regimen, tuple) else (course.regimen,) * men
    return {
        "chain": ("chain", np.zeros(1, dtype=int), {"long_name": "one chain: draws that are already thinned"}),
        "draw": ("draw", numbers, {"long_name": "number of the posterior draw; 0 without draws"}),
        "man": ("man", np.arange(men), {"long_name": "number of the man"}),
        "time": ("time", course.days, {"units": "day", "long_name": "day of the regimen"}),
        "age": ("man", np.reshape(np.asarray(course.man.age, dtype=float), men), {"units": "year"}),
        "bmi": ("man", np.reshape(np.asarray(course.man.bmi, dtype=float), men), {"units": "kg/m2"}),
        "regimen": ("man", np.array([str(plan) for plan in plans]), {"long_name": "what each man is given"}),
        "solved": (
            ("chain", "draw", "man"),
            solved.reshape(men, draws).T[None],
            {"long_name": "whether solved"},
        ),
    }


def _attributes(course: "Course") -> dict[str, str]:
    """Return what the dataset says of itself, all as text."""
    origin = course.origin
    made: dict[str, float | str] = {} if origin is None else {"tolerance": origin.tolerance, "start_day": origin.start}
    changed = {} if origin is None else origin.drugs or {}
    if changed:
        made["changed_drugs"] = json.dumps(
            {path: np.asarray(value).tolist() for name, drug in changed.items()
             for path, one, value in parameters(drug, f"drugs.{name}") if not np.all(np.asarray(value) == one.value)}
        )  # fmt: skip
    seed = f"{manifest()['seed']} (of the posterior draws)" if course.draws else "none: nothing is drawn at random"
    texts = {
        "inference_library": "leydig",
        "inference_library_version": VERSION,
        "version": VERSION,
        "seed": seed,
        "regimen": regimen_text(course.regimens),
        "man_summary": _men(course),
        "men_digest": _digest(course),
        "notes": "; ".join(course.notes),
    }
    failures = failure_attributes(course.failed, course.man.count, course.draws)
    texts |= bmi_attributes(course)
    return texts | {name: str(value) for name, value in made.items()} | failures


def _men(course: "Course") -> str:
    """Return age, BMI and baseline: of one man his own, of many the 5th, 50th and 95th percentile, as JSON."""
    summary = course.man.summary()
    if course.man.count is None:
        return json.dumps(summary)

    def spread(values: Sequence[float]) -> list[float]:
        return [float(f"{value:.6g}") for value in np.quantile(values, (0.05, 0.5, 0.95))]

    levels = {name: {"unit": one["unit"], "value": spread(one["value"])} for name, one in summary["baseline"].items()}
    return json.dumps({"age": spread(summary["age"]), "bmi": spread(summary["bmi"]), "baseline": levels})


def _digest(course: "Course") -> str:
    """Return a hash of every number of the men: the same men have the same."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(course.man):
        digest.update(np.ascontiguousarray(leaf, dtype=float).tobytes())
    return digest.hexdigest()[:16]
