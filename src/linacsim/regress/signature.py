"""Digests of the frames of a run by column, by window of time, and by axis."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from linacsim.control.interlocks import names
from linacsim.engines.digest import FrameDigest
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import AxisLayout
from linacsim.model.signals import BeamHold, Frames, State
from linacsim.regress.baseline import Signals

WINDOW_TICKS = 50
_A_LINE = 20
"""Windows told in one line of a baseline: 10 s."""
_SHORT = 4
"""Hex digits for a window: one in 65536 changed windows goes unseen, the next is seen."""
_LONG = 8
_STANDS = 0.01
"""An axis that travels less, in cm or deg, stands; the digest of the column looks at it too."""

WINDOWED = ("segment", "cp", "mu_expected", "mu_actual", "expected", "actual")
STEPPED = ("state", "hold_expected", "hold_actual", "beam_on", "interlocks")


def signals_of(blocks: Sequence[Frames], layout: AxisLayout, digest: FrameDigest) -> Signals:
    """Return the signature of a run from all of its frames and their digest."""
    columns = {name: _column(blocks, name) for name in (*WINDOWED, *STEPPED)}
    return Signals(
        ticks=digest.ticks,
        digests=digest.columns(),
        steps={name: tuple(_steps(name, columns[name])) for name in STEPPED},
        control_point=_lines(f"{cp:.2f}" for cp in _borders(columns["cp"])),
        windows={name: _lines(_windows(columns[name])) for name in WINDOWED},
        axes=_axes(columns["expected"], columns["actual"], columns["state"], layout),
    )


def told(name: str, value: int) -> str:
    """Return a value of a stepped column in words."""
    match name:
        case "state":
            return State(value).name
        case "beam_on":
            return "on" if value else "off"
        case "interlocks":
            return " ".join(names(value)) or "none"
    return BeamHold(value).name


def _column(blocks: Sequence[Frames], name: str) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(np.concatenate([getattr(block, name) for block in blocks]))


def _borders(column: np.ndarray[Any, Any]) -> list[float]:
    """Return the values at the start of each window, and the last one."""
    return [*column[::WINDOW_TICKS].tolist(), column[-1].item()]


def _steps(name: str, column: np.ndarray[Any, Any]) -> Iterator[str]:
    starts = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    for tick in starts.tolist():
        yield f"{tick} {told(name, int(column[tick]))}"


def _windows(column: np.ndarray[Any, Any]) -> Iterator[str]:
    for start in range(0, len(column), WINDOW_TICKS):
        yield _short(column[start : start + WINDOW_TICKS], _SHORT)


def _lines(items: Iterator[str]) -> tuple[str, ...]:
    """Return the items line by line, as `packed` by runs of the same."""
    everything = list(items)
    starts = range(0, len(everything), _A_LINE)
    return tuple(packed(everything[start : start + _A_LINE]) for start in starts)


def packed(items: Iterable[str]) -> str:
    """Return items as one text, in which `x*3` stands for three times `x`."""
    runs = ((item, sum(1 for _ in run)) for item, run in groupby(items))
    return " ".join(item if times == 1 else f"{item}*{times}" for item, times in runs)


def unpacked(lines: Iterable[str]) -> list[str]:
    """Return the items of texts that `packed` made; ValueError where it cannot have."""
    out: list[str] = []
    for run in " ".join(lines).split():
        item, _, times = run.partition("*")
        out += [item] * int(times or 1)
    return out


def _axes(
    expected: Floats, actual: Floats, state: np.ndarray[Any, Any], layout: AxisLayout
) -> dict[str, str]:
    """Return the digests of axes that move, or are expected to while a beam is delivered."""
    running = np.isin(state, (State.DELIVERING, State.HOLDING))
    moves = _moves(actual) | _moves(expected[running])
    return {
        layout.name(column): " ".join(
            _short(np.ascontiguousarray(side[:, column]), _LONG) for side in (expected, actual)
        )
        for column in np.flatnonzero(moves).tolist()
    }


def _moves(positions: Floats) -> Bools:
    if not len(positions):
        return np.zeros(positions.shape[1], dtype=np.bool_)
    return np.asarray(np.ptp(positions, axis=0) > _STANDS)


def _short(values: np.ndarray[Any, Any], digits: int) -> str:
    return hashlib.sha256(values.data).hexdigest()[:digits]
