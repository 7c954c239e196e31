"""Holds ONNX models to ONNX's own checker, and what ONNX Runtime makes of them to libtorch.

FOLDER holds `images` (N×28×28 bytes), `labels`, and for each variant the run VARIANT, the models
`VARIANT-images.onnx` and `VARIANT-pixels.onnx`, libtorch's `VARIANT.logits`, and `VARIANT.json`, what
`eval` prints.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.numpy_helper import to_array
from safetensors.numpy import load_file

VARIANTS = ("classic", "paper", "paper-rbf", "modern")
BATCHES = (1, 7, 1000)

# Additions on the longest way to a logit: 25 products and a bias in C1, up to 150, 400, 120 and 84
# in the layers after it, and the four units of both poolings.
ADDITIONS = 26 + 4 + 151 + 4 + 401 + 121 + 85

# What a float32 loses at the most when it is rounded, as a share of it.
ROUNDING = 2.0**-24


def main() -> None:
    folder = Path(sys.argv[1])
    pixels = np.fromfile(folder / "images", np.uint8).reshape(-1, 28, 28)
    labels = np.fromfile(folder / "labels", np.int64)
    for variant in VARIANTS:
        expected = np.fromfile(folder / f"{variant}.logits", np.float32).reshape(len(pixels), -1)
        evaluation = json.loads((folder / f"{variant}.json").read_text())
        for kind in ("images", "pixels"):
            check_contents(folder, variant, kind)
        for size in BATCHES:
            found = logits(folder / f"{variant}-pixels.onnx", pixels, size)
            of_images = logits(folder / f"{variant}-images.onnx", to_input(pixels), size)
            # Padding and scaling inside the model are exact, and the rest is the same graph.
            assert found.tobytes() == of_images.tobytes(), f"{variant}, {size} at once"
            check(f"{variant}, {size} at once", expected, found)
            assert confusion(labels, found) == evaluation["confusion"], variant


def check_contents(folder: Path, variant: str, kind: str) -> None:
    """Holds a model to `docs/onnx.md`: its form, its names, its metadata."""
    model = onnx.load(folder / f"{variant}-{kind}.onnx")
    onnx.checker.check_model(model, full_check=True)
    tensors = {tensor.name: to_array(tensor) for tensor in model.graph.initializer}
    weights = load_file(folder / variant / "model.safetensors")
    if "conv2.kernels" in weights:
        full = np.zeros((16 * 6, 5, 5), np.float32)
        full[weights.pop("conv2.kernels")] = weights["conv2.weight"]
        weights["conv2.weight"] = full.reshape(16, 6, 5, 5)
    for name, values in weights.items():
        if not name.endswith("num_batches_tracked"):
            assert tensors[name].shape == values.shape, name
            assert tensors[name].tobytes() == values.tobytes(), name
    layers = {name.partition(".")[0] for name in weights} | {"pool1", "pool2"}
    assert layers <= {node.name for node in model.graph.node}, variant
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert (
        metadata.items()
        >= {
            "variant": variant,
            "classes": "10",
            "seed": "0",
            "epochs": "2",
            "input": kind,
        }.items()
    )
    assert model.producer_name == "lenet5"


def to_input(pixels: np.ndarray) -> np.ndarray:
    """N×1×32×32 in [0, 1], as `data::to_input` makes it."""
    framed = np.pad(pixels[:, np.newaxis], ((0, 0), (0, 0), (2, 2), (2, 2)))
    return framed.astype(np.float32) / np.float32(255)


def logits(path: Path, images: np.ndarray, size: int) -> np.ndarray:
    """What the model in a file gives for images, `size` at once."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (name,) = (each.name for each in session.get_inputs())
    batches = (images[start : start + size] for start in range(0, len(images), size))
    return np.concatenate([session.run(["logits"], {name: batch})[0] for batch in batches])


def check(what: str, expected: np.ndarray, found: np.ndarray) -> None:
    """Compares ONNX Runtime's logits with libtorch's.

    Each of the two may round after each addition. The difference is no more than if all roundings of
    both went one way, and no sum were larger than the largest logit.
    """
    scale = np.abs(expected).max()
    largest = np.abs(expected.astype(np.float64) - found).max()
    bound = 2 * ADDITIONS * ROUNDING * scale
    apart = np.abs(ordered(expected) - ordered(found)).max()
    print(
        f"{what}: {len(found)} digits, logits up to {scale:.1f}, largest difference {largest:.1e} "
        f"(bound {bound:.1e}): {largest / np.spacing(scale):.0f} ULP of the largest logit "
        f"(bound {bound / np.spacing(scale):.0f}), {apart} ULP of a logit itself"
    )
    assert (expected.argmax(1) == found.argmax(1)).all(), what
    assert largest <= bound, what


def ordered(values: np.ndarray) -> np.ndarray:
    """Whole numbers that grow by one from each float32 to the next."""
    bits = values.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(2**31) - bits, bits)


def confusion(labels: np.ndarray, logits: np.ndarray) -> list[list[int]]:
    """How often images of each class were taken for each."""
    counts = np.zeros((logits.shape[1],) * 2, int)
    np.add.at(counts, (labels, logits.argmax(1)), 1)
    return counts.tolist()


if __name__ == "__main__":
    main()
