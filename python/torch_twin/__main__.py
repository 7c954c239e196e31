"""`python -m torch_twin port …`."""

import sys

from torch_twin.port import command

USAGE = "usage: python -m torch_twin port NETWORK --out FOLDER (see port --help)"


def main() -> int:
    match sys.argv[1:]:
        case ["port", *words]:
            return command.main(words)
        case ["-h" | "--help"]:
            print(USAGE)
            return 0
        case _:
            print(USAGE, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
