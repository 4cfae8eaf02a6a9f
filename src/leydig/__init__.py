"""Leydig: the male reproductive hormone axis and the fertility protocols that act on it."""

import jax

jax.config.update("jax_enable_x64", True)

from leydig.analytes import ANALYTES as analytes
from leydig.care import Assessment, Finding, Protocol, assess, protocol
from leydig.drugs import DRUGS as drugs
from leydig.errors import (
    BadProtocol,
    BadRecord,
    BadRegimen,
    BadSource,
    BadStudy,
    BadTrial,
    LeydigError,
    LeydigWarning,
    NotSolved,
    OutOfRange,
    UnknownName,
    WrongUnit,
)
from leydig.man import Man, Record, Result, Treatment, population, read_record
from leydig.regimen import Dose, Regimen, Repeat
from leydig.simulation import Course, Level, Series, simulate
from leydig.simulation.cite import cite
from leydig.simulation.explain import explain
from leydig.simulation.gradient import Gradient, gradient
from leydig.simulation.minutes import MinuteSeries
from leydig.simulation.pulses import PulseReport, pulses
from leydig.simulation.store import Stored, store

__version__ = "0.1.0"
__all__ = [
    "Assessment",
    "BadProtocol",
    "BadRecord",
    "BadRegimen",
    "BadSource",
    "BadStudy",
    "BadTrial",
    "Course",
    "Dose",
    "Finding",
    "Gradient",
    "Level",
    "LeydigError",
    "LeydigWarning",
    "Man",
    "MinuteSeries",
    "NotSolved",
    "OutOfRange",
    "Protocol",
    "PulseReport",
    "Record",
    "Regimen",
    "Repeat",
    "Result",
    "Series",
    "Stored",
    "Treatment",
    "UnknownName",
    "WrongUnit",
    "analytes",
    "assess",
    "cite",
    "drugs",
    "explain",
    "gradient",
    "population",
    "protocol",
    "pulses",
    "read_record",
    "simulate",
    "store",
]
