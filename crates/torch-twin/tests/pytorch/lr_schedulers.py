"""The learning rates and momenta that PyTorch's schedulers set, epoch after epoch."""

import torch
from reference import main
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

EPOCHS = 40


def sequence(optimizer):
    schedulers = [
        LinearLR(optimizer, start_factor=0.1, total_iters=5),
        CosineAnnealingLR(optimizer, T_max=20, eta_min=1e-5),
        StepLR(optimizer, step_size=3, gamma=0.3),
        ExponentialLR(optimizer, gamma=0.9),
    ]
    return SequentialLR(optimizer, schedulers, milestones=[5, 25, 33])


def other_sequence(optimizer):
    schedulers = [
        ConstantLR(optimizer, factor=0.25, total_iters=3),
        MultiStepLR(optimizer, milestones=[2, 2, 4], gamma=0.7),
        LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch)),
        ConstantLR(optimizer, factor=0.3, total_iters=2),
        LinearLR(optimizer, 0.5, 0.25, total_iters=7),
    ]
    return SequentialLR(optimizer, schedulers, milestones=[4, 11, 20, 25])


SCHEDULERS = {
    "step": lambda optimizer: StepLR(optimizer, step_size=7, gamma=0.7),
    "multi_step": lambda optimizer: MultiStepLR(optimizer, milestones=[3, 9, 9, 30], gamma=0.3),
    "exponential": lambda optimizer: ExponentialLR(optimizer, gamma=0.93),
    "constant": lambda optimizer: ConstantLR(optimizer, factor=1 / 3, total_iters=5),
    "linear": lambda optimizer: LinearLR(optimizer, start_factor=1 / 3, total_iters=17),
    "cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=13, eta_min=0.0001),
    "lambda": lambda optimizer: LambdaLR(optimizer, lambda epoch: 0.95**epoch),
    "sequence": sequence,
    "other_sequence": other_sequence,
    "one_cycle": lambda optimizer: OneCycleLR(optimizer, max_lr=0.3, total_steps=EPOCHS),
    "three_phases": lambda optimizer: OneCycleLR(
        optimizer,
        max_lr=0.3,
        total_steps=EPOCHS,
        pct_start=0.4,
        anneal_strategy="linear",
        div_factor=10.0,
        final_div_factor=100.0,
        three_phase=True,
    ),
    "without_momentum": lambda optimizer: OneCycleLR(
        optimizer, max_lr=0.3, total_steps=EPOCHS, cycle_momentum=False
    ),
}
PLATEAUS = {
    "plateau": {"patience": 2},
    "plateau.max": {"mode": "max", "factor": 0.5, "patience": 1, "cooldown": 3, "min_lr": 0.01},
    "plateau.abs": {"threshold": 0.05, "threshold_mode": "abs", "patience": 0, "eps": 0.01},
    "plateau.max_abs": {"mode": "max", "threshold": 0.3, "threshold_mode": "abs", "patience": 3},
}
OPTIMIZERS = {
    "sgd": lambda groups: SGD(groups, lr=0.1, momentum=0.9),
    "adam": lambda groups: Adam(groups, lr=0.003),
}


def optimizers():
    for name, make_optimizer in OPTIMIZERS.items():
        groups = [{"params": [torch.zeros(2)]}, {"params": [torch.zeros(3)], "lr": 0.02}]
        yield name, make_optimizer(groups)


def keep(record, name, optimizer):
    lrs = [group["lr"] for group in optimizer.param_groups]
    momenta = [
        group["momentum"] if "momentum" in group else group["betas"][0]
        for group in optimizer.param_groups
    ]
    record.keep(name, torch.tensor(lrs + momenta, dtype=torch.float64))


def by_epoch(record):
    for schedule, make_scheduler in SCHEDULERS.items():
        for name, optimizer in optimizers():
            scheduler = make_scheduler(optimizer)
            keep(record, f"{schedule}.{name}.0", optimizer)
            for epoch in range(1, EPOCHS + 1):
                optimizer.step()
                scheduler.step()
                keep(record, f"{schedule}.{name}.{epoch}", optimizer)


def figure(epoch):
    """A figure that falls, rises, and stays."""
    return [1.0, 0.8, 0.9, 0.79999, 0.8, 0.8, 0.5, 0.7, 0.7, 0.7][epoch % 10] + 0.1 * (epoch // 10)


def on_plateau(record):
    for schedule, options in PLATEAUS.items():
        for name, optimizer in optimizers():
            scheduler = ReduceLROnPlateau(optimizer, **options)
            for epoch in range(1, EPOCHS + 1):
                scheduler.step(figure(epoch))
                keep(record, f"{schedule}.{name}.{epoch}", optimizer)


main(by_epoch, on_plateau)
