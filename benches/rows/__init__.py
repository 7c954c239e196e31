"""What the bench measures: a file a kind of row."""

from . import evaluation, inference, peers, start, train
from .row import Group, Measurement, Row, UnavailableError

__all__ = ["Group", "Measurement", "Row", "UnavailableError", "groups"]


def groups() -> list[Group]:
    """All groups, in the order in which they are measured."""
    return [
        *train.groups(),
        evaluation.group(),
        *inference.groups(),
        start.group(),
        peers.group(),
    ]
