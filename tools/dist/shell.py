"""Programs that are run to their end."""

import subprocess
import sys
from pathlib import Path


def run(*command: str | Path) -> str:
    """What a program writes to standard output; if it fails, all ends with what it said."""
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed:\n{finished.stderr}")
    return finished.stdout
