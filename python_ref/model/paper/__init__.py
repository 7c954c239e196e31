"""LeNet-5 as the paper of 1998 has it."""

from .network import Paper, PaperRbf
from .rbf import MapCriterion

__all__ = ["MapCriterion", "Paper", "PaperRbf"]
