"""A trajectory log in memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trajectory_log.layout import MISSING, AxisCode, row_columns
from linacsim.formats.trajectory_log.records import FileHeader
from linacsim.model.arrays import Floats
from linacsim.model.axes import AxisLayout
from linacsim.model.findings import InputError, Place

Floats32 = NDArray[np.float32]

MODEL_ORDER = (
    AxisCode.GANTRY,
    AxisCode.COLLIMATOR,
    AxisCode.COUCH_VRT,
    AxisCode.COUCH_LAT,
    AxisCode.COUCH_LNG,
    AxisCode.COUCH_RTN,
    AxisCode.COUCH_PITCH,
    AxisCode.COUCH_ROLL,
    AxisCode.X1,
    AxisCode.X2,
    AxisCode.Y1,
    AxisCode.Y2,
)
"""Log axes in the order of `linacsim.model.axes.Axis`; carriages and leaves follow."""


class Column(NamedTuple):
    """Expected and actual values of one axis."""

    expected: Floats32
    actual: Floats32


@dataclass(frozen=True, slots=True, eq=False)
class TrajectoryLog:
    """A log as it was read; arrays are read-only views of the file's own float32 values.

    Positions are in the scale named by `header.axis_scale`, degrees and centimetres; in machine
    scale jaws and leaves are positive away from the centre on their own side.
    """

    path: Path | None
    header: FileHeader
    expected: Floats32
    """(S, columns)"""
    actual: Floats32
    """(S, columns)"""
    crc_ok: bool
    length_ok: bool
    """The file is exactly as long as its header says."""
    problems: tuple[str, ...] = ()
    """What is wrong with the file; only a lenient reading lets a log with problems pass."""

    def __len__(self) -> int:
        """Return the number of snapshots."""
        return len(self.expected)

    def has(self, code: AxisCode) -> bool:
        """Return whether the log records this axis and the machine has it."""
        if code not in self.header.axes:
            return False
        column = self.actual[:1, self.columns(code)]
        return bool((column < MISSING).all())

    def columns(self, code: AxisCode) -> slice:
        """Return the columns of an axis; `InputError` where the log does not record it."""
        if code not in self.header.axes:
            place = Place(file=str(self.path)) if self.path else Place()
            raise InputError(f"this log does not record {code.name}", place)
        index = self.header.axes.index(code)
        start = sum(self.header.samples[:index])
        return slice(start, start + self.header.samples[index])

    def axis(self, code: AxisCode) -> Column:
        """Return the values of an axis: (S,), or (S, k) for one with k > 1 samples."""
        where = self.columns(code)
        if where.stop - where.start == 1:
            return Column(self.expected[:, where.start], self.actual[:, where.start])
        return Column(self.expected[:, where], self.actual[:, where])

    @property
    def time_s(self) -> Floats:
        """(S,) time since the first snapshot."""
        return np.arange(len(self), dtype=np.float64) * (self.header.interval_ms / 1000)

    @property
    def gantry(self) -> Column:
        """(S,) gantry rotation."""
        return self.axis(AxisCode.GANTRY)

    @property
    def collimator(self) -> Column:
        """(S,) collimator rotation."""
        return self.axis(AxisCode.COLLIMATOR)

    @property
    def jaws(self) -> Column:
        """(S, 4) X1, X2, Y1, Y2."""
        codes = (AxisCode.X1, AxisCode.X2, AxisCode.Y1, AxisCode.Y2)
        where = [self.columns(code).start for code in codes]
        return Column(self.expected[:, where], self.actual[:, where])

    @property
    def mu(self) -> Column:
        """(S,) cumulative MU."""
        return self.axis(AxisCode.MU)

    @property
    def beam_hold(self) -> Column:
        """(S,) values of `linacsim.model.signals.BeamHold`."""
        return self.axis(AxisCode.BEAM_HOLD)

    @property
    def control_point(self) -> Column:
        """(S,) fractional control point."""
        return self.axis(AxisCode.CONTROL_POINT)

    @property
    def carriages(self) -> Column:
        """(S, 2) carriage A, carriage B."""
        return self._mlc(slice(None, 2))

    @property
    def leaves(self) -> Column:
        """(S, 2 * pairs) bank A leaf 1 first, then bank B."""
        return self._mlc(slice(2, None))

    @property
    def layout(self) -> AxisLayout:
        """Columns of a position vector for this log's MLC."""
        return AxisLayout(self.leaves.actual.shape[1] // 2)

    def positions(self) -> tuple[Floats, Floats]:
        """Return expected and actual (S, n_axes) in the order of `model.axes`, in the log's scale.

        Axes that the log or the machine lacks are NaN.
        """
        layout = self.layout
        out = np.full((2, len(self), layout.n_axes), np.nan)
        with np.errstate(invalid="ignore"):  # a damaged log may hold signalling NaN
            for column, code in enumerate(MODEL_ORDER):
                if self.has(code):
                    out[0, :, column], out[1, :, column] = self.axis(code)
            for side, values in enumerate(self.axis(AxisCode.MLC)):
                out[side, :, layout.carriages.start :] = values
        return out[0], out[1]

    def column_names(self) -> list[str]:
        """Return a name with unit for each column."""
        return list(row_columns(self.header.axes, self.header.samples))

    def _mlc(self, part: slice) -> Column:
        expected, actual = self.axis(AxisCode.MLC)
        return Column(expected[:, part], actual[:, part])
