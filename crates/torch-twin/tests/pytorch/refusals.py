"""What PyTorch's layers and data sets take and refuse at the edges."""

from itertools import product
from math import inf, nan

import torch
from reference import main, refuses
from torch import nn
from torch.utils.data import random_split

VALUES = [-inf, -1.0, -5e-324, -0.0, 0.0, 0.5, 1 - 2**-53, 1.0, 1 + 2**-52, 2.0, inf, nan]
LAYERS = {
    "linear": lambda: nn.Linear(0, 3),
    "linear.to_none": lambda: nn.Linear(3, 0),
    "linear.of_none": lambda: nn.Linear(0, 0),
    "conv1d": lambda: nn.Conv1d(0, 3, 2),
    "conv2d": lambda: nn.Conv2d(0, 3, 2),
    "conv2d.to_none": lambda: nn.Conv2d(3, 0, 2),
    "conv2d.kernel": lambda: nn.Conv2d(3, 3, 0),
    "conv2d.side": lambda: nn.Conv2d(3, 3, (0, 2)),
    "conv_transpose2d": lambda: nn.ConvTranspose2d(0, 3, 2),
    "conv_transpose2d.to_none": lambda: nn.ConvTranspose2d(3, 0, 2),
}


def without_inputs(record):
    """What layers without inputs or outputs start with, and what they leave to be drawn."""
    for name, make in LAYERS.items():
        torch.manual_seed(3)
        record.keep_all(name, make().state_dict())
        record.keep(f"{name}.drawn", torch.rand(1))


def dropout(p, x):
    return nn.Dropout(p)(x)


def layers(record):
    x = torch.arange(24.0).reshape(2, 3, 2, 2)
    for index, value in enumerate(VALUES):
        for tracks in (True, False):
            layer = nn.BatchNorm2d(3, eps=value, track_running_stats=tracks)
            record.keep(f"batch_norm.{tracks}.{index}", refuses(layer, x))
            if tracks:
                record.keep(f"batch_norm.count.{index}", layer.num_batches_tracked)
        empty, single = torch.ones(0, 3, 2, 2), torch.ones(1, 3, 1, 1)
        for name, other in {"empty": empty, "single": single}.items():
            layer = nn.BatchNorm2d(3, eps=value)
            record.keep(f"batch_norm.{name}.{index}", refuses(layer, other))
        record.keep(f"dropout.{index}", refuses(dropout, value, x))
        record.keep(f"lstm.dropout.{index}", refuses(nn.LSTM, 3, 3, dropout=value))
    # PyTorch 2.11 refuses 0 as well.
    for index, value in enumerate([-1.0, -5e-324, 1e-300, nan]):
        layer = nn.BatchNorm2d(3, eps=value).eval()
        record.keep(f"batch_norm.eval.{index}", refuses(layer, x))
    for sizes in product([0, 2], repeat=3):
        name = "".join(str(size) for size in sizes)
        record.keep(f"lstm.{name}", refuses(nn.LSTM, *sizes))
    for rows, padding_idx in product([0, 1, 11], [-12, -11, -1, 0, 1, 10, 11, 12]):
        refused = refuses(nn.Embedding, rows, 2, padding_idx)
        record.keep(f"embedding.{rows}.{padding_idx}", refused)
    for first, second in product([0, 1, 2, 3], repeat=2):
        name = f"{first}.{second}"
        refused = refuses(nn.MultiheadAttention, first, second)
        record.keep(f"attention.{name}", refused)
        refused = refuses(nn.GroupNorm, first, second)
        record.keep(f"group_norm.{name}", refused)
        for groups in (0, 1, 2, 3):
            refused = refuses(nn.Conv2d, first, second, 1, groups=groups)
            record.keep(f"conv.{name}.{groups}", refused)


FRACTIONS = [
    [],
    [1.0],
    [0.5, 0.5],
    [0.3, 0.3],
    [0.5, 0.5 + 1e-10],
    [0.5, 0.5 - 1e-10],
    [0.5, 0.5 - 1e-8],
    [0.1] * 10,
    [-0.5, 1.5],
    [1.5, -0.5],
    [0.0, 1.0],
    [nan, 1.0],
    [inf, -inf],
]
LENGTHS = [[], [0], [7], [8], [3, 4], [3, 3], [7, 0, 0], [2**63, 2**63, 7]]


def splits(record):
    data = list(range(7))
    for index, lengths in enumerate(LENGTHS + FRACTIONS):
        refused = refuses(random_split, data, lengths)
        record.keep(str(index), refused)


main(without_inputs, layers, splits)
