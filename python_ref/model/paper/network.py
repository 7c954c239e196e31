"""LeNet-5 as the paper of 1998 has it.

LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11).
"""

import torch
from torch import nn

from .init import Conv2d, Linear
from .partial_conv import PartialConv2d
from .rbf import EuclideanRbf
from .subsampling import Subsampling


def squash(x: torch.Tensor) -> torch.Tensor:
    """The scaled hyperbolic tangent of the paper's appendix A."""
    return 1.7159 * torch.tanh(2 / 3 * x)


class Paper(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = Conv2d(1, 6, kernel_size=5)
        self.pool1 = Subsampling(6)
        self.conv2 = PartialConv2d()
        self.pool2 = Subsampling(16)
        self.conv3 = Conv2d(16, 120, kernel_size=5)
        self.fc1 = Linear(120, 84)
        self.fc2 = self.output(num_classes)

    def output(self, num_classes: int) -> nn.Module:
        """The last layer."""
        return Linear(84, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # N×1×32×32
        x = x * 1.275 - 0.1  # from [0, 1] to the background's -0.1 and the ink's 1.175
        x = squash(self.conv1(x))  # N×6×28×28
        x = squash(self.pool1(x))  # N×6×14×14
        x = squash(self.conv2(x))  # N×16×10×10
        x = squash(self.pool2(x))  # N×16×5×5
        x = squash(self.conv3(x))  # N×120×1×1
        x = torch.flatten(x, 1)  # N×120
        x = squash(self.fc1(x))  # N×84
        return self.fc2(x)  # N×num_classes


class PaperRbf(Paper):
    """The same with the paper's own output, which is not trained."""

    def output(self, num_classes: int) -> nn.Module:
        return EuclideanRbf(num_classes)
