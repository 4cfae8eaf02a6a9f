"""Leydig: the male reproductive hormone axis and the fertility protocols that act on it.

Every public name is loaded when it is first used, so importing the package costs nothing and changes nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from leydig.version import VERSION

if TYPE_CHECKING:
    from leydig.analytes import ANALYTES as analytes
    from leydig.assessment.assess import assess
    from leydig.assessment.finding import Assessment, Finding
    from leydig.assessment.side_by_side import compare_protocols
    from leydig.course.course import Course
    from leydig.course.series import Level, Series
    from leydig.drugs import DRUGS as drugs
    from leydig.engine.slopes import Gradient, gradient
    from leydig.errors import (
        BadProtocol,
        BadRecord,
        BadRegimen,
        BadSource,
        BadStudy,
        BadTrial,
        LeydigError,
        LeydigWarning,
        MissingExtra,
        NotSolved,
        OutOfRange,
        UnknownName,
        WrongUnit,
    )
    from leydig.evidence.citations import cite
    from leydig.exchange.events.read import read_events
    from leydig.exchange.events.table import EventTable
    from leydig.exchange.events.write import write_events
    from leydig.exchange.fhir.read import read_fhir
    from leydig.exchange.fhir.report import FhirImport
    from leydig.exchange.fhir.write import write_fhir
    from leydig.inference.decision.optimize import Optimum, optimize
    from leydig.inference.decision.titration_rule import titration_rule
    from leydig.inference.fit import fit
    from leydig.inference.forecast import Forecast
    from leydig.inference.hierarchy.fit_population import PopulationFit, fit_population
    from leydig.inference.hierarchy.predictive_check import PredictiveCheck, predictive_check
    from leydig.inference.twin import Twin
    from leydig.man import Man
    from leydig.man.population import population
    from leydig.man.weight.series import BmiSeries
    from leydig.protocol.protocol import Protocol
    from leydig.protocol.reader import read_protocol
    from leydig.pulses.detect import PulseReport, detect_pulses
    from leydig.pulses.simulate import MinuteSeries, simulate_pulses
    from leydig.record import Record, Result, Treatment, read_record
    from leydig.regimen import Dose, Regimen, Repeat
    from leydig.reports.explain import explain
    from leydig.simulation.attribute import attribute
    from leydig.simulation.attribution import Attribution
    from leydig.simulation.simulate import simulate
    from leydig.simulation.store import Stored, store

__version__ = VERSION
__all__ = [
    "Assessment",
    "Attribution",
    "BadProtocol",
    "BadRecord",
    "BadRegimen",
    "BadSource",
    "BadStudy",
    "BadTrial",
    "BmiSeries",
    "Course",
    "Dose",
    "EventTable",
    "FhirImport",
    "Finding",
    "Forecast",
    "Gradient",
    "Level",
    "LeydigError",
    "LeydigWarning",
    "Man",
    "MinuteSeries",
    "MissingExtra",
    "NotSolved",
    "Optimum",
    "OutOfRange",
    "PopulationFit",
    "PredictiveCheck",
    "Protocol",
    "PulseReport",
    "Record",
    "Regimen",
    "Repeat",
    "Result",
    "Series",
    "Stored",
    "Treatment",
    "Twin",
    "UnknownName",
    "WrongUnit",
    "analytes",
    "assess",
    "attribute",
    "cite",
    "compare_protocols",
    "detect_pulses",
    "drugs",
    "explain",
    "fit",
    "fit_population",
    "gradient",
    "optimize",
    "population",
    "predictive_check",
    "read_events",
    "read_fhir",
    "read_protocol",
    "read_record",
    "simulate",
    "simulate_pulses",
    "store",
    "titration_rule",
    "write_events",
    "write_fhir",
]

_MODULES = {
    "leydig.assessment.assess": "assess",
    "leydig.assessment.finding": "Assessment Finding",
    "leydig.protocol.protocol": "Protocol",
    "leydig.protocol.reader": "read_protocol",
    "leydig.assessment.side_by_side": "compare_protocols",
    "leydig.errors": "BadProtocol BadRecord BadRegimen BadSource BadStudy BadTrial LeydigError LeydigWarning "
    "MissingExtra NotSolved OutOfRange UnknownName WrongUnit",
    "leydig.man": "Man",
    "leydig.man.weight.series": "BmiSeries",
    "leydig.record": "Record Result Treatment read_record",
    "leydig.man.population": "population",
    "leydig.regimen": "Dose Regimen Repeat",
    "leydig.course.course": "Course",
    "leydig.course.series": "Level Series",
    "leydig.evidence.citations": "cite",
    "leydig.exchange.events.read": "read_events",
    "leydig.exchange.events.write": "write_events",
    "leydig.exchange.events.table": "EventTable",
    "leydig.exchange.fhir.read": "read_fhir",
    "leydig.exchange.fhir.report": "FhirImport",
    "leydig.exchange.fhir.write": "write_fhir",
    "leydig.inference.decision.optimize": "Optimum optimize",
    "leydig.inference.decision.titration_rule": "titration_rule",
    "leydig.inference.fit": "fit",
    "leydig.inference.forecast": "Forecast",
    "leydig.inference.hierarchy.fit_population": "PopulationFit fit_population",
    "leydig.inference.hierarchy.predictive_check": "PredictiveCheck predictive_check",
    "leydig.inference.twin": "Twin",
    "leydig.reports.explain": "explain",
    "leydig.engine.slopes": "Gradient gradient",
    "leydig.pulses.simulate": "MinuteSeries simulate_pulses",
    "leydig.pulses.detect": "PulseReport detect_pulses",
    "leydig.simulation.attribute": "attribute",
    "leydig.simulation.attribution": "Attribution",
    "leydig.simulation.simulate": "simulate",
    "leydig.simulation.store": "Stored store",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}


if not TYPE_CHECKING:  # so that a type checker knows which names there are

    def __getattr__(name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULE_OF[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The package: two of its names are catalogues here, and folders of entries to the import system."""

    @property
    def analytes(self) -> Any:
        """The catalogue of analytes."""
        return import_module("leydig.analytes").ANALYTES

    @analytes.setter
    def analytes(self, folder: ModuleType) -> None:
        """Leave the name to the catalogue when the import system binds the folder to it."""

    @property
    def drugs(self) -> Any:
        """The catalogue of drugs."""
        return import_module("leydig.drugs").DRUGS

    @drugs.setter
    def drugs(self, folder: ModuleType) -> None:
        """Leave the name to the catalogue when the import system binds the folder to it."""


sys.modules[__name__].__class__ = _Package
