"""Prints SHA-256 of what PyTorch computes in an epoch, stage by stage, as `lenet5 fingerprint` does.

Nothing of the program's is read but the digits to train on: both print the same lines, or they differ.
"""

import argparse
import hashlib
from collections.abc import Iterable
from pathlib import Path

import torch

import export
import recipe
from data import load_mnist
from model import VARIANTS
from processor import processor
from threads import set_num_threads

SAMPLE = Path(__file__).parent.parent / "src" / "data" / "sample"


def fingerprint(variant: str, data: Path, threads: int) -> dict[str, str]:
    """The digests of an epoch with the tutorial's recipe and seed 0."""
    settings = recipe.defaults(variant)
    images = len(load_mnist(data)[0])
    epoch = -(-images // settings["batch_size"])
    args = argparse.Namespace(
        variant=variant,
        data=data,
        threads=threads,
        seed=0,
        classes=10,
        weights=None,
        test_batch_size=1000,
        steps=[1, 10, epoch],
        **settings,
    )
    stages = export.stages(args)
    outputs = [name for name in stages if name.startswith("forward/")]
    prefixes = {
        "initial weights": "initial/",
        "first images": "batch/images",
        "their logits": outputs[-2],  # the last is the loss
        "their gradients": "gradient/",
        "weights, step 1": "step1/",
        "weights, step 10": "step10/",
        "weights, epoch 1": f"step{epoch}/",
    }
    return {
        stage: sha256(tensor for name, tensor in stages.items() if name.startswith(prefix))
        for stage, prefix in prefixes.items()
    }


def sha256(tensors: Iterable[torch.Tensor]) -> str:
    return hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors)).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--data", type=Path, default=SAMPLE, help="a folder with the IDX files")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    set_num_threads(args.threads)
    settings = {"torch": torch.__version__} | processor() | {"threads": args.threads}
    print(", ".join(f"{name} {value}" for name, value in settings.items()))
    for variant in args.variants:
        print(f"\n{variant}")
        for stage, digest in fingerprint(variant, args.data, args.threads).items():
            print(f"  {stage:<18}{digest}")


if __name__ == "__main__":
    main()
