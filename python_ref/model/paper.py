"""LeNet-5 as the paper of 1998 has it.

LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11).
"""

import torch
import torch.nn.functional as F
from torch import nn

from .bitmaps import bitmaps

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


def squash(x: torch.Tensor) -> torch.Tensor:
    """The scaled hyperbolic tangent of the paper's appendix A."""
    return 1.7159 * torch.tanh(2 / 3 * x)


def init(tensor: torch.Tensor, fan_in: int) -> None:
    """Uniform in ±2.4 / fan_in, the paper's initial values."""
    nn.init.uniform_(tensor, -2.4 / fan_in, 2.4 / fan_in)


class Conv2d(nn.Conv2d):
    """A convolution that starts with the paper's initial values."""

    def reset_parameters(self) -> None:
        fan_in = self.weight[0].numel()
        init(self.weight, fan_in)
        init(self.bias, fan_in)


class Linear(nn.Linear):
    """A full connection that starts with the paper's initial values."""

    def reset_parameters(self) -> None:
        init(self.weight, self.in_features)
        init(self.bias, self.in_features)


class Subsampling(nn.Module):
    """The average of 2×2 units, times a trained coefficient, plus a trained bias, for each map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, 1, 1))
        self.bias = nn.Parameter(torch.empty(channels, 1, 1))
        # The paper multiplies the sum of the four units, the fan-in, by its coefficient: four
        # times this one's share in the average.
        init(self.weight, 1)
        init(self.bias, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(x, 2) * self.weight + self.bias


class PartialConv2d(nn.Module):
    """A convolution 5×5 of which only the kernels of `CONNECTIONS` exist."""

    def __init__(self) -> None:
        super().__init__()
        kernels = [
            6 * map + source for map, sources in enumerate(CONNECTIONS) for source in sources
        ]
        self.register_buffer("kernels", torch.tensor(kernels))
        self.weight = nn.Parameter(torch.empty(len(kernels), 5, 5))
        self.bias = nn.Parameter(torch.empty(len(CONNECTIONS)))
        fan_ins = [25 * len(sources) for sources in CONNECTIONS]
        with torch.no_grad():
            weights = self.weight.split([len(sources) for sources in CONNECTIONS])
            for weight, fan_in in zip(weights, fan_ins, strict=True):
                init(weight, fan_in)
            for bias, fan_in in zip(self.bias.split(1), fan_ins, strict=True):
                init(bias, fan_in)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        full = self.weight.new_zeros(len(CONNECTIONS) * 6, 5, 5)
        full = full.index_copy(0, self.kernels, self.weight)
        return F.conv2d(x, full.view(-1, 6, 5, 5), self.bias)


class EuclideanRbf(nn.Module):
    """Units that answer the stronger, the nearer the input is to their bitmap."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("bitmaps", bitmaps())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        distances = (x.unsqueeze(1) - self.bitmaps).square().sum(dim=2)
        return -distances


class MapCriterion(nn.Module):
    """The paper's maximum a posteriori criterion, its equation 9, on negative distances.

    It is cross-entropy with one class more, for rubbish, at the distance j from every image.
    """

    # The paper gives no value. The bitmaps of 3 and 5 differ in 14 pixels, the fewest of all
    # pairs: 14 is the squared distance from one of them to the middle between the two.
    J = 14.0

    def forward(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(F.pad(logits, (0, 1), value=-self.J), labels)


class Paper(nn.Module):
    def __init__(self, num_classes: int = 10, rbf: bool = False) -> None:
        super().__init__()
        self.conv1 = Conv2d(1, 6, kernel_size=5)
        self.pool1 = Subsampling(6)
        self.conv2 = PartialConv2d()
        self.pool2 = Subsampling(16)
        self.conv3 = Conv2d(16, 120, kernel_size=5)
        self.fc1 = Linear(120, 84)
        if rbf and num_classes != 10:
            raise ValueError("there are bitmaps of the ten digits only")
        self.fc2 = EuclideanRbf() if rbf else Linear(84, num_classes)

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
