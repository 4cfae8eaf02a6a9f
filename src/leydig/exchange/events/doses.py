"""Dose rows: what is given, how much, at once or by a rate, and how often again, each refused at its row."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.exchange.events.cells import Cells
from leydig.exchange.events.columns import CodeMeaning, code_meanings, own_absorption, plain_code
from leydig.product import PRODUCTS, Product
from leydig.regimen.events import DIGITS, DoseEvent
from leydig.regimen.names import drug
from leydig.regimen.repeat import SHORTEST
from leydig.regimen.words import Reader
from leydig.ticks import ticks_of
from leydig.units import snap

__all__ = ["DoseRows", "DrugRoute", "dose_rows", "target_of"]

MOST_ADDITIONAL = 1_000_000
_SAME = 1e-9
_NAMES = {"mcg": "ug", "µg": "ug", "μg": "ug"}


class DrugRoute(NamedTuple):
    """What a dose row gives: a drug of the catalogue and its route."""

    drug: str
    route: str | None = None

    @property
    def product(self) -> Product:
        """What the drug's file says of it."""
        return PRODUCTS[self.drug]


@dataclass(frozen=True)
class DoseRows:
    """The dose rows of a table.

    Attributes
    ----------
    rows : Int[np.ndarray, " dose"]
        Their numbers among all rows.
    targets : tuple of DrugRoute
        What is given anywhere.
    target : Int[np.ndarray, " dose"]
        Which of them.
    amount, rate, interval : Float[np.ndarray, " dose"]
        In the drug's unit, per day and in days, as `leydig.regimen.events.DoseEvent` has them.
    additional : Int[np.ndarray, " dose"]
        -1 where it ends with its row: an infusion that has run for ever until then.
    lag : Int[np.ndarray, " dose"]
        By how many ticks it enters after its row.
    steady : Int[np.ndarray, " dose"]
        ``SS``: 1 and 2 where it has been given for ever until its row.
    zero : int
        Dose rows of 0, such as placebo, which give nothing.
    """

    rows: Int[np.ndarray, " dose"]
    targets: tuple[DrugRoute, ...]
    target: Int[np.ndarray, " dose"]
    amount: Float[np.ndarray, " dose"]
    rate: Float[np.ndarray, " dose"]
    interval: Float[np.ndarray, " dose"]
    additional: Int[np.ndarray, " dose"]
    lag: Int[np.ndarray, " dose"]
    steady: Int[np.ndarray, " dose"]
    zero: int = 0

    def event(self, dose: int, tick: int) -> DoseEvent:
        """Return one of them as a record that begins at a tick of its regimen."""
        target = self.targets[self.target[dose]]
        return DoseEvent(tick, target.drug, float(self.amount[dose]), target.route, float(self.rate[dose]),
                         float(self.interval[dose]), int(self.additional[dose]))  # fmt: skip


def dose_rows(
    cells: Cells, is_dose: Bool[np.ndarray, " row"], size: float | None, drugs: CodeMeaning, absorption: str = "drug"
) -> DoseRows:
    """Return the dose rows.

    Parameters
    ----------
    cells : Cells
    is_dose : Bool[np.ndarray, " row"]
        Which rows are doses.
    size : float or None
        How many units of time a day has.
    drugs : mapping, str or None
        Drug and route by number of ``ADM`` or ``CMT``, or of every dose.
    absorption : {"drug", "table"}, optional
        Whose lag time and share that is absorbed hold.

    Raises
    ------
    BadRecord
        When a row cannot be honored; the message names it.
    """
    lag, share = own_absorption(cells, absorption)
    amount = _amounts(cells, is_dose)
    steady = np.where(is_dose, cells.whole_numbers("SS", 0, 2), 0)
    endless = (steady > 0) & (amount == 0.0)
    zero = is_dose & (amount * share == 0.0) & ~endless
    rows = np.flatnonzero(is_dose & ~zero)
    endless, share = endless[rows], share[rows]
    rate = _rates(cells, rows, amount[rows], size, share)
    interval, additional = _repeats(cells, rows, size, steady[rows], endless)
    _refuse_endless(cells, rows, endless, rate)
    targets, target = cells.meanings(
        rows, ("DRUG", "ROUTE", "ADM", "CMT"), lambda row, texts: _target(cells, row, texts, drugs)
    )
    given = np.where(endless, rate, amount[rows] * share)
    given, rate = (_in_drug_unit(cells, rows, targets, target, numbers) for numbers in (given, rate))
    _refuse_ways(cells, rows, targets, target, rate)
    late = ticks_of(lag[rows] / (size or 1.0))
    return DoseRows(rows, targets, target, given, rate, interval, additional, late, steady[rows], int(zero.sum()))


def _refuse_endless(
    cells: Cells, rows: Int[np.ndarray, " dose"], endless: Bool[np.ndarray, " dose"], rate: Float[np.ndarray, " dose"]
) -> None:
    """Refuse AMT 0 at steady state that is no infusion which has run for ever."""
    again = _column(cells, "II")[rows] > 0.0
    cells.refuse_first((
        (endless & (rate == 0.0), "SS with AMT 0 and no RATE", "a rate, or an amount", "Add RATE, or AMT."),
        (endless & again, "SS with AMT 0 and II", "II 0, because it has run for ever", "Leave II out, or add AMT."),
    ), rows)  # fmt: skip


def _column(cells: Cells, name: str) -> Float[np.ndarray, " row"]:
    """Return a column as numbers, 0 where nothing is."""
    return np.nan_to_num(cells.numbers(name)) if name in cells.columns else np.zeros(len(cells))


def _amounts(cells: Cells, is_dose: Bool[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    """Return every ``AMT``, refusing a dose without one, a negative one, and an amount that is no dose."""
    if "AMT" not in cells.columns:
        cells.refuse_first([(is_dose, "a dose without a column AMT", "an amount", "Add AMT.")])
        return np.zeros(len(cells))
    found = cells.numbers("AMT")
    cells.refuse_first((
        (is_dose & np.isnan(found), "a dose without AMT", "an amount in the unit of the drug",
         "Write it, or 0 for placebo."),
        (found < 0.0, "a negative AMT", "0 or more", "Check the sign."),
        (~is_dose & (found > 0.0), "AMT in a row that is no dose", "EVID 1 or 4", "Set EVID, or leave AMT out."),
    ))  # fmt: skip
    return np.nan_to_num(found)


def _rates(
    cells: Cells, rows: Int[np.ndarray, " dose"], amount: Float[np.ndarray, " dose"], size: float | None,
    share: Float[np.ndarray, " dose"],
) -> Float[np.ndarray, " dose"]:  # fmt: skip
    """Return the rate of each dose [1/d], 0 for one that is given at once; a duration holds for the share alone."""
    rate, length = _column(cells, "RATE")[rows], _column(cells, "DUR")[rows]
    modelled = (rate == -2.0) & (length > 0.0)  # NONMEM's word for a duration that stands elsewhere
    rate = np.where(modelled, 0.0, rate)
    faults = (
        (rate < 0.0, "a RATE that a model would estimate", "a rate above 0, or 0", "Give RATE, or RATE -2 with DUR."),
        (length < 0.0, "a negative DUR", "0 or more", "Check the sign."),
        ((rate > 0.0) & (length > 0.0) & (np.abs(amount - rate * length) > _SAME * amount), "RATE and DUR that differ",
         "AMT over RATE as DUR", "Leave one of them out."),
        (((rate > 0.0) | (length > 0.0)) & (size is None), "an infusion without a unit of time", "days or hours",
         "Give time='hours' or time='days'."),
    )  # fmt: skip
    cells.refuse_first(faults, rows)
    per_unit = np.where(
        rate > 0.0, rate, np.divide(amount * share, length, out=np.zeros(len(rows)), where=length > 0.0)
    )
    return per_unit if size in (None, 1.0) else _snap_all(per_unit * size)


def _snap_all(numbers: Float[np.ndarray, " dose"]) -> Float[np.ndarray, " dose"]:
    """Return numbers without the rounding of their conversion."""
    return np.array([snap(number, DIGITS) for number in numbers.tolist()], dtype=float)


def _repeats(
    cells: Cells, rows: Int[np.ndarray, " dose"], size: float | None, steady: Int[np.ndarray, " dose"],
    endless: Bool[np.ndarray, " dose"],
) -> tuple[Float[np.ndarray, " dose"], Int[np.ndarray, " dose"]]:  # fmt: skip
    """Return interval [d] and number of additional doses; an infusion without end is one of each day."""
    additional = cells.whole_numbers("ADDL", -1, MOST_ADDITIONAL)[rows]
    additional = np.maximum(additional, 0)  # -1 is how some tables say none
    again = (steady > 0) & ~endless
    many = (additional > 0) | again
    interval = np.where(many, _column(cells, "II")[rows], 0.0)
    shortest = SHORTEST * (1.0 - _SAME) * (size or 1.0)
    faults = (
        (again & (interval <= 0.0), "SS without II above 0", "the interval of the doses before", "Add II."),
        (many & (interval <= 0.0), "ADDL without II above 0", "the interval of the additional doses", "Add II."),
        (many & (size is None), "II without a unit of time", "days or hours", "Give time='hours' or 'days'."),
        (many & (interval < shortest), "II below a minute", "a minute or more", "Give an infusion: RATE."),
    )
    cells.refuse_first(faults, rows)
    return np.where(endless, 1.0, interval / (size or 1.0)), np.where(endless, -1, additional)


def _target(cells: Cells, row: int, texts: tuple[str, ...], drugs: CodeMeaning) -> DrugRoute:
    """Return what one dose gives."""
    name, route, adm, cmt = texts
    if name:
        return target_of(f"{name} {route}".strip())
    if isinstance(drugs, str):
        return target_of(drugs)
    which, code = ("ADM", adm) if adm else ("CMT", cmt)
    known = code_meanings(drugs)
    if plain_code(code) not in known:
        way_out = f"Give drugs={{{plain_code(code) or 1!r}: 'anastrozole'}}, or a column DRUG."
        cells.refuse(row, f"a dose into {which} {code or '(none)'}, which no drug is given for",
                     f"one of {', '.join(known)}" if known else "a drug for it", way_out)  # fmt: skip
    return target_of(known[plain_code(code)])


@lru_cache(maxsize=256)
def target_of(text: str) -> DrugRoute:
    """Return the drug and the route that a text such as ``"hcg sc"`` names.

    Raises
    ------
    BadRegimen, UnknownName
        When it names none, or no route of the drug.
    """
    reader = Reader(text)
    product = drug(reader)
    if reader.at_end:
        return DrugRoute(product.name)
    route = reader.peek()
    if route not in product.routes:
        raise reader.refusal(f"{' or '.join(product.routes)} for {product.title}", "Write one, or leave it out.")
    return DrugRoute(product.name, route)


def _in_drug_unit(
    cells: Cells, rows: Int[np.ndarray, " dose"], targets: tuple[DrugRoute, ...], target: Int[np.ndarray, " dose"],
    numbers: Float[np.ndarray, " dose"],
) -> Float[np.ndarray, " dose"]:  # fmt: skip
    """Return amounts in the unit of their drug; IU are never converted to mass."""
    units = cells.texts("UNIT", rows)
    if not any(units):
        return numbers
    sizes = np.ones(len(rows))
    for dose, unit in enumerate(units):
        if unit:
            product = targets[target[dose]].product
            size = product.unit_sizes.get(_NAMES.get(unit.lower(), unit.lower()))
            if size is None:
                way_out = "International units and mass are never converted into one another."
                expected = " or ".join((product.unit, *product.units))
                cells.refuse(int(rows[dose]), f"{product.title} in {unit!r}", expected, way_out)
            sizes[dose] = size
    return np.where(sizes == 1.0, numbers, _snap_all(numbers * sizes))


def _refuse_ways(
    cells: Cells, rows: Int[np.ndarray, " dose"], targets: tuple[DrugRoute, ...], target: Int[np.ndarray, " dose"],
    rate: Float[np.ndarray, " dose"],
) -> None:  # fmt: skip
    """Refuse a bolus of what is released evenly, and an infusion of what is not infused."""
    for number, one in enumerate(targets):
        product, mine = one.product, target == number
        at_once = mine & (rate == 0.0) & (product.infusible and not product.pulsatile)
        infused = mine & (rate > 0.0) & (not product.infusible)
        faults = (
            (
                at_once,
                f"a single dose of {product.title}",
                "a rate, because it is released evenly",
                "Give RATE or DUR.",
            ),
            (infused, f"an infusion of {product.title}", "doses, because none exists", "Leave RATE and DUR out."),
        )
        cells.refuse_first(faults, rows)
