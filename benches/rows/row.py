"""A row of the table: one program that does one thing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from context import Context


class UnavailableError(Exception):
    """Why a row cannot be measured on this machine."""


@dataclass(frozen=True)
class Measurement:
    """What one call of a row's program gave."""

    # By the figure's name, which ends with the unit: one value, or one a repetition.
    figures: dict[str, list[float]]
    # Cores that other programs kept busy meanwhile.
    others: float | None
    # What came out, where it must be the same bits in all rows of the group that have one.
    digest: str | None = None
    # What is worth keeping beside the figures.
    remarks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A program, and how it is measured."""

    name: str
    about: str
    measure: Callable[[Context], Measurement]
    # Builds or installs what the row needs.
    prepare: Callable[[Context], None] = lambda context: None


@dataclass(frozen=True)
class Group:
    """Rows that do the same, and are compared with the first of them."""

    name: str
    about: str
    rows: list[Row]
    # Whether it is measured only where it is asked for.
    on_demand: bool = False

    def path(self, row: Row) -> str:
        """The row's name in full."""
        return f"{self.name}/{row.name}"
