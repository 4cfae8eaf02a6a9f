"""One man's model as SBML Level 3 Version 2, for other simulators and for archives.

The equations are the traced right-hand side of `leydig.simulation.system`, printed as MathML: what is used
once is nested; what is shared is a rule named after its line, or an initial assignment where it never
changes. A drug is held at constant levels or dosed; dosed, its chains are compartments, with dose events::

    dA1/dt = −λ1·A1        dAi/dt = λ(i−1)·A(i−1) − λi·Ai        level = scale·An

Time is in days. Every quantity is a parameter with its unit; ``measured_`` ones are what a laboratory reads.
"""

import linecache
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.extend.core as jex
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, Reading
from leydig.checks import NOT_NEGATIVE, plain_number
from leydig.drugs import DRUGS, Drug
from leydig.errors import BadRegimen, NotSolved, UnknownName, WrongUnit
from leydig.extras import extra
from leydig.interfaces.files import target_file
from leydig.man import Man
from leydig.parameter import parameters
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.simulation.arguments import days_written, one_man
from leydig.simulation.system import System, drugs_of
from leydig.ticks import days_of
from leydig.units import DAYS_PER_MONTH, DAYS_PER_YEAR, ESTRADIOL_MOLAR_MASS, HOURS_PER_DAY, TESTOSTERONE_MOLAR_MASS

__all__ = ["sbml", "write_sbml"]

_Unit = Float[np.ndarray, " kind"]
_ALIKE = {"add": "({} + {})", "sub": "({} - {})", "max": "max({}, {})", "min": "min({}, {})", "neg": "(-{})"}
_FORMS = _ALIKE | {"mul": "({} * {})", "div": "({} / {})", "pow": "({} ^ {})", "sqrt": "sqrt({})",
                   "exp": "exp({})", "log": "ln({})"}  # fmt: skip
_SAME = ("reshape", "broadcast_in_dim", "squeeze", "convert_element_type", "copy", "stop_gradient")
_NESTED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "custom_jvp_call": "call_jaxpr"}
_FOLDS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}
_CONVERSIONS = {HOURS_PER_DAY: "h/d", HOURS_PER_DAY * float(np.log(2.0)): "h/d", 1e3: "pmol/nmol", 1e6: "pmol/umol",
                ESTRADIOL_MOLAR_MASS: "g/mol", 1e6 / TESTOSTERONE_MOLAR_MASS: "nmol/mg"}  # fmt: skip
_KINDS = ("gram", "mole", "item", "metre", "litre", "second")
_ONE = np.zeros(1 + len(_KINDS))  # the unit of a pure number
_SYMBOLS = {"": ("", 1.0), "mol": ("mole", 1.0), "umol": ("mole", 1e-6), "nmol": ("mole", 1e-9),
            "pmol": ("mole", 1e-12), "kg": ("gram", 1e3), "g": ("gram", 1.0), "mg": ("gram", 1e-3),
            "ug": ("gram", 1e-6), "ng": ("gram", 1e-9), "L": ("litre", 1.0), "mL": ("litre", 1e-3), "m": ("metre", 1.0),
            "cm": ("metre", 1e-2), "d": ("second", 86400.0), "h": ("second", 3600.0),
            "month": ("second", 86400.0 * DAYS_PER_MONTH),
            "year": ("second", 86400.0 * DAYS_PER_YEAR), "IU": ("item", 1.0), "million": ("item", 1e6)}  # fmt: skip
_MEASURED = {"bone": "spine_bmd"}  # states whose analyte has another name
_CHEBI = {"testosterone": {"chebi": "17347"}, "estradiol": {"chebi": "16469"}}
_WHERE = {"chebi": "https://identifiers.org/CHEBI:{}", "loinc": "https://loinc.org/{}",
          "taxonomy": "https://identifiers.org/taxonomy:{}", "atc": "https://identifiers.org/atc:{}",
          "rxnorm": "http://purl.bioontology.org/ontology/RXNORM/{}", "snomed": "http://snomed.info/id/{}"}  # fmt: skip


def _unit(text: str) -> _Unit:
    """Return a unit as the logarithm of its factor and the powers of `_KINDS`, so that units multiply by sums."""
    unit = _ONE.copy()
    for place, part in enumerate(text.removeprefix("1").split("/")):
        symbol = part.rstrip("0123456789")
        if symbol not in _SYMBOLS:
            raise WrongUnit(f"got unit {text!r}; expected a part of {', '.join(_SYMBOLS)}. Add its SBML form here.")
        power = float(part.removeprefix(symbol) or 1.0) * (-1.0 if place else 1.0)
        unit += power * np.array([np.log(_SYMBOLS[symbol][1]), *(kind == _SYMBOLS[symbol][0] for kind in _KINDS)])
    return unit


class _Value(NamedTuple):
    """A formula and its unit, or a plain number."""

    text: str = ""
    unit: _Unit = _ONE
    number: float | None = None


def _set(element: Any, **values: Any) -> Any:
    """Set attributes of an SBML element and return it."""
    for name, value in values.items():
        if getattr(element, f"set{name}")(value) != 0:
            raise NotSolved(f"libSBML refuses {name} {value!r}. Correct leydig.interfaces.sbml.")
    return element


class _Document:
    """The SBML document while it is written."""

    def __init__(self) -> None:
        with extra("sbml"):
            import libsbml
        self.libsbml: Any = libsbml
        self.document = self.libsbml.SBMLDocument(3, 2)
        self.model = _set(self.document.createModel("leydig"), MetaId="meta_leydig", Name="Leydig", SBOTerm=293)
        self.units: list[tuple[_Unit, str]] = [(_ONE, "dimensionless")]
        _set(self.model, TimeUnits=[self.unit(text) for text in ("ug/L", *_CONVERSIONS.values(), "d")][-1])
        self.annotate(self.model, "HAS_TAXON", {"taxonomy": "9606"})

    def unit(self, unit: _Unit | str) -> str:
        """Return the id of a unit, defined when first asked for."""
        known = _unit(unit) if isinstance(unit, str) else unit
        for other, name in self.units:
            if np.allclose(other, known, rtol=0.0, atol=1e-9):
                return name
        text = unit if isinstance(unit, str) else f"unit_{len(self.units)}"
        name, size = re.sub(r"^1_", "", text.replace("/", "_per_")), float(np.exp(known[0]))
        definition = _set(self.model.createUnitDefinition(), Id=name, Name=text)
        powers = {kind: float(power) for kind, power in zip(_KINDS, known[1:], strict=True) if power}
        for kind, power in (powers or {"dimensionless": 1.0}).items():
            code, size = self.libsbml.UnitKind_forName(kind), float(f"{size ** (1.0 / power):.12g}")
            _set(definition.createUnit(), Kind=code, Exponent=power, Scale=0, Multiplier=size)
            size = 1.0
        self.units.append((known, name))
        return name

    def quantity(self, name: str, title: str, unit: _Unit | str, value: float | None, constant: bool) -> None:
        """Write one number of the model and what it is in public vocabularies."""
        made = _set(self.model.createParameter(), Id=name, MetaId=f"meta_{name}", Name=title, Units=self.unit(unit))
        _set(made, Constant=constant, **({} if value is None else {"Value": value}))
        loinc = ANALYTES[name.removeprefix("measured_")].loinc if name.startswith("measured_") else ""
        self.annotate(made, "HAS_PROPERTY", {"loinc": loinc} if loinc else {})
        self.annotate(made, "IS", DRUGS[name].codes if name in DRUGS else _CHEBI.get(name, {}))

    def annotate(self, element: Any, qualifier: str, codes: Mapping[str, str]) -> None:
        """Write what an element is, or has, in public vocabularies."""
        for system, code in codes.items():
            term = self.libsbml.CVTerm(self.libsbml.BIOLOGICAL_QUALIFIER)
            term.setBiologicalQualifierType(getattr(self.libsbml, f"BQB_{qualifier}"))
            term.addResource(_WHERE[system].format(code))
            element.addCVTerm(term)

    def number(self, value: float, unit: _Unit | str) -> str:
        text = f"{value!r} {self.unit(unit)}".replace(".0 ", " ")
        return f"({text})" if value < 0.0 else text

    def math(self, owner: Any, formula: str, **settings: Any) -> None:
        if (math := self.libsbml.parseL3Formula(formula)) is None:
            raise NotSolved(f"libSBML cannot read the formula {formula!r}. Correct leydig.interfaces.sbml.")
        _set(owner, Math=math, **settings)

    def rule(self, kind: str, name: str, formula: str, ids: Collection[str], shared: Collection[str]) -> None:
        """Write a rule; one that reads a shared quantity twice calls a function, since some readers inline."""
        words = Counter(word for word in re.findall(r"[a-z]\w*", formula) if word in ids)
        if any(words[word] > 1 for word in shared):
            arguments, function = ", ".join(words), self.model.createFunctionDefinition()
            self.math(function, f"lambda({arguments}, {formula})", Id=f"{name}_formula")
            formula = f"{name}_formula({arguments})"
        target = {"Symbol" if kind == "InitialAssignment" else "Variable": name}
        self.math(getattr(self.model, f"create{kind}")(), formula, **target)

    def event(self, day: float, formulas: Mapping[str, str]) -> None:
        """Write what changes on one day."""
        event = _set(self.model.createEvent(), Id=f"event_{self.model.getNumEvents()}", UseValuesFromTriggerTime=True)
        self.math(_set(event.createTrigger(), Persistent=True, InitialValue=True), f"time >= {self.number(day, 'd')}")
        for variable, formula in formulas.items():
            self.math(event.createEventAssignment(), formula, Variable=variable)


class _Printer:
    """Prints traced scalar operations as formulas; longer ones used more than once become rules."""

    def __init__(self, document: _Document) -> None:
        self.document, self.counts = document, Counter[str]()
        self.rules: dict[str, _Value] = {}  # id and unit by formula

    def trace(self, function: Callable[[Any], Any], inputs: Any, known: Mapping[str, _Value]) -> dict[str, _Value]:
        """Return what a function gives for these inputs, by id."""
        trace, shape = jax.make_jaxpr(function, return_shape=True)(inputs)
        found = self.walk(trace.jaxpr, trace.consts, [known[name] for name in _ids(inputs)])
        return dict(zip(_ids(shape), found, strict=True))

    def walk(self, jaxpr: Any, constants: list[Any], arguments: list[_Value]) -> list[_Value]:
        """Print the operations of one (possibly nested) trace and return its results."""
        known = {id(var): value for var, value in zip(jaxpr.invars, arguments, strict=True)}
        known |= {id(var): _Value(number=float(one)) for var, one in zip(jaxpr.constvars, constants, strict=True)}
        uses = Counter(id(atom) for one in jaxpr.eqns for atom in one.invars * (1 + (one.primitive.name in _NESTED)))

        def read(atom: Any) -> _Value:
            return _Value(number=float(atom.val)) if isinstance(atom, jex.Literal) else known[id(atom)]

        for equation in jaxpr.eqns:
            results = self.operation(equation, [read(atom) for atom in equation.invars])
            for var, value in zip(equation.outvars, results, strict=True):
                if uses[id(var)] > 1 and value.number is None and value.text.count("(") > 2:
                    if value.text not in self.rules:
                        self.counts[origin := _origin(equation)] += 1
                        name = f"{origin}_{self.counts[origin]}"
                        self.rules[value.text] = _Value(name.removesuffix("_1"), value.unit)
                    value = self.rules[value.text]
                known[id(var)] = value
        return [read(atom) for atom in jaxpr.outvars]

    def operation(self, equation: Any, values: list[_Value]) -> list[_Value]:
        """Print one operation, or what it comes to where plain numbers make it trivial."""
        if (name := equation.primitive.name) in _NESTED:
            inner = equation.params[_NESTED[name]]
            return self.walk(inner.jaxpr, list(inner.consts), values[-len(inner.jaxpr.invars) :])
        if name in ("integer_pow", "square"):
            name, values = "pow", [values[0], _Value(number=float(equation.params.get("y", 2)))]
        if name not in (*_FORMS, *_SAME) or any(var.aval.shape != () for var in equation.outvars):
            raise NotSolved(f"the operation {name!r} has no SBML form among {', '.join(_FORMS)}. Add it there.")
        first, last = values[0].number, values[-1].number
        if name in _FOLDS and first is not None and last is not None:
            return [_Value(number=float(_FOLDS[name](first, last)))]
        if (name in ("mul", "div") and first == 0.0) or (name == "mul" and last == 0.0):
            return [_Value(number=0.0)]
        if (name == "add" and first == 0.0) or (name == "mul" and first == 1.0):
            return values[1:]
        if name in _SAME or (name in ("add", "sub") and last == 0.0) or (name in ("mul", "div") and last == 1.0):
            return values[:1]
        return [self.formula(name, values)]

    def formula(self, name: str, values: list[_Value]) -> _Value:
        """Return an operation as text; plain numbers in it get their units from where they stand."""
        alike = next((value.unit for value in values if value.number is None), _ONE)
        sign, power = {"mul": 1.0, "div": -1.0}.get(name), {"sqrt": 0.5, "pow": values[-1].number}.get(name)
        placed = []
        for text, unit, number in values:
            near = [text for one, text in _CONVERSIONS.items() if number is not None and np.isclose(one, number, 1e-12)]
            own = alike if name in _ALIKE else _unit(near[0]) if near and sign else _ONE
            placed += [(text, unit) if number is None else (self.document.number(number, own), own)]
        (_, first), (_, last) = placed[0], placed[-1]
        unit = alike if name in _ALIKE else first + sign * last if sign else first * (power or 0.0)
        return _Value(_FORMS[name].format(*(text for text, _ in placed)), unit)


def _origin(equation: Any) -> str:
    """Return where in the model an operation stands, as an id: its class and the name it gives a value to."""
    for frame in getattr(equation.source_info.traceback, "frames", ()):
        if frame.file_name.startswith(str(Path(__file__).parents[1])):
            owner, _, function = re.sub(r"\W*<.*", "", frame.function_name).rpartition(".")
            line = re.match(r"\s*([a-zA-Z_]\w*) ?= ?\S", linecache.getline(frame.file_name, frame.line_num))
            return re.sub(r"_+", "_", f"{owner}_{line[1] if line else function}").strip("_").lower()
    return "shared"


def _ids(tree: Any) -> list[str]:
    """Return the id of every leaf: its path with ``_``, states and levels by their own names."""
    paths = (jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0])
    return [re.sub(r"^(state|level)_", "", re.sub(r"\W+", "_", path).strip("_")) for path in paths]


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
    for name, value in zip(_ids({"state": man.state}), jax.tree.leaves(man.state), strict=True):
        analyte = ANALYTES.get(_MEASURED.get(name, name))
        rows[name] = (float(value), *((analyte.unit, analyte.title) if analyte else ("1", name.replace("_", " "))))
    for name, drug in drugs.items():
        for kind, value, unit in (("rate", 0.0, f"{drug.unit}/d"), ("pulse", 0.0, drug.unit), ("interval", 1.0, "d")):
            rows[f"given_{name}_{kind}"] = (value, unit, f"{kind} of {drug.title} given")
        for place in _ids({"amount": _amounts({name: drug})}):
            rows[place] = (0.0, drug.unit, place.replace("_", " "))
    return rows


def _changes(plan: Regimen, days: float) -> dict[float, dict[str, float]]:
    """Return by day what doses add to compartments and what infusions and pulses are set to, by id."""
    schedule = plan.schedule(days)
    found: dict[float, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name, (ticks, amounts) in schedule.doses.items():
        entry = DRUGS[name]
        for part, share in entry.parts().items():
            for level in _amounts(drugs_of([part])):
                for tick, amount in zip(ticks, amounts, strict=True):
                    found[float(days_of(tick))][f"amount_{level}_0"] += float(amount) * float(share)
    for name in sorted({*schedule.infusions, *schedule.pulses}):
        rates, pulses = schedule.infusions.get(name, []), schedule.pulses.get(name, [])
        for tick in sorted({edge for span in (*rates, *pulses) for edge in span[:2]}):
            rate = sum(float(span[2]) for span in rates if span[0] <= tick < span[1])
            pulse, interval = next((span[2:4] for span in pulses if span[0] <= tick < span[1]), (0.0, 1.0))
            for kind, value in (("rate", rate), ("pulse", pulse), ("interval", interval)):
                found[float(days_of(tick))][f"given_{name}_{kind}"] = float(value)
    return found


def _held_drugs(held: Mapping[str, float], dosed: Collection[str]) -> dict[str, Drug]:
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


def _written(document: _Document, man: Man, dosed: dict[str, Drug], held: dict[str, float], changes: Any) -> None:
    """Write every quantity, rule and event."""
    drugs = dict(sorted((dosed | (fixed := _held_drugs(held, dosed))).items()))
    rows, printer = _rows(man, drugs), _Printer(document)
    known = {name: _Value(name, _unit(unit)) for name, (_, unit, _) in rows.items() if document.unit(unit)}
    flows = printer.trace(_kinetics, {"drugs": dosed, "amount": _amounts(dosed)}, known)
    still = _Printer(document).trace(_kinetics, {"drugs": fixed, "amount": _amounts(fixed)}, known)
    levels = {name: _Value(name, value.unit) for name, value in (flows | still).items() if name not in rows}
    given = {name: {"rate": 0.0, "pulse": 0.0, "interval": 1.0} for name in drugs}
    x = {"bmi": man.bmi, "body": man.body, "drugs": drugs, "given": given, "state": man.state}
    rates = printer.trace(_rate, x | {"level": dict.fromkeys(levels, 0.0)}, known | levels)
    rates |= {name: value for name, value in flows.items() if name in rows}
    rules = {name: flows[name] for name in levels if name in flows}
    rules |= {name: _Value(text, unit) for text, (name, unit, _) in printer.rules.items()}
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
    from leydig import __version__

    plan = regimen_of(regimen)
    days = days_written(plan, days)
    held = {name: plain_number(value, f"level {name}", NOT_NEGATIVE) for name, value in (levels or {}).items()}
    document = _Document()
    _written(document, man, drugs_of(list(plan.drugs)), held, _changes(plan, days))
    lines = (f"Leydig {__version__}: the hormone axis of one man of {man.age:g} years; time in days.",
             f"Given for {days:g} days: {plan}. Held constant: {', '.join(held) or 'nothing'}.", *plan.notes,
             "For professionals and research: this simulates, it prescribes nothing.")  # fmt: skip
    _set(document.model, Notes="".join(f"<p xmlns='http://www.w3.org/1999/xhtml'>{escape(line)}</p>" for line in lines))
    return str(document.libsbml.writeSBMLToString(document.document))


def write_sbml(man: Man, path: str | Path, regimen: Regimen | str = "", **settings: Any) -> Path:
    """Write one man's model to a file ending in .xml or .sbml; other parameters and errors as `sbml`."""
    target = target_file(path, (".xml", ".sbml"))
    target.write_text(sbml(man, regimen, **settings), encoding="utf-8")
    return target
