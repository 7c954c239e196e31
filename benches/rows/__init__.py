"""What the bench measures: a file a kind of row."""

from . import start, train
from .row import Group, Measurement, Row, UnavailableError

__all__ = ["Group", "Measurement", "Row", "UnavailableError", "groups"]


def groups() -> list[Group]:
    """All groups, in the order in which they are measured."""
    return [*train.groups(), start.group()]
