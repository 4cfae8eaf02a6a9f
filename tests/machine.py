"""What a process of tests takes of the machine: one core, files in memory where there is room, and compiled Python."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

__all__ = ["MEMORY"]

MEMORY = Path("/dev/shm")
ROOM = 8e9  # bytes that must be free: environments, sites and databases of a whole run are two

# Two workers share two cores: threads of small matrices would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Each commit of a database waits for its disk.
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None

# Tests begin many processes: what one has compiled of the source, and of what it stands on, the next one reads.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
