"""The networks in PyTorch, a file a variant."""

from functools import partial

from torch import nn

from .classic import Classic
from .modern import Modern
from .paper import MapCriterion, Paper

VARIANTS = {
    "classic": Classic,
    "paper": Paper,
    "paper-rbf": partial(Paper, rbf=True),
    "modern": Modern,
}


def criterion(variant: str) -> nn.Module:
    """The loss that a variant is trained with."""
    return MapCriterion() if variant == "paper-rbf" else nn.CrossEntropyLoss()
