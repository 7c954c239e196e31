"""Loads what `lenet5 train` wrote into the PyTorch module, and tests it."""

import argparse
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader

from data import load_mnist
from model import VARIANTS, criterion
from threads import set_num_threads
from train import evaluate


def load_weights(path: Path) -> nn.Module:
    """The network whose weights a safetensors file holds, in eval mode."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    variant = VARIANTS[metadata.get("variant", "classic")]
    model = variant(int(metadata.get("classes", 10)))
    model.load_state_dict(load_file(path))
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="a safetensors file")
    parser.add_argument("--data", type=Path, required=True, help="folder with the IDX files")
    parser.add_argument("--threads", type=int, help="torch.set_num_threads")
    args = parser.parse_args()
    set_num_threads(args.threads)

    model = load_weights(args.weights)
    _, test_set = load_mnist(args.data)
    loader = DataLoader(test_set, batch_size=1000)
    result = evaluate(model, loader, criterion(model), torch.device("cpu"))
    print(f"Test Loss: {result['loss']:.4f}")
    print(f"Test Accuracy: {result['accuracy']:.2f}%")


if __name__ == "__main__":
    main()
