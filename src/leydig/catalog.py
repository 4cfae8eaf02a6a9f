"""A folder is a catalogue: one file, one entry, found by its file name.

An entry file holds one instance named ``entry``. There is no registry and no index: the folder is
read, so adding an entry touches one file. A folder elsewhere joins when it is appended to the
package's ``__path__``, the list of folders that Python itself searches.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Generic, TypeVar

from leydig.cards import card
from leydig.entry_file import as_paths, entry_key
from leydig.errors import UnknownName

__all__ = ["Catalog"]

Entry = TypeVar("Entry")


class Catalog(Mapping[str, Entry], Generic[Entry]):
    """The entries of one package, by file name, loaded when first asked for.

    Parameters
    ----------
    kind : str
        What an entry is called in messages, such as ``drug``.
    package : str
        Import path of the package whose modules are the entries.

    Raises
    ------
    UnknownName
        On looking up a name that no file carries.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package

    def _folder(self) -> ModuleType:
        return importlib.import_module(self.package)

    @property
    def folders(self) -> list[str]:
        """The folders whose files are the entries; append one to add its files."""
        found: list[str] = self._folder().__path__  # type: ignore[assignment]
        return found

    def names(self) -> list[str]:
        """Return the entry names in alphabetical order."""
        return list(_names(tuple((str(folder), folder.stat().st_mtime_ns) for folder in as_paths(tuple(self.folders)))))

    def __getitem__(self, name: str) -> Entry:
        key = entry_key(name)
        loaded = sys.modules.get(f"{self.package}.{key}")
        if loaded is None:
            if key not in self.names():
                raise UnknownName.among(self.kind, name, self.names())
            loaded = importlib.import_module(f"{self.package}.{key}")
        entry: Entry = loaded.entry
        return entry

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __repr__(self) -> str:
        return f"Catalog({self.kind}: {', '.join(self)})"

    def _repr_html_(self) -> str:
        rows = ((name, getattr(entry, "title", "")) for name, entry in self.items())
        return card(f"Catalog of {self.kind}s", ("name", "title"), rows)

    def _ipython_key_completions_(self) -> list[str]:
        return self.names()

    def __len__(self) -> int:
        return len(self.names())


@lru_cache(maxsize=64)
def _names(folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """Return the modules in these folders; looked up again when a folder has changed."""
    found = pkgutil.iter_modules([folder for folder, _ in folders])
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))
