"""What PyTorch's functions give with arguments that tch leaves out."""

from math import inf, nan

import torch
import torch.nn.functional as F
from reference import SEEDS, main, refuses


def arguments(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        a, b, c = (torch.empty(7, 19).uniform_(-1, 1).requires_grad_() for _ in range(3))
        results = {
            "add": torch.add(a, b, alpha=0.3),
            "sub": torch.sub(a, b, alpha=1.7),
            "addcmul": torch.addcmul(a, b, c, value=0.3),
            "addcdiv": torch.addcdiv(a, b, c, value=-0.7),
            "addmm": torch.addmm(torch.ones(7, 7), a, b.t(), beta=0.3, alpha=1.1),
            "leaky_relu": F.leaky_relu(a, 0.3),
            "elu": F.elu(a, 0.7),
            "celu": F.celu(a, 0.7),
            "hardshrink": F.hardshrink(a, 0.4),
            "softshrink": F.softshrink(a, 0.4),
            "hardtanh": F.hardtanh(a, -0.4, 0.8),
            "softplus": F.softplus(a, 2.0, 1.5),
            "add_": a.clone().add_(b, alpha=0.3),
            "sub_": a.clone().sub_(b, alpha=1.7),
            "addcmul_": a.clone().addcmul_(b, c, value=0.3),
            "addcdiv_": a.clone().addcdiv_(b, c, value=-0.7),
            "leaky_relu_": F.leaky_relu_(a.clone(), 0.3),
            "elu_": F.elu_(a.clone(), 0.7),
            "celu_": F.celu_(a.clone(), 0.7),
            "hardtanh_": F.hardtanh_(a.clone(), -0.4, 0.8),
            "vector_norm": torch.linalg.vector_norm(a),
            "vector_norm of rows": torch.linalg.vector_norm(a, 3.0, (1,), True),
            "vector_norm of 1": torch.linalg.vector_norm(a, 1, (0,)),
        }
        for name, result in results.items():
            a.grad = None
            result.square().sum().backward()
            record.keep(f"{seed}.{name}", result)
            record.keep(f"{seed}.{name}.grad", a.grad)


SIZES = [{"size": (9, 4)}, {"scale_factor": (2.0, 1.5)}, {"scale_factor": (0.7, 0.6)}]
MODES = [
    {"mode": "nearest"},
    {"mode": "nearest-exact"},
    {"mode": "bilinear"},
    {"mode": "bilinear", "align_corners": True},
    {"mode": "bicubic"},
    {"mode": "bicubic", "align_corners": True},
    {"mode": "area"},
]


def interpolate(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for size, by in enumerate(SIZES):
            for mode, how in enumerate(MODES):
                x = torch.empty(2, 3, 7, 5).uniform_(-1, 1).requires_grad_()
                result = F.interpolate(x, **by, **how)
                result.square().sum().backward()
                record.keep(f"{seed}.{size}.{mode}", result)
                record.keep(f"{seed}.{size}.{mode}.grad", x.grad)


FACTORS = [nan, inf, -inf, -1.0, -0.1, 0.0, 0.1, 0.2, 1.0]


def factors(record):
    """What factors are refused, and what sizes come of the others."""
    x = torch.ones(1, 1, 7, 5)
    for index, factor in enumerate(FACTORS):
        for mode, how in enumerate(MODES):
            for place, by in enumerate([(factor, 1.0), (1.0, factor)]):
                name = f"{index}.{mode}.{place}"
                refused = refuses(F.interpolate, x, scale_factor=by, **how)
                record.keep(name, refused)
                if not refused:
                    size = F.interpolate(x, scale_factor=by, **how).shape
                    record.keep(f"{name}.size", torch.tensor(size))


def pad(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        x = torch.empty(2, 3, 7, 5).uniform_(-1, 1)
        record.keep(f"{seed}.constant", F.pad(x, (1, 2, 0, 3), value=0.5))
        record.keep(f"{seed}.less", F.pad(x, (-1, 2)))
        for mode in ["reflect", "replicate", "circular"]:
            record.keep(f"{seed}.{mode}", F.pad(x, (1, 2, 3, 0), mode=mode))


main(arguments, interpolate, factors, pad)
