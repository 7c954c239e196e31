"""The paper's initial values."""

import torch
from torch import nn


def uniform_(tensor: torch.Tensor, fan_in: int) -> None:
    """Uniform in ±2.4 / fan_in."""
    nn.init.uniform_(tensor, -2.4 / fan_in, 2.4 / fan_in)


class Conv2d(nn.Conv2d):
    """A convolution that starts with the paper's initial values."""

    def reset_parameters(self) -> None:
        fan_in = self.weight[0].numel()
        uniform_(self.weight, fan_in)
        uniform_(self.bias, fan_in)


class Linear(nn.Linear):
    """A full connection that starts with the paper's initial values."""

    def reset_parameters(self) -> None:
        uniform_(self.weight, self.in_features)
        uniform_(self.bias, self.in_features)
