"""What the figures were measured on, for the report."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# Beginnings of the variables that change how libtorch, BLAS and malloc work.
TELLING = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "MALLOC_", "LD_PRELOAD", "ATEN_", "DNNL_")


def describe() -> dict[str, Any]:
    """The machine, the versions, and what else went on when the bench began."""
    return {
        "cpu": cpu(),
        "cores": cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
        "commit": commit(),
        "environment": {
            name: value for name, value in os.environ.items() if name.startswith(TELLING)
        },
        "load_before": os.getloadavg(),
    }


def cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu() -> str:
    """The CPU's name, which only Linux tells without a call of its own."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def commit() -> str | None:
    """The commit that is measured, with `-dirty` where files differ from it."""
    command = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12", "--match="]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
