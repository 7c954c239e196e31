"""The paper's partially connected convolution, its layer C3."""

import torch
import torch.nn.functional as F
from torch import nn

from . import init

# The maps of S2 that each map of C3 sees, the paper's table I.
CONNECTIONS = (
    (0, 1, 2),
    (1, 2, 3),
    (2, 3, 4),
    (3, 4, 5),
    (0, 4, 5),
    (0, 1, 5),
    (0, 1, 2, 3),
    (1, 2, 3, 4),
    (2, 3, 4, 5),
    (0, 3, 4, 5),
    (0, 1, 4, 5),
    (0, 1, 2, 5),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


class PartialConv2d(nn.Module):
    """A convolution 5×5, from 6 maps to 16, of which only the kernels of `CONNECTIONS` exist."""

    def __init__(self) -> None:
        super().__init__()
        # Where each kernel stands among the 16×6 of a full convolution.
        kernels = [6 * c3 + s2 for c3, sources in enumerate(CONNECTIONS) for s2 in sources]
        self.register_buffer("kernels", torch.tensor(kernels))
        self.weight = nn.Parameter(torch.empty(len(kernels), 5, 5))
        self.bias = nn.Parameter(torch.empty(16))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        counts = [len(sources) for sources in CONNECTIONS]
        for weight, count in zip(self.weight.split(counts), counts, strict=True):
            init.uniform_(weight, 25 * count)
        for bias, count in zip(self.bias.split(1), counts, strict=True):
            init.uniform_(bias, 25 * count)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        full = self.weight.new_zeros(16 * 6, 5, 5)
        full = full.index_copy(0, self.kernels, self.weight)
        return F.conv2d(x, full.view(16, 6, 5, 5), self.bias)
