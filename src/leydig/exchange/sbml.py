"""One man's model as SBML Level 3 Version 2, for other simulators and for archives.

The equations are the traced right-hand side of `leydig.engine.system` (`leydig.engine.trace`), printed as MathML:
what is used once is nested; what is shared is a rule named after its line, or an initial assignment where it
never changes. A drug is held at constant levels or dosed; dosed, its chains are compartments, with dose events::

    dA1/dt = −λ1·A1        dAi/dt = λ(i−1)·A(i−1) − λi·Ai        level = scale·An

Time is in days. Every quantity is a parameter with its unit; ``measured_`` ones are what a laboratory reads. Doses that
come evenly are one event, which sets the time of its next dose (``next_dose_1`` ...); what else changes is an event of
its day.
"""

import operator
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from leydig.analyte import Reading
from leydig.analytes import ANALYTES, of_state
from leydig.checks import NOT_NEGATIVE, plain_number
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import System, leaf_ids
from leydig.errors import BadRegimen, UnknownName
from leydig.exchange.sbml_document import Document, with_attributes
from leydig.exchange.sbml_formulas import FormulaPrinter, FormulaValue
from leydig.exchange.sbml_units import sbml_unit
from leydig.log import logger
from leydig.man import Man
from leydig.parameter import parameters
from leydig.regimen import Regimen
from leydig.regimen.events import DoseEvent, regimen_events
from leydig.regimen.regimen import regimen_of
from leydig.regimen.repeat import RepeatKind
from leydig.simulation.arguments import dosing_days, one_man
from leydig.target import SBML, target_file
from leydig.ticks import days_of
from leydig.version import VERSION

__all__ = ["sbml", "write_sbml"]

LOG = logger(__name__)


def _kinetics(x: dict[str, Any]) -> dict[str, Any]:
    """Return derivatives of all compartments and all levels from the drugs and the amounts; traced."""
    levels, moved = {}, {}
    for drug in x["drugs"].values():
        for level, chain in drug.chains().items():
            out = [rate * amount for rate, amount in zip(chain.rates, x["amount"][level], strict=True)]
            moved[level] = [-out[0], *map(operator.sub, out, out[1:])]
            levels[level] = chain.scale * x["amount"][level][-1]
    return {"amount": moved, "level": levels}


def _rate(x: dict[str, Any]) -> dict[str, Any]:
    """Return the derivative of the state and what a laboratory reads, by the one text of the equations; traced."""
    count = len(x["level"])
    chains = tuple(x["level"]), (1,) * count, (jnp.ones(()),) * count  # every level as one compartment that shows it
    system = System(x["body"], x["body"].frame(x["bmi"]), x["drugs"], *chains)
    given = tuple(x["given"][name][kind] for name in x["drugs"] for kind in ("rate", "pulse", "interval"))
    action = system.action(tuple(x["level"].values()), given)
    at = Reading(x["body"], x["state"], system.body.signals(x["state"], action, system.frame), action)
    read = {name: jnp.asarray(analyte.read(at)) for name, analyte in ANALYTES.items()}
    return {"state": jax.tree.map(jnp.asarray, system.body.rate(x["state"], action, system.frame)), "measured": read}


def _amounts(drugs: Mapping[str, Drug]) -> dict[str, list[float]]:
    """Return the empty compartments of every level's chain."""
    return {level: [0.0] * len(chain.rates) for drug in drugs.values() for level, chain in drug.chains().items()}


def _rows(man: Man, drugs: Mapping[str, Drug]) -> dict[str, tuple[float, str, str]]:
    """Return value, unit text and meaning of everything that the equations read, by id."""
    rows = {"bmi": (float(man.bmi), "kg/m2", "body mass index")}
    for start, part in (("body", man.body), *((f"drugs.{name}", drug) for name, drug in drugs.items())):
        for path, one, value in parameters(part, start):
            rows[path.replace(".", "_")] = (float(value), one.unit, one.meaning)
    for name, value in zip(leaf_ids({"state": man.state}), jax.tree.leaves(man.state), strict=True):
        analyte = of_state(name)
        rows[name] = (float(value), *((analyte.unit, analyte.title) if analyte else ("1", name.replace("_", " "))))
    for name, drug in drugs.items():
        for kind, value, unit in (("rate", 0.0, f"{drug.unit}/d"), ("pulse", 0.0, drug.unit), ("interval", 1.0, "d")):
            rows[f"given_{name}_{kind}"] = (value, unit, f"{kind} of {drug.title} given")
        for place in leaf_ids({"amount": _amounts({name: drug})}):
            rows[place] = (0.0, drug.unit, place.replace("_", " "))
    return rows


def _compartments(event: DoseEvent) -> dict[str, float]:
    """Return what a dose adds to compartments, by id."""
    parts = DRUGS[event.drug].parts().items()
    return {f"amount_{level}_0": event.amount * float(share) for part, share in parts
            for level in _amounts(drugs_of([part]))}  # fmt: skip


def _dose_series(plan: Regimen, days: float) -> list[DoseEvent]:
    """Return what is given at once as series of doses that come evenly."""
    single = [dose for dose in plan.doses
              if not dose.is_pulsatile and dose.repeat.kind != RepeatKind.CONTINUOUS]  # fmt: skip
    return regimen_events(tuple(single), days)


def _changes(plan: Regimen, days: float) -> dict[float, dict[str, float]]:
    """Return by day what single doses add to compartments and what infusions and pulses are set to, by id.

    The first dose of a series that begins on day 0 is among them, as it is in the body at the start.
    """
    schedule = plan.schedule(days)
    found: dict[float, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for event in _dose_series(plan, days):
        if event.tick == 0 or not event.additional:
            for name, amount in _compartments(event).items():
                found[float(days_of(event.tick))][name] += amount
    for name in sorted({*schedule.infusions, *schedule.pulses}):
        rates, pulses = schedule.infusions.get(name, []), schedule.pulses.get(name, [])
        for tick in sorted({edge for span in (*rates, *pulses) for edge in span[:2]}):
            rate = sum(float(span[2]) for span in rates if span[0] <= tick < span[1])
            pulse, interval = next((span[2:4] for span in pulses if span[0] <= tick < span[1]), (0.0, 1.0))
            for kind, value in (("rate", rate), ("pulse", pulse), ("interval", interval)):
                found[float(days_of(tick))][f"given_{name}_{kind}"] = float(value)
    return found


def _drugs_at_levels(held: Mapping[str, float], dosed: Collection[str]) -> dict[str, Drug]:
    """Return the drugs that have these levels."""
    known = {level: drug for drug in DRUGS.values() if isinstance(drug, Drug) for level in drug.chains()}
    for level in held:
        if level not in known:
            raise UnknownName.among("drug level", level, known)
        if known[level].name in dosed:
            raise BadRegimen(
                f"got {known[level].title} as doses and as a level; expected one of the two. Leave one out."
            )
    return {known[level].name: known[level] for level in held}


def _write(
    document: Document, man: Man, dosed: dict[str, Drug], held: dict[str, float], plan: Regimen, days: float
) -> None:
    """Write every quantity, rule and event."""
    changes, series = _changes(plan, days), _dose_series(plan, days)
    drugs = dict(sorted((dosed | (fixed := _drugs_at_levels(held, dosed))).items()))
    rows, printer = _rows(man, drugs), FormulaPrinter(document)
    known = {name: FormulaValue(name, sbml_unit(unit)) for name, (_, unit, _) in rows.items() if document.unit(unit)}
    flows = printer.formulas(_kinetics, {"drugs": dosed, "amount": _amounts(dosed)}, known)
    still = FormulaPrinter(document).formulas(_kinetics, {"drugs": fixed, "amount": _amounts(fixed)}, known)
    levels = {name: FormulaValue(name, value.unit) for name, value in (flows | still).items() if name not in rows}
    given = {name: {"rate": 0.0, "pulse": 0.0, "interval": 1.0} for name in drugs}
    x = {"bmi": man.bmi, "body": man.body, "drugs": drugs, "given": given, "state": man.state}
    rates = printer.formulas(_rate, x | {"level": dict.fromkeys(levels, 0.0)}, known | levels)
    rates |= {name: value for name, value in flows.items() if name in rows}
    rules = {name: flows[name] for name in levels if name in flows}
    rules |= {name: FormulaValue(text, unit) for text, (name, unit, _) in printer.rules.items()}
    rules |= {name: rates.pop(name) for name in [*rates] if name.startswith("measured_")}
    read = set(re.findall(r"[a-z]\w*", " ".join(value.text for value in (rates | rules).values())))
    wanted = {name for name in rows if name in read | rates.keys() or name.startswith("body")}
    starts, varied = changes.pop(0.0, {}), rates.keys() | {name for one in changes.values() for name in one}
    for name, (value, unit, meaning) in ((name, rows[name]) for name in rows if name in wanted):
        document.quantity(name, meaning, unit, starts.get(name, value), name not in varied)
    for name in (name for name in levels if name not in rules):
        document.quantity(name, f"{name} level", levels[name].unit, held.get(name, 0.0), True)
    ids, moving = wanted | levels.keys() | rules.keys(), set(varied)
    for name, (text, derived, _) in rules.items():
        moving |= {name} if moving & set(re.findall(r"[a-z]\w*", text)) else set()
        document.quantity(name, name.replace("_", " "), derived, None, name not in moving)
        document.rule("AssignmentRule" if name in moving else "InitialAssignment", name, text, ids, rules)
    for name, (text, _, _) in rates.items():
        document.rule("RateRule", name, text, ids, rules)
    for day, one in sorted(changes.items()):
        texts = {name: document.number(value, rows[name][1]) for name, value in one.items() if name in wanted}
        document.event(day, {name: f"{name} + {text}" if name in rates else text for name, text in texts.items()})
    for event in (one for one in series if one.additional):
        over = int(event.tick == 0)  # the dose of day 0 is in the body at the start
        first = float(days_of(event.tick)) + over * event.interval
        texts = {name: document.number(value, rows[name][1]) for name, value in _compartments(event).items()}
        document.series(first, event.interval, event.additional + 1 - over,
                        {name: f"{name} + {text}" for name, text in texts.items() if name in rates})  # fmt: skip


def sbml(
    man: Man, regimen: Regimen | str = "", *, levels: Mapping[str, float] | None = None, days: float | None = None
) -> str:
    """Return one man's model, starting from his resting state, as SBML Level 3 Version 2 text.

    Parameters
    ----------
    man : Man
    regimen : Regimen or str, optional
        What is dosed; nothing when left out.
    levels : mapping of str to float, optional
        Levels held constant, by the names of `Drug.chains` and in their units; other levels of such a drug are 0.
    days : float, optional
        Length [d] over which the regimen is written as events; up to its end when left out.

    Raises
    ------
    MissingExtra, NotSolved
        When libsbml is not installed, or the equations use an operation that has no SBML form here.
    OutOfRange, UnknownName, BadRegimen
        For many men, an impossible number, an unknown level, no days for a regimen without an end, or a drug that is
        both dosed and held.
    """
    man = one_man(man)
    plan = regimen_of(regimen)
    days = dosing_days(plan, days)
    held = {name: plain_number(value, f"level {name}", NOT_NEGATIVE) for name, value in (levels or {}).items()}
    document = Document()
    _write(document, man, drugs_of(list(plan.drugs)), held, plan, days)
    lines = (f"Leydig {VERSION}: the hormone axis of one man of {man.age:g} years; time in days.",
             f"Given for {days:g} days: {plan}. Held constant: {', '.join(held) or 'nothing'}.", *plan.notes,
             "For professionals and research: this simulates, it prescribes nothing.")  # fmt: skip
    with_attributes(
        document.model, Notes="".join(f"<p xmlns='http://www.w3.org/1999/xhtml'>{escape(line)}</p>" for line in lines)
    )
    return str(document.libsbml.writeSBMLToString(document.document))


def write_sbml(man: Man, path: str | Path, regimen: Regimen | str = "", **settings: Any) -> Path:
    """Write one man's model to a file ending in .xml or .sbml; other parameters and errors as `sbml`."""
    target = target_file(path, SBML)
    target.write_text(sbml(man, regimen, **settings), encoding="utf-8")
    LOG.info("wrote %s", target)
    return target
