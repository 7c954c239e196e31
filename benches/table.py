"""The Markdown table of medians, quartiles and ratios."""

from collections.abc import Mapping
from dataclasses import dataclass

from rows import Measurement
from spread import Spread

COLUMNS = ("row", "figure", "median", "quartiles", "ratio", "others")


@dataclass(frozen=True)
class Line:
    """A figure of a row; the ratio is to the first row of its group."""

    row: str
    figure: str
    spread: Spread
    ratio: float
    # Cores that other programs kept busy, at the most.
    others: float | None

    def cells(self) -> tuple[str, ...]:
        low, high = number(self.spread.low), number(self.spread.high)
        others = "?" if self.others is None else f"{self.others:.1f}"
        median, ratio = number(self.spread.median), f"{self.ratio:.3f}"
        return self.row, self.figure, median, f"{low} to {high}", ratio, others


def lines(group: str, measured: Mapping[str, list[Measurement]]) -> list[Line]:
    """The lines of a group, figure by figure, so that what is compared stands together."""
    by_figure: dict[str, list[Line]] = {}
    for name, measurements in measured.items():
        others = [each.others for each in measurements if each.others is not None]
        for figure in measurements[0].figures:
            spread = Spread.of([value for each in measurements for value in each.figures[figure]])
            so_far = by_figure.setdefault(figure, [])
            first = so_far[0].spread if so_far else spread
            ratio = spread.median / first.median
            busiest = max(others, default=None)
            so_far.append(Line(f"{group}/{name}", figure, spread, ratio, busiest))
    return [line for figure_lines in by_figure.values() for line in figure_lines]


def markdown(table: list[Line]) -> str:
    """The table, in columns of equal width."""
    cells = [COLUMNS, *(line.cells() for line in table)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(COLUMNS))]
    rows = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    rows.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {row} |" for row in rows)


def number(value: float) -> str:
    """Three significant digits, and never an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    digits = 2
    while digits < 9 and 0 < value < 10 ** (2 - digits):
        digits += 1
    return f"{value:.{digits if value < 10 else 1}f}"
