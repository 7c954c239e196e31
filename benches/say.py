"""Words to the user, beside the table on standard output."""

import sys


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
