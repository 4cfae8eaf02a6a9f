"""Forecasts of virtual men as they are asked for, within what a worker may be asked, and the files of them."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from leydig.assessment.forecast.population import MEN_QUANTILES, forecast_days, forecast_population, read_regimens
from leydig.checks import interval
from leydig.errors import OutOfRange, UnknownName
from leydig.man.limits import AGES, BMIS
from leydig.man.phenotypes import kind_of
from leydig.man.population import population
from leydig.progress import Progress
from leydig.protocol.reader import names, read_protocol
from leydig.service.jobs.requests import PopulationBody
from leydig.service.problems import refuse_with_pointer
from leydig.simulation.cluster import cluster_client
from leydig.units import DAYS_PER_WEEK

__all__ = ["MOST_POPULATION_DAYS", "forecast_question", "population_question", "population_title"]

MOST_POPULATION_DAYS = 20_000_000  # man-days of all regimens: some minutes of a worker


def population_question(body: PopulationBody) -> dict[str, Any]:
    """Return what a worker is asked for: every name known, every regimen read, and no more than it may be asked.

    Raises
    ------
    ServiceProblem
        Status 422, with the field that is refused.
    """
    refuse_with_pointer(lambda: kind_of(body.kind), "/kind")
    ages = refuse_with_pointer(lambda: _ends(body.kind, "age", body.youngest, body.oldest), "/youngest")
    masses = refuse_with_pointer(lambda: _ends(body.kind, "BMI", body.leanest, body.heaviest), "/leanest")
    plans = refuse_with_pointer(lambda: [str(one) for one in read_regimens(body.regimens)], "/regimens")
    refuse_with_pointer(lambda: forecast_days(body.weeks, body.every_weeks), "/every_weeks")
    refuse_with_pointer(lambda: _known_protocol(body.protocol), "/protocol")
    refuse_with_pointer(lambda: read_protocol(body.protocol, body.region), "/region")
    refuse_with_pointer(lambda: _refuse_too_much(body, len(plans)), "/n")
    return {
        "kind": body.kind, "n": body.n, "seed": body.seed, "age": ages, "bmi": masses, "regimens": plans,
        "weeks": body.weeks, "every_weeks": body.every_weeks, "protocol": body.protocol, "region": body.region,
    }  # fmt: skip


def population_title(question: Mapping[str, Any]) -> str:
    """Return what a forecast is about, in words."""
    return f"{question['n']} men, {question['kind']}: {' / '.join(question['regimens'])}"


def forecast_question(
    question: Mapping[str, Any], watch: Progress, cluster: str = ""
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what comes of a question: the forecast as plain content, and its tables as files.

    Parameters
    ----------
    question : mapping
        As `population_question` gives it.
    watch : callable
    cluster : str, optional
        ``dask://host:port``, whose workers share the men.
    """
    watch("men drawn", 0, question["n"])
    men = population(
        question["n"], question["seed"], kind=question["kind"], age=tuple(question["age"]), bmi=tuple(question["bmi"])
    )
    with cluster_client(cluster) as client:
        found = forecast_population(
            men, question["regimens"], weeks=question["weeks"], every_weeks=question["every_weeks"],
            protocol=read_protocol(question["protocol"], question["region"]), seed=question["seed"], client=client,
            watch=watch,
        )  # fmt: skip
    content = {key: question[key] for key in ("kind", "seed", "age", "bmi")} | found.record()
    return content, {"levels.csv": _table(_level_rows(content)), "shares.csv": _table(_share_rows(content))}


def _ends(kind: str, what: str, low: float | None, high: float | None) -> list[float]:
    """Return both ends of a range, those of the kind where they are left out."""
    names_of, limits, unit = (
        (("youngest", "oldest"), AGES, "years") if what == "age" else (("leanest", "heaviest"), BMIS, "kg/m2")
    )
    own = [float(kind_of(kind)[name]) for name in names_of]
    asked = (own[0] if low is None else low, own[1] if high is None else high)
    return [float(value) for value in interval(asked, what, limits, unit)]


def _known_protocol(name: str) -> None:
    """Refuse a protocol that is a file: what was sent may name none of this machine."""
    if name not in names():
        raise UnknownName.among("protocol", name[:64], names())


def _refuse_too_much(body: PopulationBody, count: int) -> None:
    days = round(body.n * body.weeks * DAYS_PER_WEEK * count)
    if days > MOST_POPULATION_DAYS:
        raise OutOfRange(
            f"got {days:,} man-days over all regimens; expected at most {MOST_POPULATION_DAYS:,} here. Take fewer men, "
            "weeks or regimens, or run it by: leydig population forecast"
        )


def _level_rows(content: Mapping[str, Any]) -> Iterable[tuple[object, ...]]:
    keys = [f"q{round(100 * share):02d}" for share in MEN_QUANTILES]
    yield ("regimen", "level", "unit", "week", *keys)
    for course in content["courses"]:
        for name, level in course["levels"].items():
            for place, week in enumerate(content["weeks"]):
                yield (course["regimen"], name, level["unit"], week, *(level[key][place] for key in keys))


def _share_rows(content: Mapping[str, Any]) -> Iterable[tuple[object, ...]]:
    yield ("regimen", "of", "conditions", "week", "share")
    for course in content["courses"]:
        for one in course["shares"]:
            for week, value in zip(content["weeks"], one["values"], strict=True):
                yield (course["regimen"], one["of"], "; ".join(one["conditions"]), week, value)


def _table(rows: Iterable[tuple[object, ...]]) -> bytes:
    """Return rows as a table of commas; what nobody has stays empty."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
