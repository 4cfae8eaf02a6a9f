"""PEtab: a fit problem of one man written for other tools, and measurement tables of others read as observations."""

from leydig.exchange.petab.read import read_petab
from leydig.exchange.petab.write import write_petab

__all__ = ["read_petab", "write_petab"]
