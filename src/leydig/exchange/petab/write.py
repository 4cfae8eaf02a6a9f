"""`write_petab`: one man, his record and what an assay does to a level, as a PEtab v2 problem of parameters of drugs.

What a laboratory reads of a level is log-normal about it (`leydig.man.sample`), and an observable is its median::

    observable = measured·exp(−½σ²)          noise: log-normal, σ² = ln(1 + CV_within² + CV_assay²)

Of an estradiol by mass spectrometry, which reads no background, that is another observable, of the state itself.
Time is in days from the first treatment on. A level from before it is that of the man at rest, and stands at time 0.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leydig.analytes import ANALYTES, of_specimen
from leydig.drugs import drugs_of
from leydig.errors import BadRecord, UnknownName
from leydig.exchange.sbml import sbml
from leydig.inference.results.assay import READ_OF_ESTRADIOL, EstradiolAssay, read_by, title_by
from leydig.man import Man
from leydig.man.sample import noise_of
from leydig.parameter import Declaration, parameters
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.record.record import Record, Result
from leydig.regimen import Regimen
from leydig.target import target_folder
from leydig.whole_file import disk, whole_file, write_text

__all__ = ["PetabExport", "write_petab"]

_HEADS = {
    "observables": ("observableId", "observableName", "observableFormula", "noiseFormula", "noiseDistribution"),
    "measurements": ("observableId", "experimentId", "time", "measurement"),
    "experiments": ("experimentId", "time", "conditionId"),
    "parameters": ("parameterId", "estimate", "nominalValue", "lowerBound", "upperBound"),
}  # fmt: skip
_EXPERIMENT = "man"

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class PetabExport:
    """What was written of a record.

    Attributes
    ----------
    problem : Path
        The YAML file of the problem; the tables and ``model.xml`` lie beside it.
    measurements : dict of str to int
        By analyte.
    untreated : int
        How many of them are from before the first treatment, and stand at time 0.
    dropped : tuple of (str, str)
        What was not written, and why.
    """

    problem: Path
    measurements: dict[str, int]
    untreated: int
    dropped: tuple[tuple[str, str], ...]


def write_petab(man: Man, record: Record, folder: Path | str, estimate: Iterable[str]) -> PetabExport:
    """Write a fit problem: which parameters of drugs fit the levels of a record best.

    Parameters
    ----------
    man : Man
        At rest before the first treatment.
    record : Record
        His treatments are the doses, his levels the measurements.
    folder : Path or str
        Made where it is not there.
    estimate : iterable of str
        Paths of parameters, such as ``drugs.anastrozole.half_life`` (`leydig list parameters`), of drugs that he took.

    Raises
    ------
    BadRecord
        When the record has no treatment, or no level that the problem can hold.
    UnknownName
        When no drug that he took has such a parameter.
    MissingExtra, OutOfRange, BadRegimen
        As `leydig.exchange.sbml.sbml`, or when nothing can be written there.
    """
    if not record.treatments:
        raise BadRecord("got a record without treatments; expected one, because its parameters are fitted. Add it.")
    start = min(one.start for one in record.treatments)
    levels, dropped = _levels(record)
    if not levels:
        raise BadRecord(f"got no level that a fit can read of {len(dropped)} results; expected one of blood. Add it.")
    plan = _regimen(record, start)
    last = max(1.0, *(float((one.date - start).days) for one in levels))
    model = sbml(man, plan, days=last)
    tables: dict[str, Rows] = {
        "observables": _observables(levels), "measurements": [_measurement(one, start) for one in levels],
        "experiments": [(_EXPERIMENT, 0.0, "")], "parameters": _parameters(plan, list(estimate), levels, model),
    }  # fmt: skip
    target = target_folder(folder)
    for name, rows in tables.items():
        _write_table(target / f"{name}.tsv", _HEADS[name], rows)
    write_text(target / "model.xml", model)
    write_text(target / "problem.yaml", _problem())
    counts = {name: sum(one.name == name for one in levels) for name in dict.fromkeys(one.name for one in levels)}
    return PetabExport(target / "problem.yaml", counts, sum(one.date < start for one in levels), tuple(dropped))


def _levels(record: Record) -> tuple[list[Result], list[tuple[str, str]]]:
    """Return the results that a fit can read, and the others with why it cannot."""
    levels, dropped = [], []
    semen = of_specimen("semen")
    for one in record.results:
        if QUANTITIES[one.name].kind != QuantityKind.ANALYTE or QUANTITIES[one.name].ratio_of:
            continue
        why = ""
        if one.name in semen:
            why = "semen is counted, which no noise distribution of PEtab holds"
        elif one.comparator:
            why = "PEtab has no limit of quantification"
        elif one.standard_value <= 0.0:
            why = "0 has no logarithm"
        if why:
            dropped.append((f"{one.name} of {one.date}", why))
        else:
            levels.append(one)
    return levels, dropped


def _regimen(record: Record, start: dt.date) -> Regimen:
    """Return what he was given from the first treatment on as one regimen."""
    doses = []
    for one in record.treatments:
        stop = None if one.stop is None else float((one.stop - start).days)
        for dose in one.regimen.delay(float((one.start - start).days)).doses:
            ends = [day for day in (stop, dose.stop) if day is not None]
            if stop is None or dose.start < stop:
                doses.append(replace(dose, stop=min(ends, default=None)))
    return Regimen(doses)


def _observables(levels: Sequence[Result]) -> Rows:
    each = {_observable(one): one for one in levels}
    return [(f"obs_{name}", f"{title_by(read_by(one), one.name)} ({ANALYTES[one.name].unit})",
             f"{read} * exp(-sd_{one.name}^2 / 2)", f"sd_{one.name}", "log-normal")
            for (name, read), one in each.items()]  # fmt: skip


def _observable(one: Result) -> tuple[str, str]:
    """Return how the observable of a result is called, and what in the model its assay reads."""
    if one.name in READ_OF_ESTRADIOL and read_by(one) == EstradiolAssay.MASS_SPECTROMETRY:
        return f"{one.name}_mass_spectrometry", ANALYTES[one.name].state
    return one.name, f"measured_{one.name}"


def _measurement(one: Result, start: dt.date) -> tuple[object, ...]:
    analyte = ANALYTES[one.name]
    value = one.value_in(analyte.clinical) / analyte.factor_to(analyte.clinical)
    return f"obs_{_observable(one)[0]}", _EXPERIMENT, float(max((one.date - start).days, 0)), value


def _parameters(plan: Regimen, estimate: Sequence[str], levels: Sequence[Result], model: str) -> Rows:
    """Return what is estimated within its declared range, and the noise of each assay, which is not."""
    there = set(re.findall(r'<parameter [^>]*\bid="(\w+)"', model))
    known: Mapping[str, tuple[Declaration, float]] = {
        path: (declared, float(value))
        for name, drug in drugs_of(list(plan.drugs)).items()
        for path, declared, value in parameters(drug, f"drugs.{name}") if path.replace(".", "_") in there
    }  # fmt: skip
    rows: Rows = []
    for path in estimate:
        if path not in known:  # of the body, too: with another body the man would not begin at rest
            raise UnknownName.among("parameter of a drug that he took", path, known)
        declared, value = known[path]
        rows.append((path.replace(".", "_"), "true", value, *map(float, declared.within)))
    names = dict.fromkeys(one.name for one in levels)
    return rows + [(f"sd_{name}", "false", noise_of(name), "", "") for name in names]


def _problem() -> str:
    tables = "".join(f"{name[:-1]}_files:\n  - {name}.tsv\n" for name in _HEADS)
    return f"format_version: 2.0.0\nmodel_files:\n  leydig:\n    location: model.xml\n    language: sbml\n{tables}"


def _write_table(path: Path, head: Sequence[str], rows: Rows) -> None:
    with whole_file(path) as beside, disk(path), beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
