"""The paper's output: Euclidean distances from bitmaps of the digits, and the loss for it."""

import torch
import torch.nn.functional as F
from torch import nn

from .bitmaps import bitmaps


class EuclideanRbf(nn.Module):
    """Units that answer the stronger, the nearer the input is to their bitmap."""

    def __init__(self, num_classes: int = 10) -> None:
        if num_classes != 10:
            raise ValueError("there are bitmaps of the ten digits only")
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
