"""Prints SHA-256 of what PyTorch computes in an epoch, stage by stage, as `lenet5 fingerprint` does.

Nothing of the program's is read but the digits to train on: both print the same lines, or they differ.
"""

import argparse
import hashlib
from pathlib import Path

import torch

import export
import recipe
from data import load_mnist
from model import VARIANTS
from processor import processor
from threads import set_num_threads
from torch_twin import Recorder

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
    recorder = export.trace(args)
    layers = [s["name"] for s in recorder.stages if (s["step"], s["kind"]) == (1, "output")]
    *_, last_layer, _network = layers
    groups = {
        "initial weights": (0, "weight", None),
        "first images": (1, "input", ""),
        "their logits": (1, "output", last_layer),
        "their gradients": (1, "gradient", None),
        "weights, step 1": (1, "weight", None),
        "weights, step 10": (10, "weight", None),
        "weights, epoch 1": (epoch, "weight", None),
    }
    return {group: sha256(recorder, *what) for group, what in groups.items()}


def sha256(recorder: Recorder, step: int, kind: str, name: str | None) -> str:
    """The digest of the values of all stages of a kind, or of the one of this name, one after another."""
    digest = hashlib.sha256()
    for stage in recorder.stages:
        if (stage["step"], stage["kind"]) == (step, kind) and name in (None, stage["name"]):
            digest.update(recorder.tensor(stage).numpy().tobytes())
    return digest.hexdigest()


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
