"""The networks in PyTorch, a file a variant."""

from .classic import Classic

VARIANTS = {"classic": Classic}
