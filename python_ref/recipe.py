"""How a network is trained: the options of `train.py` and `export.py`, and what they stand for."""

import argparse
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

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

# What each schedule takes beside the learning rate, with its default.
SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {},
    "cosine": {},
    "linear": {"end_factor": 0.0},
    "exponential": {"gamma": None},
    "step": {"step_size": None, "gamma": 0.1},
    "multistep": {"milestones": None, "gamma": 0.1},
    "onecycle": {},
    "plateau": {"gamma": 0.1, "plateau_patience": 10},
}


def defaults(
    variant: str, optimizer: str | None = None, schedule: str | None = None
) -> dict[str, Any]:
    """The tutorial's recipe for a variant, with steps of a size that suits the optimiser, and what
    the schedule takes."""
    recipe = dict(TUTORIAL)
    if variant == "modern":
        recipe |= {"rotation": 10.0, "shift": 2.0}
    if optimizer == "sgd":
        recipe |= {"lr": 0.002 if variant == "paper-rbf" else 0.1, "momentum": 0.9}
    return recipe | SCHEDULES[schedule or recipe["schedule"]]


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
    parser.add_argument("--schedule", choices=SCHEDULES)
    parser.add_argument("--gamma", type=float, help="of exponential, step, multistep and plateau")
    parser.add_argument("--step-size", type=int, help="epochs, of step")
    parser.add_argument("--milestones", type=epochs, help="epochs, of multistep, as in 10,20")
    parser.add_argument("--end-factor", type=float, help="of linear")
    parser.add_argument("--plateau-patience", type=int, help="epochs, of plateau")
    parser.add_argument("--rotation", type=float, help="degrees either way")
    parser.add_argument("--shift", type=float, help="pixels each way")


def epochs(text: str) -> list[int]:
    return [int(epoch) for epoch in text.split(",")]


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


def scheduler(
    args: argparse.Namespace, optimizer: torch.optim.Optimizer, steps_per_epoch: int
) -> LRScheduler:
    """What sets the learning rate: `OneCycleLR` after each batch, `ReduceLROnPlateau` by the loss on
    the images held out, any other after each epoch."""
    match args.schedule:
        case "cosine":
            return CosineAnnealingLR(optimizer, T_max=args.epochs)
        case "linear":
            return LinearLR(optimizer, 1.0, args.end_factor, total_iters=args.epochs)
        case "exponential":
            return ExponentialLR(optimizer, args.gamma)
        case "step":
            return StepLR(optimizer, args.step_size, args.gamma)
        case "multistep":
            return MultiStepLR(optimizer, args.milestones, args.gamma)
        case "onecycle":
            return OneCycleLR(
                optimizer, args.lr, epochs=args.epochs, steps_per_epoch=steps_per_epoch
            )
        case "plateau":
            return ReduceLROnPlateau(optimizer, factor=args.gamma, patience=args.plateau_patience)
        case _:
            return ConstantLR(optimizer, factor=1.0)


def augmentation(args: argparse.Namespace) -> RandomAffine:
    return RandomAffine(args.rotation, args.shift)
