"""What torch.nn.init draws, function by function, one after the other from one generator."""

import torch
from reference import main
from torch.nn import init

SHAPES = [(16, 6, 5, 5), (84, 120), (120, 84), (6, 4, 5), (5, 7, 3, 2, 2), (1, 3)]
RANDOM = {
    "uniform": lambda tensor: init.uniform_(tensor, -0.3, 0.7),
    "normal": lambda tensor: init.normal_(tensor, 0.1, 0.02),
    "trunc_normal": lambda tensor: init.trunc_normal_(tensor, std=0.02),
    "trunc_normal.tail": lambda tensor: init.trunc_normal_(tensor, 0.2, 0.5, 1.0, 3.0),
    "trunc_normal.close": lambda tensor: init.trunc_normal_(tensor, 1.0, 1.0, 0.5, 2.0),
    "xavier_uniform": lambda tensor: init.xavier_uniform_(tensor),
    "xavier_normal": lambda tensor: init.xavier_normal_(tensor, init.calculate_gain("tanh")),
    "kaiming_uniform": lambda tensor: init.kaiming_uniform_(tensor),
    "kaiming_normal": lambda tensor: init.kaiming_normal_(tensor),
    "orthogonal": lambda tensor: init.orthogonal_(tensor),
    "orthogonal.gain": lambda tensor: init.orthogonal_(tensor, 1.7),
}
NONLINEARITIES = {
    "linear": None,
    "sigmoid": None,
    "tanh": None,
    "relu": None,
    "leaky_relu": 0.2,
    "selu": None,
}


def draws(record):
    torch.manual_seed(3)
    for dtype in (torch.float32, torch.float64):
        for name, draw in RANDOM.items():
            for index, shape in enumerate(SHAPES):
                tensor = draw(torch.zeros(shape, dtype=dtype))
                record.keep(f"{name}.{dtype}.{index}", tensor)
    for mode in ("fan_in", "fan_out"):
        for nonlinearity, a in NONLINEARITIES.items():
            for index, shape in enumerate(SHAPES):
                name = f"kaiming.{mode}.{nonlinearity}.{index}"
                tensor = torch.zeros(shape)
                init.kaiming_uniform_(tensor, a or 0, mode, nonlinearity)
                record.keep(f"{name}.uniform", tensor)
                tensor = torch.zeros(shape)
                init.kaiming_normal_(tensor, a or 0, mode, nonlinearity)
                record.keep(f"{name}.normal", tensor)
    for sparsity in (0.0, 0.1, 0.5, 1.0):
        record.keep(f"sparse.{sparsity}", init.sparse_(torch.zeros(33, 7), sparsity))
    # So that a number drawn too much or too little shows.
    record.keep("next", torch.empty(8).uniform_())


def constants(record):
    record.keep("constant", init.constant_(torch.empty(3, 4), 0.3))
    record.keep("ones", init.ones_(torch.empty(3, 4)))
    record.keep("zeros", init.zeros_(torch.ones(3, 4)))
    record.keep("eye", init.eye_(torch.ones(3, 5)))
    for groups in (1, 2, 4):
        for shape in ((8, 3, 5), (8, 2, 3, 4), (4, 6, 3, 3, 3)):
            name = f"dirac.{groups}.{len(shape)}"
            record.keep(name, init.dirac_(torch.ones(shape), groups))


main(draws, constants)
