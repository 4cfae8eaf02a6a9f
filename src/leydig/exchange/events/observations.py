"""Observation rows: what was measured, in which unit, and what is known where an assay could say no more."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.errors import UnknownName, WrongUnit
from leydig.exchange.events.cells import Cells
from leydig.exchange.events.columns import CodeMeaning, code_meanings, plain_code
from leydig.product import PRODUCTS
from leydig.record.quantity import QUANTITIES, QuantityKind, quantity
from leydig.units import factor

__all__ = ["Measurand", "ObservationRows", "measurand_of", "observation_rows"]

CONCENTRATIONS = ("ng/mL", "nmol/L", "IU/L")  # what a level of a drug may be converted to


class Measurand(NamedTuple):
    """What was measured and in which unit.

    Attributes
    ----------
    name : str
        A name of `leydig.record.quantity.QUANTITIES`, or a drug for its level.
    unit : str
    low, high : float
        In the unit: outside, no man's value lies.
    """

    name: str
    unit: str
    low: float = 0.0
    high: float = np.inf

    @property
    def recordable(self) -> bool:
        """Whether a record may hold it."""
        return self.name in QUANTITIES


@dataclass(frozen=True)
class ObservationRows:
    """The observation rows of a table.

    Attributes
    ----------
    rows : Int[np.ndarray, " observation"]
        Their numbers among all rows.
    measurands : tuple of Measurand
        What is measured anywhere.
    measurand : Int[np.ndarray, " observation"]
        Which of them.
    value, limit : Float[np.ndarray, " observation"]
        As they came; of a censored one the value is the limit of the assay, and `limit` the other end (NaN without
        one).
    censored : Int[np.ndarray, " observation"]
        1 below the value, -1 above it, 0 measured.
    """

    rows: Int[np.ndarray, " observation"]
    measurands: tuple[Measurand, ...]
    measurand: Int[np.ndarray, " observation"]
    value: Float[np.ndarray, " observation"]
    limit: Float[np.ndarray, " observation"]
    censored: Int[np.ndarray, " observation"]


def observation_rows(cells: Cells, observed: Bool[np.ndarray, " row"], analytes: CodeMeaning) -> ObservationRows:
    """Return the observation rows.

    Parameters
    ----------
    cells : Cells
    observed : Bool[np.ndarray, " row"]
        Which rows may be observations; those without ``DV`` are times to keep.
    analytes : mapping, str or None
        Quantity and unit by number of ``DVID`` or ``CMT``, such as ``"testosterone ng/dL"``, or of every observation.

    Raises
    ------
    BadRecord, WrongUnit, OutOfRange, UnknownName
        When a row cannot be read; the message names it.
    """
    value = cells.numbers("DV") if "DV" in cells.columns else np.full(len(cells), np.nan)
    censored, limit, value = _assay_limits(cells, observed, value)
    rows = np.flatnonzero(observed & ~np.isnan(value))
    measurands, measurand = cells.meanings(
        rows, ("ANALYTE", "DVID", "CMT", "UNIT"), lambda row, texts: _measurand(cells, row, texts, analytes)
    )
    found = ObservationRows(rows, measurands, measurand, value[rows], limit[rows], censored[rows])
    _refuse_impossible(cells, found)
    return found


def _assay_limits(
    cells: Cells, observed: Bool[np.ndarray, " row"], value: Float[np.ndarray, " row"]
) -> tuple[Int[np.ndarray, " row"], Float[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """Return ``CENS``, ``LIMIT`` and the value of every row, a value below ``LLOQ`` as that limit."""
    nothing = np.full(len(cells), np.nan)
    limit, lloq = (cells.numbers(name) if name in cells.columns else nothing for name in ("LIMIT", "LLOQ"))
    censored = np.where(observed, cells.whole_numbers("CENS", -1, 1), 0)
    below = observed & (cells.whole_numbers("BLQ", 0, 1) == 1)
    value = np.where((below | (censored == 1)) & np.isnan(value), lloq, value)
    censored = np.where(below, 1, censored)
    other_end = "LIMIT is the other end."
    cells.refuse_first((
        (observed & (censored != 0) & np.isnan(value), "a censored row without DV or LLOQ", "the limit as DV",
         "Add it."),
        ((censored == 1) & (value != lloq) & ~np.isnan(lloq), "CENS 1 with a DV that is not its LLOQ",
         "the limit as DV", "With CENS 1, DV is the limit."),
        ((censored == 1) & (limit >= value), "CENS 1 with LIMIT not below DV", "a lower LIMIT", other_end),
        ((censored == -1) & (limit <= value), "CENS -1 with LIMIT not above DV", "a higher LIMIT", other_end),
    ))  # fmt: skip
    return censored, limit, value


def _measurand(cells: Cells, row: int, texts: tuple[str, ...], analytes: CodeMeaning) -> Measurand:
    """Return what one observation measures."""
    name, dvid, cmt, unit = texts
    if isinstance(analytes, str):
        known, code = {"": analytes}, ""
    else:
        code, known = plain_code(dvid or ("" if name else cmt)), code_meanings(analytes)
        code = name if name in known else code
    if code not in known and not name:
        cells.refuse(
            row,
            f"DV of {f'number {code}' if code else 'nothing that is named'}",
            "the name and unit of what was measured",
            f"Give analytes={{{code or 1!r}: 'testosterone ng/dL'}}, or columns ANALYTE and UNIT.",
        )
    declared, of_it = _split_unit(known[code]) if code in known else (name, "")
    if unit and of_it and unit != of_it:
        cells.refuse(row, f"{declared} in {unit!r}", f"{of_it!r}, as it is declared", "Say one unit.")
    return measurand_of(declared, unit or of_it)


def _split_unit(text: str) -> tuple[str, str]:
    """Return name and unit of a declaration such as ``"inhibin b pg/mL"``, the unit empty where it has none."""
    name, _, unit = text.strip().rpartition(" ")
    try:
        quantity(text)
    except UnknownName:
        return (name, unit) if name else (unit, "")
    return text.strip(), ""


def measurand_of(name: str, unit: str) -> Measurand:
    """Return what is measured under a name and in a unit.

    Raises
    ------
    UnknownName
        When it is neither a quantity of a record nor a drug.
    WrongUnit
        When the unit is missing or of something else.
    """
    if name not in QUANTITIES and name in PRODUCTS:
        if not any(_converts(unit, other) for other in CONCENTRATIONS):
            raise WrongUnit(
                f"got the level of {name} in {unit!r}; expected a concentration such as ng/mL. Add its unit."
            )
        return Measurand(PRODUCTS[name].name, unit)
    one = QUANTITIES[name]
    if one.kind in (QuantityKind.FACT, QuantityKind.WORK_UP):
        raise UnknownName(
            f"got {one.title}; expected a level. A table of numbers holds no answer in words: use a record."
        )
    if one.ratio_of and unit in ("", "1"):
        raise WrongUnit(
            f"got {one.title} without units; expected {', '.join(one.units)}. A bare ratio does not say them."
        )
    scale = one.factor_from(unit)
    low, high = one.possible
    return Measurand(one.name, unit, low / scale, high / scale)


def _converts(unit: str, into: str) -> bool:
    try:
        return bool(unit) and factor(unit, into) > 0.0
    except WrongUnit:
        return False


def _refuse_impossible(cells: Cells, found: ObservationRows) -> None:
    """Refuse a value that no man has."""
    for number, one in enumerate(found.measurands):
        mine = found.measurand == number
        edge = 1e-12 * max(abs(one.low), abs(one.high) if np.isfinite(one.high) else 0.0)
        wrong = np.flatnonzero(mine & ((found.value < one.low - edge) | (found.value > one.high + edge)))
        if len(wrong):
            row, value = int(found.rows[wrong[0]]), float(found.value[wrong[0]])
            if one.recordable:
                with cells.at_row(row):
                    QUANTITIES[one.name].convert(value, one.unit)
            cells.refuse(
                row, f"{one.name} {value:g} {one.unit}", f"{one.low:g} to {one.high:g}", "Check value and unit."
            )
