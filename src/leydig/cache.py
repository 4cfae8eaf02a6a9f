"""The cache: compiled programs kept for the next process, in a folder of the user alone.

What lies there is executed, so it must come from nobody else. The folder is used when it belongs to this user, is
open to nobody else (0700), and no other user can put another in its place; an entry when it is a plain file of this
user whose checksum holds. Everything else is compiled again. Where no such folder can be had, nothing is written:
compiled programs live as long as the process.
"""

import hashlib
import os
import stat
import tempfile
import warnings
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

from leydig.log import logger
from leydig.settings import CACHE, cache_root

__all__ = ["cache_folder", "fetch", "keep", "keep_compiled_jax"]

LOG = logger(__name__)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CHECKSUM = hashlib.sha256().digest_size
_ZSTANDARD = b"\x28\xb5\x2f\xfd"  # how its files begin
_MARK = "checked"  # its time is when the folder of JAX was looked through last


@cache
def cache_folder(part: str) -> Path | None:
    """Return the folder of one kind of compiled thing, made when it is first asked for.

    Parameters
    ----------
    part : str
        Name of the folder inside ``LEYDIG_CACHE``, or inside the user's cache folder.

    Returns
    -------
    Path or None
        None where there is no folder that is safe and writable; the reason is logged once.
    """
    root = _root()
    return None if root is None else _make_safe(root / part)


@cache
def _root() -> Path | None:
    import platformdirs

    root = cache_root() or platformdirs.user_cache_path("leydig")
    if not root.is_absolute():
        _warn_of_folder(root, "this user has no home folder")
        return None
    return _make_safe(Path(os.path.realpath(root)), whole=False)


def _make_safe(folder: Path, whole: bool = True) -> Path | None:
    """Make a folder and return it when it is safe; it is the user's alone when it is used as a whole."""
    try:
        folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        if os.name == "posix":
            reason = _foreign_reason(folder) if whole else _open_folder(folder)
            if reason:
                _warn_of_folder(folder, reason)
                return None
            if whole:
                folder.chmod(stat.S_IRWXU)
        tempfile.TemporaryFile(dir=folder).close()  # refused where the file system is read-only
    except OSError as error:
        _warn_of_folder(folder, str(error))
        return None
    return folder


def _warn_of_folder(folder: Path, reason: str) -> None:
    """Log why nothing is kept."""
    LOG.warning(
        "got cache folder %s (%s); expected one that this user alone can write. Compiled programs are not kept, "
        "so every start compiles again. Set %s to a folder of yours.", folder, reason, CACHE,
    )  # fmt: skip


def _open_folder(root: Path) -> str:
    """Return which folder on the way down to `root` lets others exchange what is below it."""
    for folder in (*reversed(root.parents), root):
        status = folder.lstat()
        if status.st_uid == os.geteuid() and not status.st_mode & _OTHERS:
            return ""  # nobody else comes further down
        if status.st_uid not in (0, os.geteuid()):
            return f"{folder} belongs to another user"
        if status.st_mode & _OTHERS_WRITE and not status.st_mode & stat.S_ISVTX:
            return f"others can write to {folder}"
    return ""


def _foreign_reason(target: Path) -> str:
    """Return why the folder itself is not one of this user alone."""
    status = target.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return f"{target} is no folder"
    if status.st_uid != os.geteuid():
        return f"{target} belongs to another user"
    return f"others can write to {target}" if status.st_mode & _OTHERS_WRITE else ""


def fetch(path: Path) -> bytes | None:
    """Return what `keep` wrote there; None, and the file is removed, when it is damaged or of another user."""
    try:
        content = _own_content(path)
    except FileNotFoundError:
        LOG.debug("nothing kept as %s", path)
        return None
    except OSError:
        content = None
    if content is None or hashlib.sha256(content[_CHECKSUM:]).digest() != content[:_CHECKSUM]:
        LOG.info("removed %s: damaged, or of another user", path)
        with suppress(OSError):
            path.unlink()
        return None
    LOG.debug("found %s", path)
    return content[_CHECKSUM:]


def _own_content(path: Path) -> bytes | None:
    """Return the content of a plain file of this user, None of any other."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:  # noqa: PTH123
        status = os.fstat(file.fileno())
        if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE):
            return None
        return file.read() if stat.S_ISREG(status.st_mode) else None


def keep(path: Path, content: bytes) -> None:
    """Write an entry beside its place and move it there whole; a full disk is no error."""
    with suppress(OSError):
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123
                file.write(hashlib.sha256(content).digest() + content)
            Path(fresh).replace(path)
            LOG.debug("kept %s", path)
        except OSError as error:
            LOG.info("could not keep %s: %s", path, error)
            Path(fresh).unlink()
            raise


@cache
def keep_compiled_jax() -> None:
    """Let JAX keep what it compiles, unless the program that runs has chosen a folder for that."""
    import jax

    if jax.config.jax_compilation_cache_dir is not None:  # type: ignore[attr-defined]
        return
    folder = cache_folder("xla")
    if folder is None:
        return
    _remove_damaged_entries(folder)
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache", UserWarning)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


def _remove_damaged_entries(folder: Path) -> None:
    """Remove entries of JAX that were cut short or are not of this user; JAX itself never replaces one."""
    mark = folder / _MARK
    with suppress(OSError):
        since = mark.lstat().st_mtime_ns if mark.exists() else 0
        mark.touch()
        for entry in folder.glob("*-cache"):
            if entry.lstat().st_mtime_ns >= since and not _is_whole(entry):
                LOG.info("removed %s: damaged, or of another user", entry)
                entry.unlink()


def _is_whole(entry: Path) -> bool:
    """Return whether an entry of JAX is a plain file of this user that unpacks."""
    try:
        content = _own_content(entry) or b""
        if not content.startswith(_ZSTANDARD):  # unpacked by a library that need not be here
            zlib.decompress(content)
    except (OSError, zlib.error):
        return False
    return True
