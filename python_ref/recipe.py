"""How a network is trained: the options of `train.py` and `export.py`, and what they stand for."""

import argparse
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LRScheduler

from augment import RandomAffine


def defaults(variant: str) -> dict[str, Any]:
    """The tutorial's recipe for a variant."""
    rotation, shift = (10.0, 2.0) if variant == "modern" else (0.0, 0.0)
    return {
        "optimizer": "adam",
        "lr": 0.001,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "schedule": "constant",
        "rotation": rotation,
        "shift": shift,
    }


def fill(args: argparse.Namespace) -> None:
    """Puts the tutorial's recipe where no options were given."""
    for name, value in defaults(args.variant).items():
        if getattr(args, name) is None:
            setattr(args, name, value)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lr", type=float)
    parser.add_argument("--optimizer", choices=["adam", "adamw", "sgd"])
    parser.add_argument("--momentum", type=float, help="of sgd")
    parser.add_argument("--weight-decay", type=float)
    parser.add_argument("--schedule", choices=["constant", "cosine"])
    parser.add_argument("--rotation", type=float, help="degrees either way")
    parser.add_argument("--shift", type=float, help="pixels each way")


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
