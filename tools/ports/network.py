"""A network of the matrix."""

import dataclasses
from collections.abc import Callable

import torch
from torch import nn


@dataclasses.dataclass(frozen=True)
class Network:
    """What `net.py` of a network defines: the loss and the optimizer where they are its own.

    `package` is one that the network needs and that may be missing.
    """

    group: str
    model: Callable[[], nn.Module]
    inputs: Callable[[], tuple]
    loss: Callable | None = None
    optimizer: Callable[[nn.Module], torch.optim.Optimizer] | None = None
    package: str | None = None


def images(size: int, channels: int = 3, batch: int = 2) -> Callable[[], tuple]:
    return lambda: (torch.randn(batch, channels, size, size),)
