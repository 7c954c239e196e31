"""The networks in PyTorch, a file or a folder a variant."""

from torch import nn

from .classic import Classic
from .modern import Modern
from .paper import MapCriterion, Paper, PaperRbf

VARIANTS = {"classic": Classic, "paper": Paper, "paper-rbf": PaperRbf, "modern": Modern}


def criterion(model: nn.Module) -> nn.Module:
    """The loss that a network is trained with."""
    return MapCriterion() if isinstance(model, PaperRbf) else nn.CrossEntropyLoss()
