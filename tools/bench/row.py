"""One measured figure with its baseline from the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, the baseline it is compared with, and the ratio that is aimed at."""

    name: str
    value_s: float
    baseline: str
    baseline_s: float
    ratio: float
    """What is aimed at is in the same terms."""
    aim: str

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.name:42} {1000 * self.value_s:9.1f} ms   {self.baseline:34} "
            f"{1000 * self.baseline_s:9.1f} ms   ratio {self.ratio:8.2f}   aim {self.aim}"
        )


def median_s(work: Callable[[], object], runs: int = 7) -> float:
    """Return the median of several runs in seconds."""
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)
