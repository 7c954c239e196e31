"""How many cores other programs keep busy, as `src/cli/busy.rs` tells it. Only Linux does."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")

# Cores that other programs may take before a timing is called one on a busy machine.
QUIET = 0.1


@dataclass(frozen=True)
class Sample:
    """What all cores together have computed since the machine started, at a moment, in seconds."""

    taken: float
    computed: float

    @classmethod
    def take(cls) -> "Sample | None":
        if not STAT.exists():
            return None
        ticks = computed_ticks(STAT.read_text())
        return cls(time.perf_counter(), ticks / os.sysconf("SC_CLK_TCK"))


def computed_ticks(stat: str) -> int:
    """All but the idle time in the first line of `/proc/stat`, in the kernel's ticks."""
    # user, nice, system, idle, iowait, irq, softirq, steal; guests count as user already.
    user, nice, system, _idle, _iowait, *rest = map(int, stat.splitlines()[0].split()[1:9])
    return user + nice + system + sum(rest)


def others(before: Sample | None, after: Sample | None, own: float) -> float | None:
    """The cores that others kept busy between two samples, when ours computed `own` seconds."""
    if before is None or after is None:
        return None
    computed = after.computed - before.computed - own
    # The kernel counts in hundredths of a second, so that it may come out below nothing.
    return max(0.0, computed) / max(0.001, after.taken - before.taken)
