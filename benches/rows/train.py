"""Training: one epoch of the reference, of the best-tuned PyTorch, and of lenet5."""

import json
import tempfile
from functools import partial
from pathlib import Path

import process
from context import PYTHON_REF, Context

from .row import Group, Measurement, Row

VARIANTS = ("classic", "paper", "paper-rbf", "modern")

# Keeps glibc's malloc from handing memory back to the kernel, and from asking for it by mmap.
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(64 << 20),
}


def groups() -> list[Group]:
    return [group(variant) for variant in VARIANTS]


def group(variant: str) -> Group:
    return Group(
        f"train/{variant}",
        f"an epoch of {variant}, in batches of 64, by Adam",
        [
            Row("reference", "python_ref/train.py", partial(exact, variant, "reference")),
            Row("tuned", "PyTorch, tuned as well as it goes; other bits", partial(tuned, variant)),
            Row("lenet5", "lenet5 train", partial(exact, variant, "lenet5")),
        ],
    )


def exact(variant: str, name: str, context: Context) -> Measurement:
    """Trains one epoch as the reference does; whoever does so ends with the same weights."""
    with tempfile.TemporaryDirectory(dir=context.folder) as folder:
        out = Path(folder) / "run"
        options = ["--variant", variant, "--epochs", "1", "--seed", "0"]
        options += ["--data", context.data, "--out", out]
        train = {
            "reference": context.reference("train.py", *options),
            "lenet5": context.lenet5("train", *options),
        }
        finished = process.run(train[name])
        epoch = json.loads((out / "metrics.jsonl").read_text().splitlines()[0])
        run = json.loads((out / "run.json").read_text())
    return Measurement(
        figures={
            "epoch, s": [epoch["seconds"]],
            "process, s": [finished.seconds],
            "peak, MB": [finished.peak_mb],
        },
        others=finished.others,
        digest=run["weights_sha256"],
        remarks={"test_accuracy": run["test_accuracy"]},
    )


def tuned(variant: str, context: Context) -> Measurement:
    """Trains two epochs, of which the first compiles, from an empty cache of compiled code."""
    with tempfile.TemporaryDirectory(dir=context.folder) as cache:
        finished = process.run(
            context.program("tuned.py", "--variant", variant, "--data", context.data),
            environment=KEEP_MEMORY
            | {"PYTHONPATH": str(PYTHON_REF), "TORCHINDUCTOR_CACHE_DIR": cache},
        )
    result = json.loads(finished.output)
    compiling, epoch = result["epochs"]
    return Measurement(
        figures={
            "epoch, s": [epoch],
            "epoch with compiling, s": [compiling],
            "peak, MB": [finished.peak_mb],
        },
        others=finished.others,
        remarks={"test_accuracy": result["test_accuracy"]},
    )
