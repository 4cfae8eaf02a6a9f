"""Compiled kernels on disk: Numba's machine code, found by the printed text and by all that compiled it.

The text itself is printed anew by every process and never read from a file. Numba's own cache is not used, since its
index may lie where others write, and it believes whatever it finds.
"""

import hashlib
import pickle
import sys
import time
from contextlib import suppress
from pathlib import Path

import llvmlite
import numba
import numpy as np
from numba.core.caching import _Cache
from numba.core.codegen import JITCPUCodegen
from numba.core.compiler import CompileResult
from numba.core.cpu import CPUContext
from numba.core.serialize import dumps
from numba.core.typing.templates import Signature

from leydig.cache import cache_folder, fetch, keep
from leydig.log import logger

__all__ = ["KernelCache"]

LOG = logger(__name__)


class KernelCache(_Cache):
    """Where one kernel's machine code is kept, with the methods that Numba calls.

    Parameters
    ----------
    text : str
        The kernel's printed text.
    """

    def __init__(self, text: str) -> None:
        self._begun = 0.0
        self._about = (text, sys.version, numba.__version__, llvmlite.__version__, np.__version__)

    @property
    def cache_path(self) -> str:
        """The folder, empty when there is none."""
        return str(cache_folder("kernels") or "")

    def _path(self, signature: Signature, code: JITCPUCodegen) -> Path | None:
        folder = cache_folder("kernels")
        about = repr((*self._about, str(signature), code.magic_tuple()))
        return folder and folder / hashlib.sha256(about.encode()).hexdigest()

    def load_overload(self, sig: Signature, target_context: CPUContext) -> CompileResult | None:
        """Return the machine code for one signature; None when there is none that can be used."""
        target_context.refresh()
        path = self._path(sig, target_context.codegen())
        content = fetch(path) if path else None
        self._begun = time.perf_counter()
        if path is None or content is None:
            LOG.info("compiling a kernel: %s", "no folder to keep one" if path is None else "none was kept")
            return None
        try:
            rebuilt = CompileResult._rebuild(target_context, *pickle.loads(content))
            LOG.info("took a compiled kernel from %s", path)
            return rebuilt
        except Exception:  # whatever is wrong with it, it is compiled again
            LOG.info("compiling a kernel: %s cannot be used", path)
            with suppress(OSError):
                path.unlink()
            return None

    def save_overload(self, sig: Signature, data: CompileResult) -> None:
        """Keep the machine code for one signature."""
        LOG.info("compiled a kernel in %.1f s", time.perf_counter() - self._begun)
        path = self._path(sig, data.codegen)
        if path is not None:
            keep(path, dumps(data._reduce()))

    def enable(self) -> None:
        """Do nothing: it is always on."""

    def disable(self) -> None:
        """Do nothing: without a folder nothing is kept."""

    def flush(self) -> None:
        """Do nothing: entries are found by what they depend on, so none is ever out of date."""
