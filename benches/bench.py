"""Times lenet5 beside PyTorch and others, in turn, and compares the medians.

It prints a Markdown table, with how busy other programs kept the machine, and writes every single
value as JSON. Rows of a group that must end with the same bits are held to that.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import busy
import machine
import table
from context import LENET5, ROOT, Context
from measure import Measured, measure
from rows import Group, Row, groups
from say import say


def main() -> None:
    arguments = parse_arguments()
    chosen = arguments.chosen
    if arguments.list:
        print(listing(chosen))
        return
    if not LENET5.exists():
        sys.exit(f"error: {LENET5} is missing: call make build")
    for group in left_out(groups(), arguments.only):
        say(f"note: {group.name} is left out: measure it with --only {group.name}")
    described = machine.describe()
    say(f"{described['cpu']}, {described['cores']} cores, {arguments.threads} threads")
    say("load before: {:.2f} {:.2f} {:.2f}".format(*described["load_before"]))
    measured: dict[str, Measured] = {}
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        context = Context(arguments.data.resolve(), arguments.threads, Path(folder))
        for group, rows in chosen:
            measured[group.name], failed = measure(context, group, rows, arguments.pairs)
            failures += failed
    lines = [line for name in measured for line in table.lines(name, measured[name])]
    print(table.markdown(lines))
    say_how_busy(measured, arguments.threads, described["cores"])
    report = {
        "machine": described,
        "threads": arguments.threads,
        "pairs": arguments.pairs,
        "failures": failures,
        "medians": [asdict(line) for line in lines],
        "measured": {
            name: {row: [asdict(each) for each in all_of] for row, all_of in group.items()}
            for name, group in measured.items()
        },
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(report, indent=2) + "\n")
    say(f"Wrote {arguments.output}")
    if failures:
        sys.exit("\n".join(f"error: {failure}" for failure in failures))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help="rows or groups of rows to measure, such as start or train/classic/lenet5",
    )
    parser.add_argument("--list", action="store_true", help="name the rows, and measure nothing")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("LENET5_DATA"),
        help="folder that holds MNIST (default: $LENET5_DATA)",
    )
    parser.add_argument(
        "--pairs", type=positive, default=5, metavar="N", help="measurements a row (default: 5)"
    )
    parser.add_argument(
        "--threads", type=positive, default=2, metavar="N", help="of every program (default: 2)"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "runs" / "bench.json")
    arguments = parser.parse_args()
    arguments.chosen = list(choose(groups(), arguments.only, on_demand=arguments.list))
    if not arguments.chosen:
        parser.error(f"no row is called {' or '.join(arguments.only)}; --list names them all")
    if not arguments.list:
        if arguments.data is None:
            parser.error("name the folder that holds MNIST: --data, or LENET5_DATA")
        if not arguments.data.is_dir():
            parser.error(f"{arguments.data} is not a folder")
    return arguments


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(f"{number} is below 1")
    return number


def choose(
    every: list[Group], names: list[str], *, on_demand: bool = False
) -> Iterator[tuple[Group, list[Row]]]:
    """The rows that `names` begin the names of; with no names all, those `on_demand` if so said."""
    for group in every:
        if not names and (on_demand or not group.on_demand):
            yield group, group.rows
            continue
        chosen = [
            row
            for row in group.rows
            if any(f"{group.path(row)}/".startswith(f"{name}/") for name in names)
        ]
        if chosen:
            yield group, chosen


def left_out(every: list[Group], names: list[str]) -> list[Group]:
    """The groups on demand, where `names` ask for nothing."""
    return [group for group in every if group.on_demand and not names]


def listing(chosen: list[tuple[Group, list[Row]]]) -> str:
    """The groups and their rows, and what each is."""
    lines = []
    for group, rows in chosen:
        lines.append(f"{group.name}: {group.about}{' (on demand)' if group.on_demand else ''}")
        lines += [f"  {group.path(row):<26}  {row.about}" for row in rows]
    return "\n".join(lines)


def say_how_busy(measured: dict[str, Measured], threads: int, cores: int) -> None:
    """Says whether other programs took what the timings needed."""
    measurements = [
        each for rows in measured.values() for all_of in rows.values() for each in all_of
    ]
    others = [each.others for each in measurements if each.others is not None]
    disturbed = [each for each in others if each > busy.QUIET]
    if disturbed:
        say(
            f"note: the machine was busy in {len(disturbed)} of {len(others)} measurements, with up"
            f" to {max(disturbed):.1f} of its {cores} cores: these figures say little"
        )
    if threads > cores:
        say(f"note: {threads} threads on {cores} cores")


if __name__ == "__main__":
    main()
