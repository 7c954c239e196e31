"""How PyTorch's L-BFGS moves parameters, what it keeps, and how often it evaluates the loss."""

from functools import reduce
from operator import add

import torch
from reference import main
from torch.optim import LBFGS

WOLFE = {"line_search_fn": "strong_wolfe"}
OPTIONS = {
    "default": {},
    "short": {"lr": 0.1, "max_iter": 5, "history_size": 3},
    "wolfe": WOLFE,
    "wolfe.short": {"lr": 0.5, "max_iter": 4, "max_eval": 7, "history_size": 2} | WOLFE,
    "wolfe.loose": {"tolerance_grad": 1e-2, "tolerance_change": 1e-3} | WOLFE,
    "wolfe.far": {"lr": 50.0} | WOLFE,
    "wolfe.near": {"lr": 0.02} | WOLFE,
}
SHAPES = [(33,), (5, 7), (2,), (4,)]
F32, F64 = torch.float32, torch.float64
DTYPES = {"f32": [F32] * 4, "f64": [F64] * 4, "mixed": [F32, F64, F32, F32]}
# A valley that is hard to follow, and waves with many minima.
LOSSES = {
    "valley": lambda x: (x[1:] - x[:-1].square()).square().sum() * 100.0 + (x - 1.0).square().sum(),
    "waves": lambda x: (x * 3.0).sin().sum() + x.square().sum(),
}
STEPS = 6


def flat(state, name):
    """What is in lists by numbers, and Python's numbers as tensors."""
    match state:
        case float():
            return {name: torch.tensor(state, dtype=torch.float64)}
        case torch.Tensor() | int():
            return {name: torch.as_tensor(state)}
        case list():
            parts = enumerate(state)
        case dict():
            parts = state.items()
        case None:
            return {}
    return {
        own: tensor for key, part in parts for own, tensor in flat(part, f"{name}.{key}").items()
    }


def train(record, name, options, dtypes, loss):
    torch.manual_seed(5)
    parameters = [
        torch.empty(shape, dtype=dtype).normal_().requires_grad_()
        for shape, dtype in zip(SHAPES, dtypes, strict=True)
    ]
    optimizer = LBFGS(parameters, **({"lr": 1.0} | options))
    evaluations = 0

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        # The last one has no gradient.
        value = reduce(add, [loss(parameter.reshape(-1)) for parameter in parameters[:-1]])
        value.backward()
        return value

    for step in range(1, STEPS + 1):
        record.keep(f"{name}.{step}.loss", optimizer.step(closure))
        record.keep(f"{name}.{step}.evaluations", torch.tensor(evaluations))
        for index, parameter in enumerate(parameters):
            record.keep(f"{name}.{step}.parameter.{index}", parameter)
        for key, tensor in sorted(flat(optimizer.state_dict()["state"][0], "0").items()):
            record.keep(f"{name}.{step}.state.{key}", tensor)


def lbfgs(record):
    for of, options in OPTIONS.items():
        for kind, dtypes in DTYPES.items():
            for loss, function in LOSSES.items():
                train(record, f"{of}.{kind}.{loss}", options, dtypes, function)


main(lbfgs)
