"""How a network is trained: the options of `train.py` and `export.py`, and what they stand for."""

import argparse
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LRScheduler

from augment import RandomAffine

TUTORIAL = {
    "epochs": 5,
    "batch_size": 64,
    "optimizer": "adam",
    "lr": 0.001,
    "momentum": 0.0,
    "weight_decay": 0.0,
    "schedule": "constant",
    "rotation": 0.0,
    "shift": 0.0,
}


def defaults(variant: str, optimizer: str | None) -> dict[str, Any]:
    """The tutorial's recipe for a variant, with steps of a size that suits the optimiser."""
    recipe = dict(TUTORIAL)
    if variant == "modern":
        recipe |= {"rotation": 10.0, "shift": 2.0}
    if optimizer == "sgd":
        recipe |= {"lr": 0.002 if variant == "paper-rbf" else 0.1, "momentum": 0.9}
    return recipe


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch-size", type=int)
    add_step_options(parser)


def add_step_options(parser: argparse.ArgumentParser) -> None:
    """All but epochs and batch size, which `export.py` takes ahead of its commands."""
    parser.add_argument("--lr", type=float)
    parser.add_argument("--optimizer", choices=["adam", "adamw", "sgd"])
    parser.add_argument("--momentum", type=float, help="of sgd")
    parser.add_argument("--weight-decay", type=float)
    parser.add_argument("--schedule", choices=["constant", "cosine"])
    parser.add_argument("--rotation", type=float, help="degrees either way")
    parser.add_argument("--shift", type=float, help="pixels each way")


def given(args: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """Those of the options `names` that the command line has."""
    values = {name: getattr(args, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def optimizer(
    args: argparse.Namespace, parameters: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    match args.optimizer:
        case "adam":
            return torch.optim.Adam(parameters, args.lr, weight_decay=args.weight_decay)
        case "adamw":
            return torch.optim.AdamW(parameters, args.lr, weight_decay=args.weight_decay)
        case _:
            return torch.optim.SGD(
                parameters, args.lr, args.momentum, weight_decay=args.weight_decay
            )


def scheduler(args: argparse.Namespace, optimizer: torch.optim.Optimizer) -> LRScheduler:
    """What sets the learning rate after each epoch."""
    if args.schedule == "cosine":
        return CosineAnnealingLR(optimizer, T_max=args.epochs)
    return ConstantLR(optimizer, factor=1.0)


def augmentation(args: argparse.Namespace) -> RandomAffine:
    return RandomAffine(args.rotation, args.shift)
