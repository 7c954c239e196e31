"""What many timings of one thing come to."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The median, and the quartiles about it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))
