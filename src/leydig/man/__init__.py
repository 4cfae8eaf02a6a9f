"""The man: who he is, and what is expected of what was not measured."""

from leydig.man.man import Man
from leydig.man.population import population
from leydig.record.record import Override, Record, Result, Treatment
from leydig.record.files import read_record

__all__ = ["Man", "Override", "Record", "Result", "Treatment", "population", "read_record"]
