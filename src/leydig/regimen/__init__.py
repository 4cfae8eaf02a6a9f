"""The regimen: what is given and when, as immutable objects and as one readable text."""

from leydig.regimen.dose import Dose, Repeat
from leydig.regimen.regimen import Regimen
from leydig.regimen.schedule import Schedule
from leydig.regimen.steady import SteadyRegimen

__all__ = ["Dose", "Regimen", "Repeat", "Schedule", "SteadyRegimen"]
