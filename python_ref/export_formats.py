"""Writes a network in every format that `lenet5` reads."""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from load_weights import load_weights
from model import VARIANTS
from threads import set_num_threads


def export_formats(model: nn.Module, folder: Path) -> None:
    """Writes `model` into `folder`, a file a format."""
    state_dict = model.state_dict()
    save_file(state_dict, folder / "model.safetensors")

    torch.save(state_dict, folder / "state_dict.pt")
    torch.save(state_dict, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(model, folder / "whole_module.pt")
    torch.save(nn.DataParallel(model).state_dict(), folder / "data_parallel.bin")

    optimizer = torch.optim.Adam(model.parameters())
    for key in ("state_dict", "model", "model_state_dict"):
        checkpoint = {key: state_dict, "optimizer": optimizer.state_dict(), "epoch": 5}
        torch.save(checkpoint, folder / f"under_{key}.pt")

    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        converted = {
            name: tensor.to(dtype) if tensor.is_floating_point() else tensor
            for name, tensor in state_dict.items()
        }
        torch.save(converted, folder / f"{dtype}.pt".removeprefix("torch."))

    torch.jit.script(model).save(folder / "scripted.pt")
    torch.jit.trace(model, torch.zeros(2, 1, 32, 32)).save(folder / "traced.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="a safetensors file; else random weights")
    parser.add_argument("--variant", choices=VARIANTS, default="classic")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    args = parser.parse_args()

    set_num_threads(None)
    torch.manual_seed(args.seed)
    if args.weights:
        model = load_weights(args.weights)
    else:
        model = VARIANTS[args.variant]().eval()
    args.out.mkdir(parents=True, exist_ok=True)
    export_formats(model, args.out)


if __name__ == "__main__":
    main()
