"""How a TRF log behaves in time: states, refresh pattern, start-up, pace of the clock.

docs/reference/trf.md shows these figures of two real files beside those of an emulated one.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from linacsim.formats.trf.dose import delivered_mu
from linacsim.formats.trf.log import ROW_S, TrfLog
from linacsim.formats.trf.refresh import SLOW_ROWS
from linacsim.model.arrays import Ints
from linacsim.model.elekta import LinacState

_WATCHED = (
    "state",
    "dose_rate_mu_per_min",
    "control_point",
    "step_dose_mu",
    "dose_mu",
    "gantry_deg_actual",
    "x1_mm_actual",
    "x2_mm_actual",
    "leaf_y1_20_mm_actual",
    "leaf_y2_20_mm_actual",
)
"""Columns whose refreshing is looked at."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Rows in one state."""

    state: int
    start: int
    rows: int

    @property
    def words(self) -> str:
        """The state's name, or its number where it has none."""
        if self.state not in LinacState.__members__.values():
            return f"state {self.state}"
        return LinacState(self.state).name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Segment:
    """One stay in radiation on."""

    start_s: float
    length_s: float
    first_dose_s: float | None
    """From radiation on to the first dose; None: no dose came."""
    dose_end_s: float | None
    """From the last dose to the end of radiation on."""
    mu: float
    most_mu_per_min: float
    """Greatest of the dose rate column."""


def stays(log: TrfLog) -> list[Stay]:
    """Return the sequence of states."""
    state = log.raw("state")
    ends = [0, *(np.flatnonzero(np.diff(state)) + 1).tolist(), len(state)]
    return [Stay(int(state[a]), a, b - a) for a, b in pairwise(ends) if b > a]


def segments(log: TrfLog) -> list[Segment]:
    """Return each stay in radiation on. Raises InputError where a column is missing."""
    mu, rate = delivered_mu(log), log.raw("dose_rate_mu_per_min")
    found = []
    for stay in stays(log):
        if stay.state != LinacState.RADIATION_ON:
            continue
        start, end = stay.start, stay.start + stay.rows
        came = np.flatnonzero(np.diff(mu[start:end])) + 1
        first, last = (int(came[0]), int(came[-1])) if len(came) else (None, None)
        found.append(
            Segment(
                start_s=round(start * ROW_S, 2),
                length_s=round(stay.rows * ROW_S, 2),
                first_dose_s=None if first is None else round(first * ROW_S, 2),
                dose_end_s=None if last is None else round((end - start - last) * ROW_S, 2),
                mu=float(mu[end - 1] - mu[start]),
                most_mu_per_min=float(rate[start:end].max()),
            )
        )
    return found


def refresh(log: TrfLog) -> dict[str, list[int]]:
    """Return how often each watched column changed in rows 0, 1 and 2 of each three.

    Columns that the log lacks, or that stand still, are left out.
    """
    found = {}
    for name in _WATCHED:
        if name not in {column.name for column in log.columns}:
            continue
        changed = np.flatnonzero(np.diff(log.raw(name))) + 1
        if len(changed):
            found[name] = np.bincount(changed % SLOW_ROWS, minlength=SLOW_ROWS).tolist()
    return found


def clock_steps_ms(log: TrfLog) -> dict[int, int]:
    """Return how often the time stamps stepped by how much; empty without time stamps."""
    if log.time_ms is None:
        return {}
    steps: Ints
    steps, times = np.unique(np.diff(log.time_ms), return_counts=True)
    return dict(zip(steps.tolist(), times.tolist(), strict=True))
