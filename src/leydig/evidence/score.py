"""The score of a replay: how far predictions are from published values, by role and by analyte.

The error of a value is ``|predicted/observed − 1|``. What cannot be compared is counted and never left out in
silence: a published 0 has no ratio, and a value that was not solved has no prediction.

An uncontrolled gain in semen is split where the baseline of the arm is known::

    predicted/baseline = regression · drug

``regression`` is what the same enrolled men would show untreated. A baseline by which they were enrolled is one
noisy measurement, so it lies farther out than the men themselves; the drug did only the rest.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from leydig.analytes import of_panel
from leydig.evidence.replay import Prediction
from leydig.evidence.study import SEMEN, Form, Study
from leydig.evidence.study_file import studies

__all__ = [
    "HORMONES",
    "LARGE",
    "MEDIAN_ERROR",
    "TARGETS",
    "comparison",
    "error",
    "goals",
    "score_summary",
    "semen_split",
]

HORMONES = of_panel("score")  # the goals are laid down for them
LARGE = 0.4  # an error that no value should exceed
WIDE = 2.0  # an interval that reaches farther from its prediction than this factor says little
CHANGED = 0.1  # a published ratio farther from 1 than this has a direction
TARGETS = {
    "median error": "at most 12 %",
    "errors above 40 %": "none",
    "inside the 90 % interval": "85 to 97 %",
    "intervals wider than a factor of two": "none",
    "direction right": "all",
}
MEDIAN_ERROR = 0.12
_INSIDE = (0.85, 0.97)


def error(one: Prediction) -> float | None:
    """Return the relative error of the prediction; None where the two cannot be compared."""
    if one.log_ratio is None or not np.isfinite(one.log_ratio):
        return None
    return float(abs(np.exp(one.log_ratio) - 1.0))


def comparison(one: Prediction, extra_studies: Mapping[str, Study] | None = None) -> tuple[float, float] | None:
    """Return a value as published and predicted ratio to its baseline or control; None where it is none.

    Parameters
    ----------
    one : Prediction
    extra_studies : mapping of str to Study, optional
        Studies beside those of the catalogue, by id: a level needs the baseline of its arm.
    """
    if one.form == Form.RATIO:
        return one.observed, one.predicted
    if one.form not in (Form.MEAN, Form.MEDIAN):
        return None
    study = (extra_studies or {}).get(one.study) or studies().get(one.study)
    arm = next((arm for arm in study.arms if arm.name == one.arm), None) if study else None
    published = arm.baseline.get(one.analyte) if arm else None
    if published is None:
        return None
    baseline = published.to(one.unit, one.analyte)
    return (one.observed / baseline, one.predicted / baseline) if baseline > 0.0 else None


def score_summary(
    predictions: Sequence[Prediction], extra_studies: Mapping[str, Study] | None = None
) -> dict[str, Any]:
    """Return totals over every value, by role, by analyte and by both, and the split of semen.

    Parameters
    ----------
    predictions : sequence of Prediction
    extra_studies : mapping of str to Study, optional
        Studies that are not in the catalogue, by id.

    Returns
    -------
    dict
        Plain numbers and texts; ``overall``, ``by_role``, ``by_analyte``, ``by_role_and_analyte``, ``hormones``
        (testosterone, estradiol, LH and FSH, by role) and ``semen`` (see `semen_split`).

    Examples
    --------
    >>> one = Prediction("a", "b", "lh", "held-out", "ratio", "", 4.0, 2.0, 2.2, 1.5, 3.0)
    >>> total = score_summary([one])["overall"]
    >>> total["values"], total["inside"], round(total["median_error"], 3)
    (1, 1, 0.1)
    """

    def totals(chosen: Iterable[Prediction]) -> dict[str, Any]:
        return _totals(list(chosen), extra_studies)

    roles = _groups(predictions, lambda one: one.role)
    hormones = {role: [one for one in own if one.analyte in HORMONES] for role, own in roles.items()}
    return {
        "overall": totals(predictions),
        "by_role": {role: totals(own) for role, own in roles.items()},
        "by_analyte": {name: totals(own) for name, own in _groups(predictions, lambda one: one.analyte).items()},
        "by_role_and_analyte": {
            role: {name: totals(part) for name, part in _groups(own, lambda one: one.analyte).items()}
            for role, own in roles.items()
        },
        "hormones": {role: totals(own) for role, own in hormones.items()},
        "semen": semen_split(predictions, extra_studies),
    }


def _groups(found: Iterable[Prediction], key: Callable[[Prediction], str]) -> dict[str, list[Prediction]]:
    """Return the values by a key, in the order in which it comes."""
    groups: dict[str, list[Prediction]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups


def _totals(found: list[Prediction], known: Mapping[str, Study] | None) -> dict[str, Any]:
    """Return the totals of these values; None where there is nothing to count."""
    errors = [(size, one) for one in found if (size := error(one)) is not None]
    sizes = [size for size, _ in errors]
    worst = max(errors, key=lambda pair: pair[0], default=None)
    reaches = [_reach(one) for one in found]
    directions = [(right, one) for one in found if (right := _direction(one, known)) is not None]
    inside = sum(one.is_covered for one in found)
    men = {(one.study, one.arm): one.failed for one in found}
    return {
        "values": len(found),
        "inside": inside,
        "inside_share": inside / len(found) if found else None,
        "compared": len(sizes),
        "not_solved": sum(not np.isfinite(one.predicted) for one in found),
        "median_error": _median(sizes),
        "largest_error": worst[0] if worst else None,
        "largest_error_of": _label(worst[1]) if worst else None,
        "above_40_percent": sum(size > LARGE for size in sizes),
        "high_over_low": _median(_ratio(one.high, one.low) for one in found),
        "high_over_predicted": _median(_ratio(one.high, one.predicted) for one in found),
        "wider_than_two": sum(reach is None or reach > WIDE for reach in reaches),
        "directions": len(directions),
        "directions_right": sum(right for right, _ in directions),
        "directions_wrong_of": [_label(one) for right, one in directions if not right],
        "failed_men": sum(men.values()),
    }


def _median(values: Iterable[float | None]) -> float | None:
    finite = [value for value in values if value is not None]
    return float(np.median(finite)) if finite else None


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0.0 and np.isfinite(above) else None


def _reach(one: Prediction) -> float | None:
    """Return the larger factor between the prediction and an end of its interval; None where an end is 0."""
    ends = _ratio(one.high, one.predicted), _ratio(one.predicted, one.low)
    return None if ends[0] is None or ends[1] is None else max(ends[0], ends[1])


def _direction(one: Prediction, known: Mapping[str, Study] | None) -> bool | None:
    """Return whether the prediction moves as the published value did; None where that hardly moved."""
    ratios = comparison(one, known)
    if ratios is None or abs(ratios[0] - 1.0) <= CHANGED:
        return None
    return bool(ratios[1] > 1.0 if ratios[0] > 1.0 else ratios[1] < 1.0)


def _label(one: Prediction) -> str:
    return f"{one.study}, {one.arm}: {one.analyte} at week {one.week:g}"


def goals(summary: Mapping[str, Any], role: str = "held-out") -> list[dict[str, Any]]:
    """Return each goal with its target, what was found, and whether it was met.

    Parameters
    ----------
    summary : mapping
        What `score_summary` returned.
    role : str, optional
        The values that are counted: testosterone, estradiol, LH and FSH of this role, and the direction of all of it.

    Returns
    -------
    list of dict
        ``goal``, ``of``, ``target``, ``found``, ``missed_by`` and ``met``. A goal of which there are no values is not
        met.
    """
    hormones, every = summary["hormones"].get(role), summary["by_role"].get(role)
    of = f"testosterone, estradiol, LH and FSH, {role}"
    if not hormones or not hormones["values"]:
        return [_goal(name, of, "no values", "", False) for name in TARGETS]
    middle, share = hormones["median_error"], hormones["inside_share"]
    large, wide = hormones["above_40_percent"], hormones["wider_than_two"]
    count, missing = hormones["values"], hormones["values"] - hormones["compared"]
    outside = max(_INSIDE[0] - share, share - _INSIDE[1], 0.0)
    right, asked = every["directions_right"], every["directions"]
    uncompared, far = f"; {missing} without a ratio" if missing else "", large + missing
    shown = "nothing to compare" if middle is None else f"{middle:.1%}{uncompared}"
    over = "" if middle is None else f"{100.0 * (middle - MEDIAN_ERROR):.1f} points"
    return [
        _goal("median error", of, shown, over, middle is not None and middle <= MEDIAN_ERROR),
        _goal("errors above 40 %", of, f"{large} of {count}{uncompared}", _count_words(far), far == 0),
        _goal("inside the 90 % interval", of, f"{share:.0%} ({hormones['inside']} of {count})",
              f"{100.0 * outside:.1f} points, too {'few' if share < _INSIDE[0] else 'many'}", outside == 0.0),
        _goal("intervals wider than a factor of two", of, f"{wide} of {count}", _count_words(wide), wide == 0),
        _goal("direction right", f"every value that moved by more than 10 %, {role}", f"{right} of {asked}",
              _count_words(asked - right), 0 < asked == right),
    ]  # fmt: skip


def _goal(name: str, of: str, found: str, missed_by: str, met: bool) -> dict[str, Any]:
    return {
        "goal": name, "of": of, "target": TARGETS[name], "found": found,
        "missed_by": "" if met else missed_by, "met": met,
    }  # fmt: skip


def _count_words(count: int) -> str:
    return f"{count} value{'' if count == 1 else 's'}"


def semen_split(
    predictions: Sequence[Prediction], extra_studies: Mapping[str, Study] | None = None
) -> list[dict[str, Any]]:
    """Return every uncontrolled value of semen as regression to the mean times drug.

    Parameters
    ----------
    predictions : sequence of Prediction
    extra_studies : mapping of str to Study, optional
        Studies that are not in the catalogue, by id.

    Returns
    -------
    list of dict
        ``study``, ``arm``, ``analyte``, ``week``, ``role``; ``observed``, ``predicted`` as ratios to the baseline
        (None where the arm's baseline was not published); ``regression`` and ``drug``, whose product is ``predicted``;
        and ``gain_by_regression``, the regression's share of the logarithm of a predicted gain.
    """
    rows = []
    for one in predictions:
        if one.analyte in SEMEN and one.regression is not None:
            ratios = comparison(one, extra_studies)
            observed, predicted = (None, None) if ratios is None else ratios
            drug = predicted / one.regression if predicted is not None and one.regression > 0.0 else None
            rows.append({
                "study": one.study, "arm": one.arm, "analyte": one.analyte, "week": one.week, "role": one.role,
                "observed": observed, "predicted": predicted, "regression": one.regression, "drug": drug,
                "gain_by_regression": _share(one.regression, predicted),
            })  # fmt: skip
    return rows


def _share(regression: float, predicted: float | None) -> float | None:
    """Return the regression's share of a gain, in logarithms; None where nothing was gained."""
    if predicted is None or not predicted > 1.0 + CHANGED or not regression > 0.0:
        return None
    return float(np.log(regression) / np.log(predicted))
