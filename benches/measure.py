"""Measures the rows of a group in turn."""

from context import Context
from process import ProcessError
from rows import Group, Measurement, Row, UnavailableError
from say import say
from spread import Spread
from table import number

# Of each row, by its name in the group.
Measured = dict[str, list[Measurement]]


def measure(
    context: Context, group: Group, rows: list[Row], pairs: int
) -> tuple[Measured, list[str]]:
    """Measures each of the rows so many times; what went wrong stands in the list.

    A row that fails is dropped, so that it does not cost the others.
    """
    rows = [row for row in rows if is_ready(context, group, row)]
    measured: Measured = {row.name: [] for row in rows}
    failures = []
    for turn in range(1, pairs + 1):
        for row in [row for row in rows if row.name in measured]:
            try:
                measurement = row.measure(context)
            except ProcessError as error:
                del measured[row.name]
                failures.append(f"{group.path(row)}: {error}")
                continue
            measured[row.name].append(measurement)
            say(f"{turn}/{pairs}  {group.path(row):<26}  {summary(measurement)}")
    return measured, failures + differences(group, measured)


def is_ready(context: Context, group: Group, row: Row) -> bool:
    """Builds or installs what a row needs, and says why it is left out where that fails."""
    try:
        row.prepare(context)
    except UnavailableError as error:
        say(f"note: {group.path(row)} is left out: {error}")
        return False
    return True


def summary(measurement: Measurement) -> str:
    figures = measurement.figures.items()
    return "   ".join(f"{figure} {number(Spread.of(values).median)}" for figure, values in figures)


def differences(group: Group, measured: Measured) -> list[str]:
    """What is wrong where rows whose results should be the same bits have others."""
    digests = {
        each.digest: name
        for name, measurements in measured.items()
        for each in measurements
        if each.digest is not None
    }
    if len(digests) < 2:
        return []
    found = ", ".join(f"{digest} ({name})" for digest, name in digests.items())
    return [f"the rows of {group.name} came to other bits: {found}"]
