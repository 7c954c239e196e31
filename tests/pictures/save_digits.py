"""Saves test digits as PNG files, and the logits that PyTorch gives for them.

    python tests/pictures/save_digits.py DATA WEIGHTS OUT

`light` below OUT holds the digits as they are, as grey, coloured, 16-bit and transparent files in
turn; `dark` holds them black on white. `logits.safetensors` holds what the reference makes of them
as part of a batch of the test set.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python_ref"))

from data import load_mnist
from model import VARIANTS

DIGITS = 200
BATCH_SIZE = 1000


def main() -> None:
    data, weights, out = map(Path, sys.argv[1:])
    torch.set_num_threads(1)
    model = VARIANTS["classic"]()
    model.load_state_dict(load_file(weights))
    model.eval()

    _, test_set = load_mnist(data)
    images, _ = next(iter(DataLoader(test_set, batch_size=BATCH_SIZE)))
    with torch.no_grad():
        logits = model(images)[:DIGITS].clone()
    save_file({"logits": logits}, out / "logits.safetensors")

    for folder in ("light", "dark"):
        (out / folder).mkdir()
    for index in range(DIGITS):
        digit = Image.fromarray(test_set.data[index].numpy())
        name = f"{index:03}.png"
        in_some_mode(digit, index).save(out / "light" / name)
        ImageOps.invert(digit).save(out / "dark" / name)


def in_some_mode(digit: Image.Image, index: int) -> Image.Image:
    match index % 4:
        case 0:
            return digit
        case 1:
            return digit.convert("RGB")
        case 2:
            return Image.fromarray(np.asarray(digit, dtype=np.uint16) * 257)
        case _:
            return digit.convert("RGBA")


if __name__ == "__main__":
    main()
