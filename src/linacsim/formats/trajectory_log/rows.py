"""Frames to rows: the columns of a snapshot, expected and actual interleaved, as float32."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trajectory_log.layout import MISSING, AxisCode, LogVersion
from linacsim.formats.trajectory_log.log import MODEL_ORDER
from linacsim.model.arrays import Bytes8, Floats, Ints
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.signals import Frames


@dataclass(frozen=True, slots=True)
class Ticks:
    """The part of `Frames` that a log keeps, n ticks; columns as there."""

    tick: Ints
    state: Bytes8
    cp: Floats
    mu_expected: Floats
    mu_actual: Floats
    hold_expected: Bytes8
    hold_actual: Bytes8
    expected: Floats
    actual: Floats

    def __len__(self) -> int:
        """Return the number of ticks."""
        return len(self.tick)

    def last(self, n: int) -> "Ticks":
        """Return a copy of the last n ticks."""
        start = max(0, len(self) - n)
        return Ticks(*(getattr(self, name)[start:].copy() for name in _NAMES))


_NAMES = tuple(field.name for field in fields(Ticks))


def join(parts: Sequence[Frames | Ticks]) -> Ticks:
    """Return consecutive blocks as one; a single block is not copied."""
    if len(parts) == 1:
        return Ticks(*(getattr(parts[0], name) for name in _NAMES))
    return Ticks(*(np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES))


class RowShape:
    """Where each column of a row comes from."""

    def __init__(
        self, version: LogVersion, layout: AxisLayout, lacking: frozenset[Axis] = frozenset()
    ) -> None:
        """Lay out rows of `version` for an MLC of `layout`."""
        self.samples = tuple(
            layout.n_axes - Axis.CARRIAGE_A if code is AxisCode.MLC else 1 for code in version.axes
        )
        self.columns = sum(self.samples)
        singles = [code for code in version.axes if code in MODEL_ORDER]
        source = [MODEL_ORDER.index(code) for code in singles]
        assert version.axes[: len(singles)] == tuple(singles)
        self._singles = np.array(source)
        self._lacking = [column for column, axis in enumerate(source) if axis in lacking]
        self.mu_column = len(singles)

    def fill(self, rows: NDArray[np.float32], ticks: Ticks, which: Ints | slice) -> None:
        """Write chosen ticks into (m, columns, 2) rows."""
        mu = self.mu_column
        sides = (
            (ticks.expected, ticks.mu_expected, ticks.hold_expected),
            (ticks.actual, ticks.mu_actual, ticks.hold_actual),
        )
        for side, (position, dose, hold) in enumerate(sides):
            out = rows[:, :, side]
            chosen = position[which]
            out[:, :mu] = chosen[:, self._singles]
            out[:, mu] = dose[which]
            out[:, mu + 1] = hold[which]
            out[:, mu + 2] = ticks.cp[which]
            out[:, mu + 3 :] = chosen[:, Axis.CARRIAGE_A :]
            out[:, self._lacking] = MISSING
