"""`python -m torch_twin port`: from an nn.Module to a Rust crate that proves itself."""

import argparse
import os
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from torch_twin.port.refusal import Refusal

DESCRIPTION = """\
Port an nn.Module to a Rust crate on torch-twin. `cargo test` in the crate compares both, bit by bit.

NETWORK is a Python file that defines model() and inputs(), or package.module:factory with --inputs.
"""
EPILOG = """\
Exit codes: 0 for success, 1 for what cannot be ported or written, 2 for wrong usage.

Examples:
  torch-twin port net.py --out mynet
  torch-twin port torchvision.models:resnet18 --inputs pictures.py --out resnet
  torch-twin port net.py --stdout > src/net.rs
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="torch-twin port",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("network", metavar="NETWORK", help="net.py or package.module:factory")
    made.add_argument("--out", type=Path, metavar="FOLDER", help="the crate's folder")
    made.add_argument("--stdout", action="store_true", help="print net.rs and write nothing")
    made.add_argument(
        "--inputs",
        metavar="FILE",
        help="a Python file with inputs(), and perhaps loss and optimizer",
    )
    made.add_argument(
        "--dynamic",
        metavar="NAME.DIM",
        nargs="+",
        action="extend",
        default=[],
        type=dimension,
        help="sizes of inputs that may change, such as tokens.1; the batch may by default",
    )
    made.add_argument(
        "--torch-twin",
        metavar="PATH|GIT|VERSION",
        help="the torch-twin that the crate depends on [default: what this package came from]",
    )
    made.add_argument("--only", metavar="FILE", help="write this file alone, such as net.rs")
    made.add_argument("--force", action="store_true", help="overwrite files that were edited")
    return made


def dimension(text: str) -> tuple[str, int]:
    name, dot, dim = text.rpartition(".")
    if not dot or not name or not dim.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: expected an input and a dimension, such as x.2")
    return name, int(dim)


def main(words: Sequence[str] | None = None, translate: Callable | None = None) -> int:
    """Runs the command; its exit code. `translate` makes what is ported of a source."""
    options = parser().parse_args(words)
    if options.stdout == (options.out is not None):
        parser().error("name a folder by --out FOLDER, or print net.rs by --stdout")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return port(options, translate)
    except Refusal as refusal:
        print(f"error: {refusal}", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the output has gone, and so has the stream that Python flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # A fault of the porter is told in a line as well.
        if os.environ.get("TORCH_TWIN_TRACEBACK"):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        print(
            f"error: torch-twin port failed at {place}: {type(error).__name__}: {error}\n"
            "This is a fault of torch-twin: set TORCH_TWIN_TRACEBACK=1 for the traceback, and report it.",
            file=sys.stderr,
        )
    return 1


def port(options: argparse.Namespace, translate: Callable | None) -> int:
    # What follows needs torch, which takes seconds to load: after --help and wrong usage.
    from torch_twin.port import crate, dependency, source, text, writing

    depends_on = dependency.dependency(options.torch_twin)
    loaded = source.load(options.network, options.inputs)
    if translate is None:
        from torch_twin.port.translate import translate
    ported = translate(loaded, options.dynamic)
    if options.stdout:
        sys.stdout.write(text.rustfmt(ported.rust))
        sys.stdout.flush()
        return told(ported)
    made = crate.crate(loaded, ported, options.out, depends_on)
    if options.only:
        made = {path: made[path] for path in [chosen(options.only, made)]}
    outcome = writing.write(options.out, made, options.force, is_part=bool(options.only))
    if not options.only and depends_on.lock and not (options.out / "Cargo.lock").exists():
        shutil.copyfile(depends_on.lock, options.out / "Cargo.lock")
    report(options.out, made, ported, outcome)
    return 1 if told(ported) or outcome.edited else 0


def told(ported: object) -> int:
    """Names what could not be ported; 1 if there is anything."""
    for gap in ported.gaps:
        print(f"error: {gap}: a compile_error! stands there", file=sys.stderr)
    return 1 if ported.gaps else 0


def chosen(name: str, made: dict[str, bytes]) -> str:
    """The path of the file that the user calls `name`."""
    paths = [path for path in made if path == name or path.endswith(f"/{name}")]
    if len(paths) == 1:
        return paths[0]
    raise Refusal(f"--only {name}: expected one of {', '.join(sorted(paths or made))}")


def report(out: Path, made: dict[str, bytes], ported: object, outcome: object) -> None:
    """What was written, and what differs from the last time."""
    for difference in outcome.diffs:
        print(difference, end="")
    shown = [
        ("src/net.rs", modules(made, ported)),
        ("tests/parity", "the same steps in Python and in Rust"),
    ]
    width = max(len(str(out / path)) for path, _ in shown)
    for path, what in shown:
        if any(written.startswith(path) for written in outcome.written):
            print(f"{out / path!s:{width}}   {what}")
    for path in outcome.removed:
        print(f"{out / path}: removed, since nothing needs it any more")
    for path in outcome.kept:
        print(f"{out / path}: kept as it was edited")
    for note in ported.notes:
        print(note)
    if not outcome.written and not outcome.edited:
        print(f"{out} is up to date")
    sys.stdout.flush()
    for path in outcome.edited:
        print(
            f"error: {out / path} was edited: it is left as it is; use --force to overwrite it",
            file=sys.stderr,
        )


def modules(made: dict[str, bytes], ported: object) -> str:
    """`Net, Block: 2 modules, 148 lines`."""
    names, shown = list(ported.modules), 6
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    of = "module" if len(names) == 1 else "modules"
    lines = made.get("src/net.rs", b"").count(b"\n")
    return f"{', '.join(names[:shown])}{more}: {len(names)} {of}, {lines} lines"
