"""Inference: the logits of one image, of a thousand, of ten thousand."""

import json
import statistics
import subprocess
from functools import partial
from pathlib import Path

import process
from context import PYTHON_REF, ROOT, Context

from .row import Group, Measurement, Row, UnavailableError

IMAGES = (1, 1000, 10_000)
PROGRAM = ROOT / "target" / "release" / "examples" / "inference"


def groups() -> list[Group]:
    return [group(images) for images in IMAGES]


def group(images: int) -> Group:
    rows = [
        Row("eager", "PyTorch", partial(eager, images)),
        Row("onnxruntime", "ONNX Runtime on lenet5's ONNX", partial(onnxruntime, images)),
        Row("lenet5", "lenet5 as a library", partial(lenet5, images), build),
    ]
    return Group(f"inference/{images}", f"logits of {images} images a call, classic", rows)


def build(context: Context) -> None:
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--example", "inference"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise UnavailableError("it could not be built")


def eager(images: int, context: Context) -> Measurement:
    command = context.program("inference.py", "eager", *options(context.weights(), images, context))
    return measured(command, has_torchs_bits=True)


def onnxruntime(images: int, context: Context) -> Measurement:
    weights = context.onnx_model()
    command = context.program("inference.py", "onnxruntime", *options(weights, images, context))
    return measured(command, has_torchs_bits=False)


def lenet5(images: int, context: Context) -> Measurement:
    command = [PROGRAM, *options(context.weights(), images, context)]
    return measured([*command, "--threads", str(context.threads)], has_torchs_bits=True)


def options(weights: Path, images: int, context: Context) -> list:
    return ["--weights", weights, "--data", context.data, "--images", str(images)]


def measured(command: list, has_torchs_bits: bool) -> Measurement:
    finished = process.run(command, environment={"PYTHONPATH": str(PYTHON_REF)})
    result = json.loads(finished.output)
    return Measurement(
        figures={
            "call, ms": [1000 * statistics.median(result["seconds"])],
            "peak, MB": [finished.peak_mb],
        },
        others=finished.others,
        digest=result["logits_sha256"] if has_torchs_bits else None,
    )
