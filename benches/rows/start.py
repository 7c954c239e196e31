"""Start: from the call to the exit of a process that computes nothing, or one answer."""

import sys
from functools import partial

import process
from context import LENET5, ROOT, Context

from .row import Group, Measurement, Row

PICTURE = ROOT / "tests" / "pictures" / "3-pen.png"


def group() -> Group:
    commands = {
        "torch": [sys.executable, "-c", "import torch"],
        "info": [LENET5, "info"],
        "version": [LENET5, "--version"],
    }
    abouts = {
        "torch": "python -c 'import torch'",
        "info": "lenet5 info, which asks libtorch about devices",
        "version": "lenet5 --version",
    }
    rows = [Row(name, abouts[name], partial(start, commands[name])) for name in commands]
    rows.append(Row("predict", "lenet5 predict, which tells one digit", predict))
    return Group("start", "a process that computes next to nothing", rows)


def start(command: list, context: Context) -> Measurement:
    finished = process.run(command)
    return Measurement(
        figures={"process, s": [finished.seconds], "peak, MB": [finished.peak_mb]},
        others=finished.others,
    )


def predict(context: Context) -> Measurement:
    return start(context.lenet5("predict", context.weights(), PICTURE), context)
