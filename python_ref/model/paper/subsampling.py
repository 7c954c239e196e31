"""The paper's pooling, its layers S2 and S4."""

import torch
import torch.nn.functional as F
from torch import nn

from . import init


class Subsampling(nn.Module):
    """The average of 2×2 units, times a trained coefficient, plus a trained bias, for each map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, 1, 1))
        self.bias = nn.Parameter(torch.empty(channels, 1, 1))
        # The paper multiplies the sum of the four units, the fan-in, by its coefficient: four
        # times this one's share in the average.
        init.uniform_(self.weight, 1)
        init.uniform_(self.bias, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(x, 2) * self.weight + self.bias
