"""PyTorch's optimisers under all combinations of their options, and the options that they refuse."""

from itertools import product
from math import inf, nan

import torch
from reference import main, refuses
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
from torch.optim import lr_scheduler as schedulers

# Each option is left at its default, or has this value.
OPTIONS = {
    "sgd": (
        SGD,
        0.03,
        {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.02, "nesterov": True},
    ),
    "adam": (
        Adam,
        0.01,
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.02, "amsgrad": True},
    ),
    "adamw": (
        AdamW,
        0.01,
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2, "amsgrad": True},
    ),
    "rmsprop": (
        RMSprop,
        0.01,
        {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.02, "momentum": 0.9, "centered": True},
    ),
    "adagrad": (
        Adagrad,
        0.05,
        {"lr_decay": 0.1, "weight_decay": 0.02, "initial_accumulator_value": 0.1, "eps": 1e-3},
    ),
    "adadelta": (Adadelta, 0.7, {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.02}),
    "adamax": (Adamax, 0.01, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.02}),
    "nadam": (
        NAdam,
        0.01,
        {
            "betas": (0.8, 0.95),
            "eps": 1e-3,
            "weight_decay": 0.02,
            "momentum_decay": 0.1,
            "decoupled_weight_decay": True,
        },
    ),
    "radam": (
        RAdam,
        0.01,
        {"betas": (0.8, 0.5), "eps": 1e-3, "weight_decay": 0.02, "decoupled_weight_decay": True},
    ),
    "asgd": (ASGD, 0.05, {"lambd": 0.1, "alpha": 0.5, "t0": 1, "weight_decay": 0.02}),
    "rprop": (Rprop, 0.05, {"etas": (0.4, 1.5), "step_sizes": (1e-3, 0.06)}),
}
FORMS = [
    ((33,), torch.float32),
    ((5, 7), torch.float64),
    ((), torch.float32),
    ((19,), torch.bfloat16),
    ((3, 5), torch.float16),
]
# Places of the tensors in the list that the optimiser gets.
LISTS = {"once": [0, 1, 2, 3, 4], "twice": [0, 1, 0, 2, 2, 2, 3, 4]}
STEPS = 6
KEPT = [1, 2, 6]

VALUES = [-inf, -1.0, -5e-324, -0.0, 0.0, 0.5, 1 - 2**-53, 1.0, 1 + 2**-52, 2.0, inf, nan]
NUMBERS = {
    "sgd": ["lr", "momentum", "dampening", "weight_decay"],
    "adam": ["lr", "eps", "weight_decay"],
    "adamw": ["lr", "eps", "weight_decay"],
    "rmsprop": ["lr", "alpha", "eps", "weight_decay", "momentum"],
    "adagrad": ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"],
    "adadelta": ["lr", "rho", "eps", "weight_decay"],
    "adamax": ["lr", "eps", "weight_decay"],
    "nadam": ["lr", "eps", "weight_decay", "momentum_decay"],
    "radam": ["lr", "eps", "weight_decay"],
    "asgd": ["lr", "lambd", "alpha", "t0", "weight_decay"],
    "rprop": ["lr"],
}
# Options of two numbers, with others that are good.
PAIRS = {
    name: ("betas", (0.9, 0.999)) for name in ("adam", "adamw", "adamax", "nadam", "radam")
} | {"rprop": ("etas", (0.5, 1.2))}


def tensors():
    torch.manual_seed(5)
    made = [torch.empty(shape, dtype=torch.float64).normal_() for shape, _ in FORMS]
    return [
        tensor.to(dtype).requires_grad_() for tensor, (_, dtype) in zip(made, FORMS, strict=True)
    ]


def train(record, name, optimizer, made):
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        # The second rests in the first step.
        used = [tensor for index, tensor in enumerate(made) if index != 1 or step > 1]
        for tensor in used:
            tensor.sin().square().sum().backward()
        optimizer.step()
        if step in KEPT:
            for index, tensor in enumerate(made):
                record.keep(f"{name}.{step}.{index}", tensor)
            for index, state in sorted(optimizer.state_dict()["state"].items()):
                for key, tensor in sorted(state.items()):
                    record.keep(f"{name}.{step}.{index}.{key}", tensor)


def combined(record):
    for name, (make, lr, options) in OPTIONS.items():
        options = {**options, "maximize": True}
        for chosen in product([False, True], repeat=len(options)):
            taken = {key: options[key] for key, on in zip(options, chosen, strict=True) if on}
            digits = "".join(str(int(on)) for on in chosen)
            for listed, places in LISTS.items():
                made = tensors()
                given = [made[place] for place in places]
                case = f"{name}.{digits}.{listed}"
                try:
                    optimizer = make(given, lr=lr, **taken)
                except ValueError:
                    record.keep(f"{case}.refused", torch.tensor(True))
                    continue
                train(record, case, optimizer, made)


def refusals(record):
    weight = torch.ones(3, requires_grad=True)
    other = torch.ones(3, requires_grad=True)
    for name, (make, _, _) in OPTIONS.items():
        for option, (index, value) in product(NUMBERS[name], enumerate(VALUES)):
            refused = refuses(make, [weight], **{option: value})
            record.keep(f"{name}.{option}.{index}", refused)
        for index, value in enumerate(VALUES if name in PAIRS else []):
            option, pairs = PAIRS[name]
            for place, pair in enumerate([(value, pairs[1]), (pairs[0], value)]):
                refused = refuses(make, [weight], **{option: pair})
                record.keep(f"{name}.{option}{place}.{index}", refused)
        lists = {
            "empty": [],
            "empty_group": [{"params": []}],
            "two_groups": [{"params": [weight]}, {"params": [other]}],
            "in_two_groups": [{"params": [weight]}, {"params": [other, weight]}],
            "twice": [weight, weight],
            "computed": [weight * 2],
            "without_gradient": [torch.ones(3)],
            "whole_numbers": [torch.ones(3, dtype=torch.int64)],
        }
        for case, given in lists.items():
            record.keep(f"{name}.{case}", refuses(make, given))
    for (index, momentum), (other_index, dampening) in product(enumerate(VALUES), repeat=2):
        refused = refuses(SGD, [weight], momentum=momentum, dampening=dampening, nesterov=True)
        record.keep(f"nesterov.{index}.{other_index}", refused)


SCHEDULES = {
    "constant": lambda optimizer, factor: schedulers.ConstantLR(optimizer, factor, 3),
    "linear.start": lambda optimizer, factor: schedulers.LinearLR(optimizer, factor, 1.0, 3),
    "linear.end": lambda optimizer, factor: schedulers.LinearLR(optimizer, 0.5, factor, 3),
    "linear.none": lambda optimizer, factor: schedulers.LinearLR(optimizer, factor, 1.0, 0),
    "one_cycle.pct_start": lambda optimizer, part: schedulers.OneCycleLR(
        optimizer, 0.1, 4, pct_start=part
    ),
    "one_cycle.of_two": lambda optimizer, part: schedulers.OneCycleLR(
        optimizer, 0.1, 2, pct_start=part
    ),
    "one_cycle.div_factor": lambda optimizer, factor: schedulers.OneCycleLR(
        optimizer, 0.1, 4, div_factor=factor
    ),
    "one_cycle.final_div_factor": lambda optimizer, factor: schedulers.OneCycleLR(
        optimizer, 0.1, 4, final_div_factor=factor
    ),
}


def failing_step(make, value):
    """The first step that fails, from 1; 0 where it is not made, -1 where nothing fails."""
    try:
        scheduler = make(SGD([torch.ones(3, requires_grad=True)], momentum=0.9), value)
    except (ValueError, ZeroDivisionError):
        return 0
    for step in range(1, 7):
        try:
            scheduler.step()
        except (ValueError, ZeroDivisionError):
            return step
    return -1


def schedules(record):
    for (name, make), (index, value) in product(SCHEDULES.items(), enumerate(VALUES)):
        record.keep(f"{name}.{index}", torch.tensor(failing_step(make, value)))
    for index, value in enumerate(VALUES):
        optimizer = SGD([torch.ones(3, requires_grad=True)])
        refused = refuses(schedulers.ReduceLROnPlateau, optimizer, factor=value)
        record.keep(f"plateau.{index}", refused)


main(combined, refusals, schedules)
