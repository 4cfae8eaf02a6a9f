"""The one door to files that are written: endings, folders, permissions and libraries are looked at before any work."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from leydig.errors import OutOfRange
from leydig.extras import require

__all__ = ["COURSE", "FIGURE", "LAB", "PAGE", "SBML", "TABLE", "Endings", "figure_folder", "path_with_ending",
           "target_file", "target_folder"]  # fmt: skip

Endings = Mapping[str, tuple[str, ...]]  # by ending, the extra that writes such a file and its libraries; () for none
FIGURE: Endings = {".png": ("plots", "matplotlib")}
TABLE: Endings = {".csv": (), ".parquet": ("tables", "pyarrow")}
COURSE: Endings = {**TABLE, **FIGURE, ".html": ("plots", "plotly")}
PAGE: Endings = {".html": ("reports", "jinja2", "matplotlib"), ".pdf": ("reports", "reportlab", "matplotlib")}
LAB: Endings = {".html": ()}
SBML: Endings = {".xml": ("sbml", "libsbml"), ".sbml": ("sbml", "libsbml")}


def target_file(path: str | Path, endings: Endings, make: bool = False) -> Path:
    """Return a path to which a file can be written.

    Parameters
    ----------
    path : str or Path
    endings : mapping of str to tuple of str
        Endings that are written, such as ``.csv``, each with the extra that it needs and the libraries of it.
    make : bool, optional
        Whether a folder that does not exist is made.

    Raises
    ------
    OutOfRange
        When the ending is another one, or the folder is not there or cannot be written to.
    MissingExtra
        When a library that writes such a file is not installed.
    """
    target = path_with_ending(path, endings)
    if endings[target.suffix]:
        require(*endings[target.suffix])
    if target.is_dir():
        raise OutOfRange(f"got {str(target)!r}, which is a folder; expected a file. Name a file inside it.")
    target_folder(target.parent, make)
    if target.exists() and not os.access(target, os.W_OK):
        raise OutOfRange(f"got {str(target)!r}, which must not be changed; expected a file that may. Name another one.")
    return target


def path_with_ending(path: str | Path, endings: Collection[str]) -> Path:
    """Return a path that ends as it should, whether it is read or written; raises as `target_file`."""
    first = next(iter(endings))
    if not isinstance(path, str | Path):
        raise OutOfRange(f"got path {path!r}; expected a text or a Path. Write 'name{first}'.")
    found = Path(path)
    if found.suffix not in endings:
        name, listed = f"{found.stem or 'name'}{first}", " or ".join(endings)
        raise OutOfRange(f"got a file ending in {found.suffix!r}; expected {listed}. Name it {name}.")
    return found


def figure_folder(path: str | Path) -> Path:
    """Return a folder to which figures can be written, made where it is not there; raises as `target_file`."""
    require(*FIGURE[".png"])
    return target_folder(path)


def target_folder(path: str | Path, make: bool = True) -> Path:
    """Return a folder to which files can be written, and make it where that is allowed; raises as `target_file`."""
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise OutOfRange(f"got {str(folder)!r}, which is a file; expected a folder. Name another one.")
    if not folder.exists() and not make:
        raise OutOfRange(f"got {str(folder)!r}, which does not exist; expected a folder. Make it: mkdir -p {folder}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        allowed = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        allowed = False
    if not allowed:
        raise OutOfRange(
            f"got {str(folder)!r}, where nothing may be written; expected another folder. Name one of yours."
        )
    return folder
