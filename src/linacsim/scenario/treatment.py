"""What a plan's beams got in a run, piece by piece: for treatment records (`records`).

A piece ends where the beam is interrupted; a hold does not end it. Control points are found by the
MU that the supervisor expected, so that it does not matter how many of its own the machine made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS

_RUNNING = (State.DELIVERING, State.HOLDING)
_HAIR_MU = 1e-6


@dataclass(frozen=True, slots=True)
class Field:
    """A beam of the plan within the sequence that delivers it."""

    number: int
    planned_mu: Floats
    """(n,) cumulative MU at its control points."""
    start_mu: float = 0.0
    """MU that it had before this delivery, which counts from 0."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A control point of the plan that was reached."""

    index: int
    specified_mu: float
    delivered_mu: float
    after_s: float
    """Since the beginning of the run."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one beam without interruption."""

    number: int
    specified_mu: float
    """All that was left of the beam."""
    delivered_mu: float
    ended_by: str
    """`NORMAL`, `OPERATOR` or `MACHINE`."""
    is_continuation: bool
    points: tuple[Passed, ...]


class TreatmentTape:
    """A sink of frames that keeps what treatment records tell."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._blocks: list[tuple[Ints, Floats, Floats, Ints, Ints]] = []

    def write(self, frames: Frames) -> None:
        """Take the next frames."""
        state = frames.state.astype(np.int64)
        columns = (frames.tick, frames.mu_expected, frames.mu_actual, state, frames.interlocks)
        self._blocks.append(tuple(np.array(column) for column in columns))  # type: ignore[arg-type]

    def close(self, *, truncated: bool = False) -> None:
        """Do nothing: what was taken stays."""
        del truncated

    def pieces(self, fields: Sequence[Field]) -> Iterator[Piece]:
        """Yield the pieces of the fields of the sequence, in the order of delivery."""
        if not self._blocks:
            return
        columns = zip(*self._blocks, strict=True)
        tick, expected, actual, state, interlocks = (np.concatenate(one) for one in columns)
        runs = _runs(np.isin(state, _RUNNING))
        begun: set[int] = set()
        for k, (start, stop) in enumerate(runs):
            # Dose that comes a moment after the state has changed belongs to the run before.
            end = runs[k + 1][0] if k + 1 < len(runs) else len(tick)
            part = slice(max(start - 1, 0), end)
            complete = bool((state[stop:end] == State.COMPLETE).any())
            blocked = stop < end and bool(interlocks[stop - 1 : min(stop + 1, end)].any())
            why = "NORMAL" if complete else "MACHINE" if blocked else "OPERATOR"
            for piece in _of_run(tick[part], expected[part], actual[part], fields, why, begun):
                begun.add(piece.number)
                yield piece


def _runs(flags: Bools) -> list[tuple[int, int]]:
    """Return begin and end of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int64), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _of_run(
    tick: Ints,
    expected: Floats,
    actual: Floats,
    fields: Sequence[Field],
    why: str,
    begun: set[int],
) -> Iterator[Piece]:
    offset = 0.0
    for field in fields:
        offset -= field.start_mu
        total = float(field.planned_mu[-1])
        finish = offset + total
        first, last = float(expected[0]) - offset, float(expected[-1]) - offset
        if last > field.start_mu + _HAIR_MU and first < total - _HAIR_MU:
            a = _reached(expected, max(offset, float(expected[0])))
            finished = last >= total - _HAIR_MU
            b = _reached(expected, finish) if finished else len(tick) - 1
            is_last = field is fields[-1]
            b = len(tick) - 1 if finished and is_last else b
            done = max(first, 0.0)
            # What the dose monitor had of this field before: as planned, up to its own error.
            base = float(actual[a]) - done
            points = _points(field, tick, expected - offset, actual - base, a, b)
            yield Piece(
                number=field.number,
                specified_mu=total - done,
                delivered_mu=float(actual[b] - actual[a]),
                ended_by="NORMAL" if finished else why,
                is_continuation=field.number in begun or field.start_mu > 0,
                points=tuple(points),
            )
        offset = finish


def _reached(expected: Floats, mu: float) -> int:
    """Return the first row at which so many MU were expected; the last if never."""
    return min(int(np.searchsorted(expected, mu - _HAIR_MU)), len(expected) - 1)


def _points(
    field: Field, tick: Ints, expected: Floats, actual: Floats, a: int, b: int
) -> Iterator[Passed]:
    def at(index: int, row: int, specified: float) -> Passed:
        return Passed(index, specified, float(actual[row]), float(tick[row]) * TICK_NS / 1e9)

    planned = field.planned_mu
    begin, end = max(float(expected[a]), 0.0), min(float(expected[b]), float(planned[-1]))
    fresh = begin <= _HAIR_MU
    first = 0 if fresh else int(np.searchsorted(planned, begin + _HAIR_MU)) - 1
    yield at(first, a, begin)
    last = first
    for index in range(first + 1, len(planned)):
        if planned[index] > end + _HAIR_MU:
            break
        is_end = index == len(planned) - 1
        row = b if is_end else max(_reached(expected, float(planned[index])), a)
        yield at(index, row, float(planned[index]))
        last = index
    if end > planned[last] + _HAIR_MU or last == first:
        yield at(last, b, end)
