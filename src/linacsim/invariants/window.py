"""A stretch of consecutive ticks with a few ticks of what came before."""

from dataclasses import dataclass

import numpy as np

from linacsim.invariants.measures import touching
from linacsim.model.arrays import ArrayT, Bools, Bytes8, Floats, Ints
from linacsim.model.signals import Frames, State

LEAD = 3
"""Rows of the past that a window carries: enough for a mean acceleration, and for something to
be sustained."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Columns of n ticks; the first `lead` rows were judged before."""

    lead: int
    tick: Ints
    state: Bytes8
    cp: Floats
    mu_expected: Floats
    mu_actual: Floats
    hold: Bytes8
    beam_on: Bools
    expected: Floats
    actual: Floats
    frozen: Bools
    """(n_axes,)"""
    planned: Bools
    """(n,) whether the expected side shows a plan that runs; see `_planned`."""
    low: Floats
    """(n_axes,) lowest expected position of the planned rows not yet judged."""
    high: Floats
    """(n_axes,) highest one."""

    @property
    def first(self) -> int:
        """First row that has a row before it and was not judged before."""
        return max(self.lead, 1)

    def tail(self) -> "Window":
        """Return the last rows, as the past of the next window."""
        keep = min(LEAD, len(self.tick))
        rows = slice(len(self.tick) - keep, None)
        return Window(
            keep,
            self.tick[rows].copy(),
            self.state[rows].copy(),
            self.cp[rows].copy(),
            self.mu_expected[rows].copy(),
            self.mu_actual[rows].copy(),
            self.hold[rows].copy(),
            self.beam_on[rows].copy(),
            self.expected[rows].copy(),
            self.actual[rows].copy(),
            self.frozen,
            self.planned[rows].copy(),
            self.low,
            self.high,
        )


def join(past: Window | None, blocks: list[Frames]) -> Window:
    """Return the blocks as one window behind its past."""
    before = [] if past is None else [past]
    hold = _joined([*(item.hold for item in before), *(block.hold_actual for block in blocks)])
    both: list[Window | Frames] = [*before, *blocks]
    state = _joined([item.state for item in both])
    cp = _joined([item.cp for item in both])
    beam_on = _joined([item.beam_on for item in both])
    expected = _joined([item.expected for item in both])
    actual = _joined([item.actual for item in both])
    lead = 0 if past is None else past.lead
    planned = _planned(state, cp, beam_on, expected, actual)
    plan = expected[touching(planned, lead)]
    return Window(
        lead=lead,
        tick=_joined([item.tick for item in both]),
        state=state,
        cp=cp,
        mu_expected=_joined([item.mu_expected for item in both]),
        mu_actual=_joined([item.mu_actual for item in both]),
        hold=hold,
        beam_on=beam_on,
        expected=expected,
        actual=actual,
        frozen=blocks[0].frozen,
        planned=planned,
        low=plan.min(axis=0, initial=np.inf),
        high=plan.max(axis=0, initial=-np.inf),
    )


def _joined(parts: list[ArrayT]) -> ArrayT:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)  # type: ignore[return-value]


def _planned(state: Bytes8, cp: Floats, beam_on: Bools, expected: Floats, actual: Floats) -> Bools:
    """Return (n,) rows in which the expected side shows a running plan.

    While nothing of the plan runs the expected columns repeat the actual ones, following error
    and all (log-formats 6.4); such rows are no plan and are not judged as one.
    """
    planned: Bools = state == State.DELIVERING
    runs = beam_on.copy()
    runs[1:] |= cp[1:] != cp[:-1]
    doubtful = np.flatnonzero(planned & ~runs)
    if len(doubtful):
        planned[doubtful] = (expected[doubtful] != actual[doubtful]).any(axis=1)
    return planned
