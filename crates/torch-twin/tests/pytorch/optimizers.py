"""How PyTorch's optimisers move parameters, step after step, and what they keep between steps."""

import torch
from reference import main
from torch.optim import (
    ASGD,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
)
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR

OPTIMIZERS = {
    "adam": lambda parameters: Adam(parameters, 0.01),
    "adam.decay": lambda parameters: Adam(parameters, 0.003, weight_decay=0.02),
    "adam.amsgrad": lambda parameters: Adam(
        parameters, 0.01, betas=(0.8, 0.95), eps=1e-6, amsgrad=True, maximize=True
    ),
    "adamw": lambda parameters: AdamW(parameters, 0.01, weight_decay=0.05),
    "adamw.plain": lambda parameters: AdamW(parameters, 0.01, weight_decay=0.0),
    "adamw.amsgrad": lambda parameters: AdamW(parameters, 0.01, amsgrad=True),
    "sgd": lambda parameters: SGD(parameters, 0.07),
    "sgd.decay": lambda parameters: SGD(parameters, 0.07, weight_decay=0.01),
    "sgd.momentum": lambda parameters: SGD(parameters, 0.03, momentum=0.9),
    "sgd.both": lambda parameters: SGD(parameters, 0.03, momentum=0.9, weight_decay=0.01),
    "sgd.nesterov": lambda parameters: SGD(
        parameters, 0.03, momentum=0.9, weight_decay=0.01, nesterov=True
    ),
    "sgd.dampening": lambda parameters: SGD(
        parameters, 0.03, momentum=0.9, dampening=0.3, maximize=True
    ),
    "rmsprop": lambda parameters: RMSprop(parameters),
    "rmsprop.centered": lambda parameters: RMSprop(
        parameters, 0.003, alpha=0.9, weight_decay=0.02, centered=True
    ),
    "rmsprop.momentum": lambda parameters: RMSprop(
        parameters, 0.003, momentum=0.9, centered=True, maximize=True
    ),
    "adagrad": lambda parameters: Adagrad(parameters),
    "adagrad.decay": lambda parameters: Adagrad(
        parameters, 0.05, lr_decay=0.01, weight_decay=0.02, initial_accumulator_value=0.1
    ),
    "adadelta": lambda parameters: Adadelta(parameters),
    "adadelta.decay": lambda parameters: Adadelta(
        parameters, 0.7, rho=0.8, eps=1e-5, weight_decay=0.02, maximize=True
    ),
    "adamax": lambda parameters: Adamax(parameters, 0.01, weight_decay=0.02),
    "nadam": lambda parameters: NAdam(parameters),
    "nadam.decay": lambda parameters: NAdam(
        parameters,
        0.01,
        betas=(0.8, 0.95),
        weight_decay=0.02,
        momentum_decay=0.01,
        decoupled_weight_decay=True,
    ),
    "radam": lambda parameters: RAdam(parameters, 0.01),
    "radam.decay": lambda parameters: RAdam(
        parameters, 0.01, betas=(0.8, 0.9), weight_decay=0.02, decoupled_weight_decay=True
    ),
    "asgd": lambda parameters: ASGD(parameters),
    "asgd.averaged": lambda parameters: ASGD(parameters, 0.05, lambd=0.01, t0=3, weight_decay=0.02),
    "rprop": lambda parameters: Rprop(parameters),
    "rprop.bounded": lambda parameters: Rprop(
        parameters, 0.05, etas=(0.4, 1.3), step_sizes=(1e-3, 0.1), maximize=True
    ),
    "groups": lambda parameters: AdamW(
        [
            {"params": parameters[:2]},
            {"params": parameters[2:5], "lr": 0.003, "weight_decay": 0.0, "amsgrad": True},
            {"params": parameters[5:], "betas": (0.5, 0.9)},
        ],
        lr=0.01,
    ),
}
SCHEDULES = {
    "constant": lambda optimizer: ConstantLR(optimizer, factor=1.0),
    "cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=10),
}
SHAPES = [(33,), (5, 7), (), (300,), (2, 3, 3, 3), (4,)]
DTYPES = [torch.float32] * 3 + [torch.float64] + [torch.float32] * 2
# A square root in Adam's bias correction rounds otherwise than `** 0.5` first at step 1270, which
# shows in float64.
KEPT = [1, 2, 3, 4, 5, 6, 7, 100, 200, 1269, 1270, 1271, 1300]
STEPS_PER_EPOCH = 50


def is_used(index, step):
    """One parameter rests now and then, one starts late, and the last is never used."""
    return [True, step % 3 > 0, step > 4, True, True, False][index]


def train(record, name, optimizer, scheduler, steps):
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        used = [parameter for i, parameter in enumerate(parameters) if is_used(i, step)]
        sum(parameter.sin().square().sum() for parameter in used).backward()
        optimizer.step()
        if step % STEPS_PER_EPOCH == 0:
            scheduler.step()
            lrs = [group["lr"] for group in optimizer.param_groups]
            record.keep(f"{name}.{step}.lr", torch.tensor(lrs, dtype=torch.float64))
        if step in KEPT:
            keep(record, f"{name}.{step}", optimizer, parameters)


def keep(record, name, optimizer, parameters):
    for index, parameter in enumerate(parameters):
        record.keep(f"{name}.parameter.{index}", parameter)
    for index, state in sorted(optimizer.state_dict()["state"].items()):
        for key, tensor in sorted(state.items()):
            record.keep(f"{name}.state.{index}.{key}", tensor)


def train_each(record, schedule, steps):
    for name, make_optimizer in OPTIMIZERS.items():
        torch.manual_seed(5)
        parameters = [
            torch.empty(shape, dtype=dtype).normal_().requires_grad_()
            for shape, dtype in zip(SHAPES, DTYPES, strict=True)
        ]
        optimizer = make_optimizer(parameters)
        scheduler = SCHEDULES[schedule](optimizer)
        train(record, f"{schedule}.{name}", optimizer, scheduler, steps)


def constant(record):
    train_each(record, "constant", 200)


def cosine(record):
    train_each(record, "cosine", 1300)


main(constant, cosine)
