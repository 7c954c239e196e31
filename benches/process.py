"""Runs a program to its end, and tells what it took."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import busy

# What `ru_maxrss` counts in.
RSS_BYTES = 1 if sys.platform == "darwin" else 1024


class ProcessError(Exception):
    """A program that did not end well, and what it said."""


@dataclass(frozen=True)
class Finished:
    """A program that ended well: what it printed, what it took, and what went on beside it."""

    output: str
    seconds: float
    peak_mb: float
    others: float | None


def run(
    command: list[str | Path], *, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> Finished:
    """Runs `command` with `environment` over the own one.

    The peak of memory is right only as long as this process holds less than the program does,
    which starts as a copy of it: so nothing here may import torch.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        before, start = busy.Sample.take(), time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=errors, cwd=cwd, env=os.environ | (environment or {})
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds, after = time.perf_counter() - start, busy.Sample.take()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            name, said = Path(command[0]).name, errors.read().rstrip()
            raise ProcessError(f"{name} ended with {process.returncode}:\n{said}")
        return Finished(
            output=output.read(),
            seconds=seconds,
            peak_mb=usage.ru_maxrss * RSS_BYTES / 1e6,
            others=busy.others(before, after, own=usage.ru_utime + usage.ru_stime),
        )
