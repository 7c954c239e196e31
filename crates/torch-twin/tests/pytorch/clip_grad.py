"""What torch.nn.utils makes of gradients."""

import torch
from reference import main
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

SHAPES = [(33,), (5, 7), (2, 3, 3, 3), (120, 84), (4,)]
NORMS = [(1.0, 2.0), (0.3, 2.0), (1000.0, 2.0), (0.5, 1.0), (0.01, float("inf")), (0.7, 3.0)]


def parameters():
    """The last is never used."""
    torch.manual_seed(11)
    made = [torch.empty(shape).normal_().requires_grad_() for shape in SHAPES]
    sum(parameter.sin().square().sum() for parameter in made[:-1]).backward()
    return made


def clipped(record):
    for max_norm, norm_type in NORMS:
        made = parameters()
        norm = clip_grad_norm_(made, max_norm, norm_type)
        record.keep(f"{max_norm}.{norm_type}.norm", norm)
        for index, parameter in enumerate(made[:-1]):
            record.keep(f"{max_norm}.{norm_type}.{index}", parameter.grad)
    for clip_value in (0.1, 0.5, 100.0):
        made = parameters()
        clip_grad_value_(made, clip_value)
        for index, parameter in enumerate(made[:-1]):
            record.keep(f"value.{clip_value}.{index}", parameter.grad)
    record.keep("none", clip_grad_norm_([torch.ones(3, requires_grad=True)], 1.0))


main(clipped)
