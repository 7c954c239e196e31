"""Evaluation: the test set's accuracy, from the call to the exit of the process."""

from functools import partial

import process
from context import Context

from .row import Group, Measurement, Row


def group() -> Group:
    rows = [
        Row("reference", "python_ref/load_weights.py", partial(evaluate, "reference")),
        Row("lenet5", "lenet5 eval", partial(evaluate, "lenet5")),
    ]
    return Group("eval", "the test set's accuracy, classic", rows)


def evaluate(name: str, context: Context) -> Measurement:
    weights, data = context.weights(), context.data
    command = {
        "reference": context.reference("load_weights.py", weights, "--data", data),
        "lenet5": context.lenet5("eval", weights, "--data", data),
    }[name]
    finished = process.run(command)
    loss, accuracy = finished.output.splitlines()[:2]
    return Measurement(
        figures={"process, s": [finished.seconds], "peak, MB": [finished.peak_mb]},
        others=finished.others,
        # The program counts the answers beside the accuracy.
        digest=f"{loss}, {accuracy.partition(' (')[0]}",
    )
