"""`petab_findings`: what PEtab's own linter says of a problem of version 2."""

import warnings
from pathlib import Path

from leydig.errors import BadRecord
from leydig.extras import extra
from leydig.json_file import file_path

__all__ = ["petab_findings"]


def petab_findings(problem: Path | str) -> tuple[str, ...]:
    """Return what the linter of PEtab finds wrong in a problem; nothing where it passes.

    Parameters
    ----------
    problem : Path or str
        Its YAML file.

    Raises
    ------
    MissingExtra
        When the library ``petab`` is not installed.
    BadRecord
        When there is no such file.
    """
    path = file_path(problem, BadRecord, "the YAML file of a PEtab problem")
    with extra("petab"):
        from petab.v2 import lint_problem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, by a linter that is older than it
        return tuple(str(one) for one in lint_problem(path))
