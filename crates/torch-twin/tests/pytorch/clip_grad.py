"""What torch.nn.utils makes of gradients."""

from itertools import permutations, product
from math import inf, nan

import torch
from reference import main, refuses
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

SHAPES = [(33,), (5, 7), (2, 3, 3, 3), (120, 84), (4,)]
NORMS = [(1.0, 2.0), (0.3, 2.0), (1000.0, 2.0), (0.5, 1.0), (0.01, inf), (0.7, 3.0)]


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


DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]
GRADIENTS = {
    "empty": [[]],
    "empty_first": [[], [3.0, 4.0]],
    "zeros": [[0.0, -0.0]],
    "some": [[3.0, -4.0], [0.5]],
    "not_finite": [[3.0, inf], [nan]],
}


def with_gradient(values, dtype):
    parameter = torch.zeros(len(values), dtype=dtype, requires_grad=True)
    parameter.grad = torch.tensor(values, dtype=dtype)
    return parameter


def mixed(record):
    """Gradients of several types, whose norms Python takes type by type."""
    alone = [(dtype,) * 4 for dtype in DTYPES]
    for order, dtypes in enumerate([*permutations(DTYPES), *alone]):
        dtypes = [*dtypes, dtypes[1], dtypes[0], dtypes[3]]
        values = [0.5, 0.2, 0.1, 0.7, 0.3, 0.9, 0.4]
        made = [with_gradient([v, v / 3], d) for v, d in zip(values, dtypes, strict=True)]
        record.keep(f"{order}.norm", clip_grad_norm_(made, 0.6))
        for index, parameter in enumerate(made):
            record.keep(f"{order}.{index}", parameter.grad)
    kinds = [torch.float32, torch.float64, torch.float32]
    three = [with_gradient([v], d) for v, d in zip([0.5, 0.2, 0.1], kinds, strict=True)]
    record.keep("three", clip_grad_norm_(three, 1.0))


def edges(record):
    """Norms and lengths at the edge of what is taken, and a parameter that is listed twice."""
    norm_types = [inf, -inf, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, nan]
    for (name, values), norm_type in product(GRADIENTS.items(), norm_types):
        made = [with_gradient(v, torch.float32) for v in values]
        case = f"{name}.{norm_type}"
        refused = refuses(clip_grad_norm_, made, 1.0, norm_type)
        record.keep(f"{case}.refused", refused)
        made = [with_gradient(v, torch.float32) for v in values]
        if not refused:
            record.keep(f"{case}.norm", clip_grad_norm_(made, 1.0, norm_type))
        for index, parameter in enumerate(made):
            record.keep(f"{case}.{index}", parameter.grad)
    for (name, values), length in product(GRADIENTS.items(), [-1.0, -0.0, 0.0, inf, nan]):
        for clip in (clip_grad_norm_, clip_grad_value_):
            made = [with_gradient(v, torch.float32) for v in values]
            clip([*made, made[0]], length)
            for index, parameter in enumerate(made):
                record.keep(f"{name}.{length}.{clip.__name__}.{index}", parameter.grad)


main(clipped, mixed, edges)
