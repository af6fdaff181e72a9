"""How punctual a live run was: one record a deadline, and its summary.

Lateness is from a deadline to the start of its work; compute is the time of that work. All are
kept for the whole run (four numbers of 8 bytes, 12 MB an hour at 10 ms), so that percentiles are
exact and a run of any length shows its worst tick.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

US = 1000
EDGES_US = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
"""Upper edges of the histogram; one more bin holds all beyond."""
_CHUNK = 65_536
PHASES = ("inputs", "machine", "sinks")


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles in microseconds."""

    p50_us: float
    p99_us: float
    p999_us: float
    max_us: float


@dataclass(frozen=True, slots=True)
class Timing:
    """Summary of a live run's punctuality."""

    deadlines: int
    period_ms: float
    lateness: Spread
    compute: Spread
    phases: dict[str, Spread]
    histogram: tuple[int, ...]
    """Deadlines by lateness, between `EDGES_US`."""
    overruns: int
    """Deadlines whose work took longer than a period."""
    skipped: int
    """Deadlines that passed before their work began a whole period late; none is left out."""
    holds: int = 0
    """How many times lateness held the beam."""

    def record(self) -> dict[str, Any]:
        """Return it as plain data, for journals and `--json`."""
        return {**asdict(self), "edges_us": list(EDGES_US), "histogram": list(self.histogram)}


class Lateness:
    """Takes the times of each deadline, without allocating but once in `_CHUNK` ticks."""

    def __init__(self, period_ns: int) -> None:
        """Start with no ticks of this period."""
        self._period_ns = period_ns
        self._full: list[NDArray[np.int64]] = []
        self._chunk = np.empty((_CHUNK, 1 + len(PHASES)), dtype=np.int64)
        self._at = 0
        self.skipped = 0
        self.holds = 0

    def add(self, times_ns: Sequence[int]) -> None:
        """Take the lateness of a deadline and what each of its phases took."""
        if self._at == _CHUNK:
            self._full.append(self._chunk)
            self._chunk, self._at = np.empty_like(self._chunk), 0
        self._chunk[self._at] = times_ns
        self._at += 1

    def times_ns(self) -> NDArray[np.int64]:
        """Return (n, 4): lateness and each phase of every deadline."""
        return np.concatenate([*self._full, self._chunk[: self._at]])

    def summary(self) -> Timing:
        """Return percentiles and histogram of all ticks so far."""
        times = self.times_ns()
        compute = times[:, 1:].sum(axis=1)
        edges = np.array(EDGES_US) * US
        bins = np.bincount(np.searchsorted(edges, times[:, 0]), minlength=len(edges) + 1)
        return Timing(
            deadlines=len(times),
            period_ms=self._period_ns / 1e6,
            lateness=_spread(times[:, 0]),
            compute=_spread(compute),
            phases={name: _spread(times[:, 1 + k]) for k, name in enumerate(PHASES)},
            histogram=tuple(int(count) for count in bins),
            overruns=int(np.count_nonzero(compute > self._period_ns)),
            skipped=self.skipped,
            holds=self.holds,
        )


def _spread(times_ns: NDArray[np.int64]) -> Spread:
    if not len(times_ns):
        return Spread(0.0, 0.0, 0.0, 0.0)
    p50, p99, p999 = np.percentile(times_ns, (50, 99, 99.9)) / US
    return Spread(float(p50), float(p99), float(p999), float(times_ns.max() / US))
