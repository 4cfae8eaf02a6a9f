"""Machine code on disk: the march as Numba compiled it and the lane functions of each kernel as LLVM did.

It is found by the text that it was compiled from and by all that compiled it. The text of a kernel is printed anew by
every process and never read from a file. Numba's own cache is not used, since its index may lie where others write,
and it believes whatever it finds.
"""

import hashlib
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import llvmlite
import numba
import numpy as np
from numba.core.caching import _Cache
from numba.core.codegen import JITCPUCodegen
from numba.core.compiler import CompileResult
from numba.core.cpu import CPUContext
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps
from numba.core.typing.templates import Signature

from leydig.cache import cache_folder, fetch, keep
from leydig.log import logger

__all__ = ["NumbaCache", "fetch_or_compile"]

LOG = logger(__name__)
_COMPILERS = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)


def _path(about: Sequence[object]) -> Path | None:
    """Return where machine code is kept that depends on all this; None where none can be kept."""
    folder = cache_folder("kernels")
    return folder and folder / hashlib.sha256(repr((*about, *_COMPILERS)).encode()).hexdigest()


def fetch_or_compile(about: Sequence[object], compile_code: Callable[[], bytes]) -> bytes:
    """Return the machine code of a kernel's lane functions, kept or compiled now.

    Parameters
    ----------
    about : sequence
        All that the machine code depends on, beside the versions of the compilers.
    compile_code : callable
        Compiles it.
    """
    path = _path(about)
    content = fetch(path) if path else None
    mark = path.name.encode() if path else b""  # machine code that was kept for something else is never run
    if path and content and content.startswith(mark):
        LOG.info("took a kernel, compiled, from %s", path)
        return content.removeprefix(mark)
    LOG.info("compiling a kernel: %s", "no folder to keep one" if path is None else "none was kept")
    begun = time.perf_counter()
    code = compile_code()
    LOG.info("compiled a kernel in %.1f s", time.perf_counter() - begun)
    if path:
        keep(path, mark + code)
    return code


class NumbaCache(_Cache):
    """Where the machine code of one of Numba's functions is kept, with the methods that Numba calls.

    Parameters
    ----------
    name : str
        What the log calls it.
    text : str
        All sources that it is compiled from.
    """

    def __init__(self, name: str, text: str) -> None:
        self._begun = 0.0
        self._name, self._text = name, text

    @property
    def cache_path(self) -> str:
        """The folder, empty when there is none."""
        return str(cache_folder("kernels") or "")

    def _path(self, signature: Signature, code: JITCPUCodegen) -> Path | None:
        return _path((self._text, str(signature), code.magic_tuple()))

    def load_overload(self, sig: Signature, target_context: CPUContext) -> CompileResult | None:
        """Return the machine code for one signature; None when there is none that can be used."""
        rtsys.initialize(target_context)  # what compiled code needs; what the compiler needs is loaded when it compiles
        path = self._path(sig, target_context.codegen())
        content = fetch(path) if path else None
        self._begun = time.perf_counter()
        if path is None or content is None:
            why = "no folder to keep it" if path is None else "none was kept"
            LOG.info("compiling %s: %s", self._name, why)
            return None
        try:
            rebuilt = CompileResult._rebuild(target_context, *pickle.loads(content))
            LOG.info("took %s, compiled, from %s", self._name, path)
            return rebuilt
        except Exception:  # whatever is wrong with it, it is compiled again
            LOG.info("compiling %s: %s cannot be used", self._name, path)
            with suppress(OSError):
                path.unlink()
            return None

    def save_overload(self, sig: Signature, data: CompileResult) -> None:
        """Keep the machine code for one signature."""
        LOG.info("compiled %s in %.1f s", self._name, time.perf_counter() - self._begun)
        path = self._path(sig, data.codegen)
        if path is not None:
            keep(path, dumps(data._reduce()))

    def enable(self) -> None:
        """Do nothing: it is always on."""

    def disable(self) -> None:
        """Do nothing: without a folder nothing is kept."""

    def flush(self) -> None:
        """Do nothing: entries are found by what they depend on, so none is ever out of date."""
