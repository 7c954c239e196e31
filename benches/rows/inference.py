"""Inference: the logits of one image, of a thousand, of ten thousand."""

import json
import statistics
import subprocess
import sys
from functools import partial

import process
from context import BENCHES, PYTHON_REF, ROOT, Context

from .row import Group, Measurement, Row, UnavailableError

IMAGES = (1, 1000, 10_000)
PACKAGES = ROOT / "target" / "bench-packages"
PROGRAM = ROOT / "target" / "release" / "examples" / "inference"


def groups() -> list[Group]:
    return [group(images) for images in IMAGES]


def group(images: int) -> Group:
    rows = [
        Row("eager", "PyTorch", partial(python, "eager", images)),
        Row("onnxruntime", "ONNX Runtime", partial(python, "onnxruntime", images), install),
        Row("lenet5", "lenet5 as a library", partial(lenet5, images), build),
    ]
    return Group(f"inference/{images}", f"logits of {images} images a call, classic", rows)


def install(context: Context) -> None:
    """Brings ONNX Runtime into a folder of its own."""
    if (PACKAGES / "onnxruntime").is_dir():
        return
    # What these depend on and torch does too is in .venv, and may not be another version.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", PACKAGES]
    finished = subprocess.run(
        [*command, "--requirement", BENCHES / "requirements.txt"], check=False
    )
    if finished.returncode != 0:
        raise UnavailableError("ONNX Runtime could not be installed")


def build(context: Context) -> None:
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--example", "inference"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise UnavailableError("it could not be built")


def python(runtime: str, images: int, context: Context) -> Measurement:
    # After .venv's own packages, so that its versions of what both hold win.
    paths = f"{PYTHON_REF}:{PACKAGES}"
    command = context.program("inference.py", runtime, *options(images, context))
    # The reference's bits are those of lenet5; ONNX Runtime's are others.
    return measured(command, {"PYTHONPATH": paths}, has_torchs_bits=runtime == "eager")


def lenet5(images: int, context: Context) -> Measurement:
    command = [PROGRAM, *options(images, context), "--threads", str(context.threads)]
    return measured(command, {}, has_torchs_bits=True)


def options(images: int, context: Context) -> list:
    return ["--weights", context.weights(), "--data", context.data, "--images", str(images)]


def measured(command: list, environment: dict[str, str], has_torchs_bits: bool) -> Measurement:
    finished = process.run(command, environment=environment)
    result = json.loads(finished.output)
    return Measurement(
        figures={
            "call, ms": [1000 * statistics.median(result["seconds"])],
            "peak, MB": [finished.peak_mb],
        },
        others=finished.others,
        digest=result["logits_sha256"] if has_torchs_bits else None,
    )
