"""How a network is trained: the options of `train.py` and `export.py`, and what they stand for."""

import argparse
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler

from augment import RandomAffine


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lr", type=float, default=0.001)
    parser.add_argument("--optimizer", choices=["adam", "adamw", "sgd"], default="adam")
    parser.add_argument("--momentum", type=float, default=0.0, help="of sgd")
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--schedule", choices=["constant", "cosine"], default="constant")
    parser.add_argument(
        "--rotation", type=float, help="degrees either way [default: 10 for modern, else 0]"
    )
    parser.add_argument(
        "--shift", type=float, help="pixels each way [default: 2 for modern, else 0]"
    )


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


def scheduler(args: argparse.Namespace, optimizer: torch.optim.Optimizer) -> LRScheduler | None:
    """What changes the learning rate after each epoch, if anything does."""
    if args.schedule == "cosine":
        return CosineAnnealingLR(optimizer, T_max=args.epochs)
    return None


def augmentation(args: argparse.Namespace) -> RandomAffine:
    rotation, shift = (10.0, 2.0) if args.variant == "modern" else (0.0, 0.0)
    return RandomAffine(
        rotation if args.rotation is None else args.rotation,
        shift if args.shift is None else args.shift,
    )
