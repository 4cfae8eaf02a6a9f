"""What a simulation is asked for, by the clock of days or of minutes, checked before anything is solved."""

from collections.abc import Mapping, Sequence

import numpy as np

from leydig.checks import ABOVE_ZERO, number, option, plain_number, text_of, whole_number
from leydig.engine import TOLERANCES
from leydig.errors import BadRegimen, OutOfRange
from leydig.man import Man
from leydig.man.deviates import OWN
from leydig.man.weight.series import BmiSeries, complete_series, switch_series
from leydig.parameter import check_ranges
from leydig.regimen import Dose, Regimen
from leydig.regimen.regimen import regimen_of
from leydig.regimen.steady import SteadyRegimen
from leydig.ticks import LONGEST_DAYS

__all__ = ["REST", "STEADY", "bmi_changes", "dosing_days", "one_man", "refuse_options", "regimens_of", "several_men",
           "solver_options", "steady_regimens"]  # fmt: skip

REST, STEADY = "rest", "steady state"  # where men may begin

_OWN = frozenset(f"body.{path}" for path in OWN)  # set by a man's own baseline, wherever that lies


def several_men(man: object) -> Man:
    """Return one man, or many as one `Man`, refusing whom no body has.

    Raises
    ------
    OutOfRange
        When something else came, or a parameter of a body is outside its range, however it was set.
    """
    if not isinstance(man, Man):
        listed = list(man) if isinstance(man, Sequence) and not isinstance(man, str) else [man]
        men: list[Man] = []
        for one in listed:
            if not isinstance(one, Man):
                raise OutOfRange(f"got man {text_of(one)}; expected a Man or a list of them. Make one: Man(age=34).")
            men.append(one)
        man = Man.stack(men)
    check_ranges(man.body, "body", free=_OWN)
    return man


def one_man(man: object) -> Man:
    """Return one man, refusing many and what is none; raises as `several_men`."""
    if isinstance(man, Man) and man.count is None:
        return several_men(man)
    many = f"{man.count} men" if isinstance(man, Man) else f"man {text_of(man)}"
    raise OutOfRange(f"got {many}; expected one man. Ask for each of them in turn.")


def regimens_of(regimen: object, count: int | None) -> list[Regimen]:
    """Return the regimen of each man, read; each text is read once.

    Raises
    ------
    OutOfRange
        When there is not one regimen for each man.
    BadRegimen, UnknownName
        When a regimen cannot be read.
    """
    if isinstance(regimen, str | Regimen | Dose):
        return [regimen_of(regimen)] * (count or 1)
    if not isinstance(regimen, Sequence | np.ndarray):
        raise BadRegimen(
            f"got regimen {text_of(regimen)}; expected a text, a Regimen, or one for each man. "
            "Write such as 'anastrozole 1 mg daily'."
        )
    if count is None or len(regimen) != count:
        raise OutOfRange(
            f"got {len(regimen)} regimens for {'one man' if count is None else f'{count} men'}; expected one for all, "
            "or one for each of many men. Join doses of one man with '+'."
        )
    texts = {one: regimen_of(one) for one in dict.fromkeys(one for one in regimen if isinstance(one, str))}
    return [texts[one] if isinstance(one, str) else regimen_of(one) for one in regimen]


def steady_regimens(start: object, regimens: Sequence[Regimen]) -> list[SteadyRegimen]:
    """Return what has been given for ever to each man when he begins; nothing where all begin at rest.

    Parameters
    ----------
    start : object
        As `simulate` takes it.
    regimens : sequence of Regimen
        What each man is given from then on.

    Raises
    ------
    OutOfRange
        When it is something else, or not one for each man.
    BadRegimen
        When nothing that is repeated is in force on day 0.
    """
    if isinstance(start, SteadyRegimen):
        return [start] * len(regimens)
    if isinstance(start, str):
        if option(start, "start", (REST, STEADY)) == REST:
            return []
        known = {one: SteadyRegimen.of(one) for one in dict.fromkeys(regimens)}
        return [known[one] for one in regimens]
    if not isinstance(start, Sequence) or not all(one is None or isinstance(one, SteadyRegimen) for one in start):
        raise OutOfRange(
            f"got start {text_of(start)}; expected {REST!r}, {STEADY!r}, a SteadyRegimen, or one for each man. "
            f"Write start={STEADY!r}."
        )
    if len(start) != len(regimens):
        raise OutOfRange(
            f"got {len(start)} starts for {len(regimens)} men; expected one for all, or one for each. "
            "Give as many as men."
        )
    each = [SteadyRegimen(()) if one is None else one for one in start]
    return each if any(one.events for one in each) else []


def bmi_changes(
    bmi: object, men: Man, day: float = 0.0, before: Sequence[BmiSeries | None] = ()
) -> tuple[BmiSeries | None, ...]:
    """Return the BMI of each man over time, from day 0 on; None of whose BMI stays, and nothing where all stay.

    Parameters
    ----------
    bmi : object
        As `simulate` takes it.
    men : Man
    day : float, optional
        From which it holds [d].
    before : sequence of BmiSeries or None, optional
        What held of each man until then; the BMI of his baseline when left out.

    Raises
    ------
    OutOfRange
        When it is something else, there is not one for each man, or one does not go on from what held until then.
    """
    count = men.count or 1
    listed = [bmi] * count if bmi is None or isinstance(bmi, BmiSeries) else bmi
    if not isinstance(listed, Sequence) or not all(one is None or isinstance(one, BmiSeries) for one in listed):
        raise OutOfRange(
            f"got bmi {text_of(bmi)}; expected a BmiSeries, or one for each of many men. "
            "Write bmi=BmiSeries({0: 34, 180: 29}, 'linear')."
        )
    if len(listed) != count:
        raise OutOfRange(f"got {len(listed)} series of BMI for {count} men; expected one for all, or one for each, "
                         "None for whom it stays. Give as many as men.")  # fmt: skip
    found: list[BmiSeries | None] = []
    for series, own, old in zip(listed, np.atleast_1d(men.bmi).tolist(), before or [None] * count, strict=True):
        if series is not None:
            series = complete_series(series, own, day) if old is None else switch_series(old, series, day)
        whole = old if series is None else series
        found.append(None if whole is None or set(whole.steps()[1]) == {own} else whole)
    return tuple(found) if any(one is not None for one in found) else ()


def solver_options(
    tolerance: object, batch: object, cores: object = None, uncertainty: object = False
) -> tuple[float, int, int | None, int | bool]:
    """Return tolerance, batch, cores and uncertainty as plain numbers.

    Raises
    ------
    OutOfRange
        When one of them is impossible.
    """
    if isinstance(uncertainty, bool | np.bool_):
        draws: int | bool = bool(uncertainty)
    else:
        draws = whole_number(uncertainty, "uncertainty", (1, 10**9), hint="Write True, or how many draws.")
    return (
        number(tolerance, "tolerance", TOLERANCES),
        whole_number(batch, "batch", unit="men"),
        None if cores is None else whole_number(cores, "cores"),
        draws,
    )


def refuse_options(method: str, options: Mapping[str, object], way_out: str) -> None:
    """Refuse options that a method cannot honor, so that none is ignored; None and False were not asked for.

    Raises
    ------
    OutOfRange
        Naming every option that came.
    """
    came = {name: value for name, value in options.items() if value is not None and value is not False}
    if came:
        listed = ", ".join(f"{name}={text_of(value)}" for name, value in came.items())
        raise OutOfRange(f"got {listed} for {method}; expected none of {', '.join(options)} there. {way_out}")


def dosing_days(plan: Regimen, days: float | None) -> float:
    """Return up to which day doses are written, refusing to end a regimen that goes on without being asked to.

    Raises
    ------
    OutOfRange
        When the regimen goes on and no days came, or they are impossible.
    """
    if days is not None:
        return plain_number(days, "days", (ABOVE_ZERO, LONGEST_DAYS))
    end = plan.days()
    if end is None:
        raise OutOfRange(
            f"got {str(plan)!r}, which has no end, and no days; expected one of the two. Add days=182, or a length to "
            "the regimen, such as 'for 26 weeks'."
        )
    return max(end, 1.0)
