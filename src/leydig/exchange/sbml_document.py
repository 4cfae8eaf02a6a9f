"""An SBML Level 3 Version 2 document while it is written: its quantities, rules, events and annotations."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.errors import NotSolved
from leydig.exchange.sbml_units import CONVERSIONS, PURE, UNIT_KINDS, Unit, sbml_unit
from leydig.extras import extra

__all__ = ["SBO_EVENT", "SBO_EXPRESSION", "SBO_PARAMETER", "Document", "with_attributes"]

SBO_PARAMETER = 2  # Systems Biology Ontology: quantitative systems description parameter
SBO_EXPRESSION = 64  # mathematical expression
SBO_EVENT = 231  # occurring entity representation

_WHERE = {"chebi": "https://identifiers.org/CHEBI:{}", "loinc": "https://loinc.org/{}",
          "taxonomy": "https://identifiers.org/taxonomy:{}", "atc": "https://identifiers.org/atc:{}",
          "rxnorm": "http://purl.bioontology.org/ontology/RXNORM/{}", "snomed": "http://snomed.info/id/{}"}  # fmt: skip


def with_attributes(element: Any, **values: Any) -> Any:
    """Set attributes of an SBML element and return it."""
    for name, value in values.items():
        if getattr(element, f"set{name}")(value) != 0:
            raise NotSolved(f"libSBML refuses {name} {value!r}. Correct leydig.exchange.sbml_document.")
    return element


class Document:
    """The SBML document while it is written."""

    def __init__(self) -> None:
        with extra("sbml"):
            import libsbml
        self.libsbml: Any = libsbml
        self.document = self.libsbml.SBMLDocument(3, 2)
        self.model = with_attributes(
            self.document.createModel("leydig"), MetaId="meta_leydig", Name="Leydig", SBOTerm=293
        )
        self.units: list[tuple[Unit, str]] = [(PURE, "dimensionless")]
        with_attributes(self.model, TimeUnits=[self.unit(text) for text in ("ug/L", *CONVERSIONS.values(), "d")][-1])
        self.annotate(self.model, "HAS_TAXON", {"taxonomy": "9606"})

    def unit(self, unit: Unit | str) -> str:
        """Return the id of a unit, defined when first asked for."""
        known = sbml_unit(unit) if isinstance(unit, str) else unit
        for other, name in self.units:
            if np.allclose(other, known, rtol=0.0, atol=1e-9):
                return name
        text = unit if isinstance(unit, str) else f"unit_{len(self.units)}"
        name, size = re.sub(r"^1_", "", text.replace("/", "_per_")), float(np.exp(known[0]))
        definition = with_attributes(self.model.createUnitDefinition(), Id=name, Name=text)
        powers = {kind: float(power) for kind, power in zip(UNIT_KINDS, known[1:], strict=True) if power}
        for kind, power in (powers or {"dimensionless": 1.0}).items():
            code, size = self.libsbml.UnitKind_forName(kind), float(f"{size ** (1.0 / power):.12g}")
            with_attributes(definition.createUnit(), Kind=code, Exponent=power, Scale=0, Multiplier=size)
            size = 1.0
        self.units.append((known, name))
        return name

    def quantity(self, name: str, title: str, unit: Unit | str, value: float | None, constant: bool) -> None:
        """Write one number of the model and what it is in public vocabularies."""
        made = with_attributes(
            self.model.createParameter(), Id=name, MetaId=f"meta_{name}", Name=title, Units=self.unit(unit),
            SBOTerm=SBO_PARAMETER,
        )  # fmt: skip
        with_attributes(made, Constant=constant, **({} if value is None else {"Value": value}))
        loinc = ANALYTES[name.removeprefix("measured_")].loinc if name.startswith("measured_") else ""
        self.annotate(made, "HAS_PROPERTY", {"loinc": loinc} if loinc else {})
        chebi = ANALYTES[name].chebi if name in ANALYTES else ""
        self.annotate(made, "IS", DRUGS[name].codes if name in DRUGS else {"chebi": chebi} if chebi else {})

    def annotate(self, element: Any, qualifier: str, codes: Mapping[str, str]) -> None:
        """Write what an element is, or has, in public vocabularies."""
        for system, code in codes.items():
            term = self.libsbml.CVTerm(self.libsbml.BIOLOGICAL_QUALIFIER)
            term.setBiologicalQualifierType(getattr(self.libsbml, f"BQB_{qualifier}"))
            term.addResource(_WHERE[system].format(code))
            element.addCVTerm(term)

    def number(self, value: float, unit: Unit | str) -> str:
        """Return a number with its unit, as a formula."""
        text = f"{value!r} {self.unit(unit)}".replace(".0 ", " ")
        return f"({text})" if value < 0.0 else text

    def math(self, owner: Any, formula: str, **settings: Any) -> None:
        """Write a formula as the MathML of an element, with the element's other attributes."""
        if (math := self.libsbml.parseL3Formula(formula)) is None:
            raise NotSolved(f"libSBML cannot read the formula {formula!r}. Correct leydig.exchange.sbml_document.")
        with_attributes(owner, Math=math, **settings)

    def rule(self, kind: str, name: str, formula: str, ids: Collection[str], subexpressions: Collection[str]) -> None:
        """Write a rule; one that reads a shared quantity twice calls a function, since some readers inline."""
        words = Counter(word for word in re.findall(r"[a-z]\w*", formula) if word in ids)
        if any(words[word] > 1 for word in subexpressions):
            arguments, function = ", ".join(words), self.model.createFunctionDefinition()
            self.math(function, f"lambda({arguments}, {formula})", Id=f"{name}_formula", SBOTerm=SBO_EXPRESSION)
            formula = f"{name}_formula({arguments})"
        target = {"Symbol" if kind == "InitialAssignment" else "Variable": name}
        self.math(getattr(self.model, f"create{kind}")(), formula, SBOTerm=SBO_EXPRESSION, **target)

    def event(self, day: float, formulas: Mapping[str, str]) -> None:
        """Write what changes on one day."""
        self._event(f"time >= {self.number(day, 'd')}", formulas)

    def series(self, first: float, interval: float, count: int, formulas: Mapping[str, str]) -> None:
        """Write what changes on a day and so many times in all, an interval [d] apart, as one event."""
        name = f"next_dose_{self.model.getNumEvents() + 1}"
        self.quantity(name, "day of the next dose of a series", "d", first, False)
        end = self.number(first + (count - 0.5) * interval, "d")  # amid the interval after the last: sums are rounded
        self._event(f"time >= {name} && {name} < {end}", {**formulas, name: f"{name} + {self.number(interval, 'd')}"})

    def _event(self, trigger: str, formulas: Mapping[str, str]) -> None:
        """Write an event; of several at one time each reads what those before it left, so that no dose is lost."""
        event = with_attributes(
            self.model.createEvent(), Id=f"event_{self.model.getNumEvents()}", UseValuesFromTriggerTime=False,
            SBOTerm=SBO_EVENT,
        )  # fmt: skip
        self.math(with_attributes(event.createTrigger(), Persistent=True, InitialValue=True), trigger)
        for variable, formula in formulas.items():
            self.math(event.createEventAssignment(), formula, Variable=variable, SBOTerm=SBO_EXPRESSION)
