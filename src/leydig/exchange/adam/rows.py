"""The rows of a trial's tables, from what its ledger holds of each man in each arm."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from leydig.product import PRODUCTS
from leydig.protocol.vocabulary import Verb
from leydig.record.quantity import QuantityKind, quantity
from leydig.record.record import Result
from leydig.regimen import Dose
from leydig.regimen.repeat import RepeatKind
from leydig.regimen.words import NOTHING
from leydig.ticks import days_of
from leydig.trial.conduct.arm import Ending
from leydig.trial.design.design import Design, Trial
from leydig.trial.ledger.read import Ledger, LedgerEntry, schedule_of_record

__all__ = ["exposure_rows", "laboratory_rows", "parameter_code", "subject_rows"]

_LETTERS = 8  # of a parameter's code, as SAS transport files allow
_LABORATORY = (QuantityKind.ANALYTE, QuantityKind.LEVEL)
_OF_THE_MAN = ("age", "bmi")  # columns of ADSL
_LIMIT = {"": None, "<": "B", ">": "A"}

Row = dict[str, object]


def parameter_code(name: str) -> str:
    """Return the code of an analyte or level.

    Examples
    --------
    >>> parameter_code("sperm_concentration")
    'SPERMCON'
    """
    return name.replace("_", "").upper()[:_LETTERS]


def subject_rows(ledger: Ledger) -> list[Row]:
    """Return one row for each man in each arm: ADSL."""
    return [_subject(ledger.trial, number, one) for number, one in enumerate(ledger.entries, 1)]


def _identity(trial: Trial, one: LedgerEntry) -> Row:
    """Return the columns that every table begins with."""
    code = f"A{trial.arms.index(one.arm) + 1}"
    return {"STUDYID": trial.name, "USUBJID": f"{trial.name}-{one.man}-{code}", "SUBJID": one.man,
            "ARM": one.arm.name, "ARMCD": code}  # fmt: skip


def _subject(trial: Trial, number: int, one: LedgerEntry) -> Row:
    age, bmi = (one.record.of(name)[0].standard_value for name in _OF_THE_MAN)
    days = [trial.date(visit["day"]) for visit in one.visits]
    strata = "; ".join(stratum.label(one.record, trial.start) for stratum in trial.strata)
    return _identity(trial, one) | _treatment(trial, one) | {
        "ID": number, "TRT01P": one.arm.protocol or one.arm.regimen or "nothing", "AGE": age, "SEX": "M", "BMIBL": bmi,
        "STRATUM": strata or None, "RANDFL": _flag(trial.design == Design.PARALLEL), "ITTFL": "Y",
        "NOTRT": one.withheld or None, "EOSSTT": "DISCONTINUED" if one.ended else "COMPLETED",
        "DCSREAS": one.ended or None, "DROPFL": _flag(one.ended == Ending.LEFT),
        "SOLVFL": _flag(not one.ended.startswith(Ending.NOT_SOLVED)), "LSTVDT": max(days, default=None),
        "NVISIT": len(days),
    }  # fmt: skip


def _treatment(trial: Trial, one: LedgerEntry) -> Row:
    """Return when he was treated, and why that ended."""
    spans = [_span(trial, dose) for dose in _doses(trial, one)]
    if not spans:
        return {"SAFFL": "N"}
    stopped = one.ended or _final_stop(one)
    return {"SAFFL": "Y", "TRTSDT": min(first for first, _ in spans), "TRTEDT": max(last for _, last in spans),
            "EOTSTT": "DISCONTINUED" if stopped else "COMPLETED", "DCTREAS": stopped or None}  # fmt: skip


def _final_stop(one: LedgerEntry) -> str:
    """Return the rule that left him without a drug to the end; empty where none did."""
    decisions = [visit for visit in one.visits if visit["rule"] and visit["action"]]
    last = decisions[-1] if decisions else {"action": "", "regimen": "", "rule": ""}
    return str(last["rule"]) if last["action"] == Verb.STOP_ALL or last["regimen"] == NOTHING else ""


def _flag(answer: bool) -> str:
    return "Y" if answer else "N"


def _study_day(trial: Trial, date: dt.date) -> int:
    """Return the day of the study, which has no day 0."""
    day = (date - trial.start).days
    return day + 1 if day >= 0 else day


# Laboratory ----------------------------------------------------------------------------------------------


def laboratory_rows(ledger: Ledger) -> Iterator[Row]:
    """Yield one row for each level that was measured: ADLB."""
    for one in ledger.entries:
        found = [result for result in one.record.results
                 if quantity(result.name).kind in _LABORATORY and result.name not in _OF_THE_MAN]  # fmt: skip
        visits = _visits(ledger.trial, one, [result.date for result in found])
        baseline = {result.name: result for result in found if result.date < ledger.trial.start}  # the last stays
        identity = _identity(ledger.trial, one)
        for result in found:
            yield identity | visits[result.date] | _value(ledger.trial, result, baseline.get(result.name))


def _visits(trial: Trial, one: LedgerEntry, dates: list[dt.date]) -> dict[dt.date, Row]:
    """Return name and number of the visit of each date."""
    before = sorted({date for date in dates if date < trial.start})
    found: dict[dt.date, Row] = {
        date: {"AVISITN": place - len(before), "AVISIT": f"Screening {place + 1}"} for place, date in enumerate(before)
    }
    for number, visit in enumerate(one.visits, 1):
        found[trial.date(visit["day"])] = {"AVISITN": number, "AVISIT": f"Visit {number}"}
    return found


def _value(trial: Trial, result: Result, baseline: Result | None) -> Row:
    """Return a level and its change from baseline, in the unit of its quantity."""
    known, value = quantity(result.name), result.standard_value
    row: Row = {
        "PARAMCD": parameter_code(result.name), "PARAM": f"{known.title} ({known.unit})",
        "PARAMLNC": known.loinc or None, "ADT": result.date, "ADY": _study_day(trial, result.date),
        "ATM": result.time.isoformat("minutes") if result.time else None, "AVAL": value,
        "AVALC": f"{result.comparator}{value:.12g}", "AVALU": known.unit, "LIMFL": _LIMIT[result.comparator],
        "ABLFL": "Y" if result is baseline else None, "LBORRES": f"{result.comparator}{float(result.value):.12g}",
        "LBORRESU": result.unit,
    }  # fmt: skip
    if baseline is None:
        return row
    base = baseline.standard_value
    row["BASE"] = base
    if result.date >= trial.start and not (result.comparator or baseline.comparator):
        row |= {"CHG": value - base, "PCHG": 100.0 * (value - base) / base if base else None}
    return row


# Exposure ------------------------------------------------------------------------------------------------


def exposure_rows(ledger: Ledger) -> Iterator[Row]:
    """Yield one row for each drug and dose size that a man was prescribed: ADEX."""
    for one in ledger.entries:
        identity = _identity(ledger.trial, one)
        for number, dose in enumerate(_doses(ledger.trial, one), 1):
            yield identity | {"EXSEQ": number} | _exposure(ledger.trial, dose)


def _doses(trial: Trial, one: LedgerEntry) -> list[Dose]:
    """Return what he was prescribed within the follow-up, missed days marked."""
    doses = schedule_of_record(trial, one.record, one.missed).doses
    return [dose for dose in doses if dose.start < trial.days]


def _span(trial: Trial, dose: Dose) -> tuple[dt.date, dt.date]:
    """Return first and last day of a dose."""
    end = trial.days if dose.end is None else min(dose.end, trial.days)
    return trial.date(int(dose.start)), trial.date(max(int(dose.start), -int(-end // 1) - 1))


def _exposure(trial: Trial, dose: Dose) -> Row:
    first, last = _span(trial, dose)
    amount, product = float(dose.amount), PRODUCTS[dose.drug]
    row = {
        "EXTRT": dose.drug, "EXDOSE": amount, "EXDOSU": product.unit, "EXDOSFRQ": str(dose.repeat),
        "EXROUTE": dose.route, "ASTDT": first, "AENDT": last, "ASTDY": _study_day(trial, first),
        "AENDY": _study_day(trial, last), "EXTEXT": str(replace(dose, missed=())),
    }  # fmt: skip
    if dose.repeat.kind == RepeatKind.CONTINUOUS:
        ticks = sum(stop - start for start, stop in dose.tick_spans(float(trial.days)))
        return row | {"EXCUM": amount * float(days_of(ticks))}
    due, taken = (len(one.ticks(float(trial.days))) for one in (replace(dose, missed=()), dose))
    return row | {"EXPLAN": due, "EXMISS": due - taken, "EXCUM": amount * taken}
