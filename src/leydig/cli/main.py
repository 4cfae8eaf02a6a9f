"""The command line. Exit codes: 0 done, 2 bad input, 1 the solve failed."""

import atexit
import gc

from leydig.cli.app import app
from leydig.cli.commands import (
    catalogs,
    couples,
    evidence,
    fhir,
    model,
    population,
    protocol,
    schema,
    simulation,
    trial,
    units,
)
from leydig.cli.commands.service import jobs, page, serve
from leydig.cli.commands.twin import fit, fit_population, next_lab, optimize, surprise

__all__ = ["app", "main"]

_GROUPS = (
    simulation,
    catalogs,
    model,
    population,
    protocol,
    fit,
    fit_population,
    next_lab,
    optimize,
    surprise,
    trial,
    evidence,
    couples,
    fhir,
    schema,
    units,
    serve,
    jobs,
    page,
)
_COLLECT = (1_000_000, 10, 10)  # allocations between collections; the usual 700 cost a sixth of a short command


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*_COLLECT)
    atexit.register(gc.freeze)  # else the interpreter looks through all it loaded as it ends: a sixth of a simulation
    app()
