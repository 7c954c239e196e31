"""Takes the weights out of a page of `lenet5 page`, as safetensors files.

    python tools/page_weights.py PAGE.html FOLDER

A page that was made by an older program can so be made anew.
"""

import base64
import json
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python_ref"))

from model import VARIANTS

CONTENTS = re.compile(r'<script type="application/json" id="contents">(.*?)</script>', re.DOTALL)


def main() -> None:
    page, folder = map(Path, sys.argv[1:])
    found = CONTENTS.search(page.read_text(encoding="utf-8"))
    if found is None:
        sys.exit(f"error: {page} is no page of lenet5 page")
    folder.mkdir(parents=True, exist_ok=True)
    for network in json.loads(found[1])["networks"]:
        path = folder / f"{network['title']}.safetensors"
        save_file(weights(network), path, metadata={"variant": network["variant"]})


def weights(network: dict) -> dict[str, torch.Tensor]:
    """The state_dict of a network, in the shapes and types that its variant has."""
    expected = VARIANTS[network["variant"]](num_classes=network["classes"]).state_dict()
    tensors = {}
    for name, like in expected.items():
        values = bytearray(base64.b64decode(network["tensors"][name]))
        floats = torch.frombuffer(values, dtype=torch.float32)
        tensors[name] = floats.reshape(like.shape).to(like.dtype)
    return tensors


if __name__ == "__main__":
    main()
