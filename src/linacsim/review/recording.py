"""What a delivery left behind, in one shape: from a trajectory log, ours or a machine's, or frames.

All of `review` works on recordings, so that a real log, an emulated one and the frames of a run
that wrote none are measured and compared by the same code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linacsim.formats.trajectory_log import AxisCode, BeamRecord, TrajectoryLog
from linacsim.formats.trajectory_log.layout import MLC_MODELS
from linacsim.model.arrays import Bytes8, Floats, Ints
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError, Place
from linacsim.model.messages import Event
from linacsim.model.scales import SCALED_AXES, Scale, convert
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS

_IEC_CODE, _ISOCENTRIC_CODE = 2, 3
"""Axis scales of a log's header (research/log-formats.md 1.1)."""
_TURNS = (Axis.GANTRY_RTN, Axis.COLL_RTN, Axis.COUCH_RTN)

NEEDED = (AxisCode.MU, AxisCode.BEAM_HOLD, AxisCode.CONTROL_POINT, AxisCode.MLC)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Recording:
    """n rows at a fixed interval.

    Positions are in the order of `model.axes`, machine scale, deg and cm; axes that the source
    lacks are NaN throughout.
    """

    name: str
    """What people call it: the file's name, or that of the run."""
    beam: str
    """Name of the (first) beam; empty if unknown."""
    mlc_model: str
    """Name of the MLC as in `MLC_MODELS`, such as `NDS120HD`."""
    emulated: bool
    interval_ns: int
    layout: AxisLayout
    expected: Floats
    """(n, n_axes)"""
    actual: Floats
    """(n, n_axes)"""
    mu_expected: Floats
    """(n,)"""
    mu_actual: Floats
    """(n,)"""
    hold_expected: Floats
    """(n,) `BeamHold` values."""
    hold_actual: Floats
    """(n,)"""
    cp: Floats
    """(n,) fractional control point, as expected."""
    truncated: bool = False
    isocentric_couch: bool = False
    """The couch is stated about the isocentre (axis scale 3), not as the machine has it."""
    planned: bool = False
    """Sampled from a plan: nothing was delivered, and actual is what is expected."""
    subbeams: tuple[BeamRecord, ...] = ()
    """Fields of the beam as a log's header tells them; empty if unknown."""
    tick: Ints | None = None
    """(n,) ticks of the supervisor; None for logs, as are the next two."""
    state: Bytes8 | None = None
    """(n,) `State` values."""
    events: tuple[Event, ...] = ()
    """What the supervisor had to say."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.cp)

    def __repr__(self) -> str:
        """Return what it is, without its arrays."""
        return f"Recording({self.name!r}, {len(self)} rows)"

    @property
    def time_s(self) -> Floats:
        """(n,) time since the first row."""
        return np.arange(len(self), dtype=np.float64) * (self.interval_ns / 1e9)


def of_log(log: TrajectoryLog, *, only_numbers: bool = True) -> Recording:
    """Return the recording that a log holds; InputError where it has no rows or lacks a column.

    Values that are no numbers are refused too, unless `only_numbers` is False.
    """
    place = Place(file=str(log.path)) if log.path else Place()
    if not len(log):
        raise InputError("the log has no snapshots: nothing to review", place)
    missing = [code.name for code in NEEDED if code not in log.header.axes]
    if missing:
        raise InputError(f"the log does not record {', '.join(missing)}", place)
    header = log.header
    expected, actual = log.positions()
    if header.axis_scale == _IEC_CODE:
        _to_machine_scale(expected, actual)
    mu, hold = log.mu, log.beam_hold
    recording = Recording(
        name=log.path.name if log.path else "log",
        beam=header.subbeams[0].name if header.subbeams else "",
        mlc_model=MLC_MODELS.get(header.mlc_model, ""),
        emulated=header.emulated,
        interval_ns=header.interval_ms * 1_000_000,
        layout=log.layout,
        expected=expected,
        actual=actual,
        mu_expected=mu.expected.astype(np.float64),
        mu_actual=mu.actual.astype(np.float64),
        hold_expected=hold.expected.astype(np.float64),
        hold_actual=hold.actual.astype(np.float64),
        cp=log.control_point.expected.astype(np.float64),
        truncated=header.truncated,
        isocentric_couch=header.axis_scale == _ISOCENTRIC_CODE,
        subbeams=header.subbeams,
    )
    if only_numbers:
        _check_numbers(recording, place)
    return recording


def _check_numbers(recording: Recording, place: Place) -> None:
    """Raise InputError where a value is not a number, but for axes that are absent throughout."""
    for name in ("mu_expected", "mu_actual", "hold_expected", "hold_actual", "cp"):
        bad = np.flatnonzero(~np.isfinite(getattr(recording, name)))
        if len(bad):
            raise InputError(f"{name} is not a number at snapshot {bad[0]}", place)
    for side in (recording.expected, recording.actual):
        finite = np.isfinite(side)
        partly = np.flatnonzero(finite.any(axis=0) & ~finite.all(axis=0))
        if len(partly):
            column, row = int(partly[0]), int(np.argmin(finite[:, partly[0]]))
            axis = recording.layout.name(column)
            raise InputError(f"{axis} is not a number at snapshot {row}", place)


def _to_machine_scale(expected: Floats, actual: Floats) -> None:
    """Turn (n, n_axes) positions of the modified IEC 61217 scale into those of the machine.

    That scale starts again at 360 deg, so turns are followed from row to row; actual stays beside
    expected.
    """
    for axis in SCALED_AXES:
        for side in (expected, actual):
            side[:, axis] = convert(side[:, axis], axis, Scale.VARIAN_IEC, Scale.VARIAN)
        if axis in _TURNS:
            expected[:, axis] = np.unwrap(expected[:, axis], period=360.0)
            off = actual[:, axis] - expected[:, axis]
            actual[:, axis] = expected[:, axis] + off - 360.0 * np.round(off / 360.0)


def of_frames(
    blocks: Sequence[Frames],
    layout: AxisLayout,
    *,
    name: str,
    beam: str,
    mlc_model: str,
    subbeams: tuple[BeamRecord, ...] = (),
) -> Recording:
    """Return the recording of a run's frames, one row a tick; InputError if there are none."""
    if not blocks:
        raise InputError("the run made no frames: nothing to review", Place(file=name))
    return Recording(
        name=name,
        beam=beam,
        mlc_model=mlc_model,
        emulated=True,
        interval_ns=TICK_NS,
        layout=layout,
        expected=np.concatenate([block.expected for block in blocks]),
        actual=np.concatenate([block.actual for block in blocks]),
        mu_expected=np.concatenate([block.mu_expected for block in blocks]),
        mu_actual=np.concatenate([block.mu_actual for block in blocks]),
        hold_expected=np.concatenate([block.hold_expected for block in blocks]).astype(np.float64),
        hold_actual=np.concatenate([block.hold_actual for block in blocks]).astype(np.float64),
        cp=np.concatenate([block.cp for block in blocks]),
        subbeams=subbeams,
        tick=np.concatenate([block.tick for block in blocks]),
        state=np.concatenate([block.state for block in blocks]),
        events=tuple(event for block in blocks for event in block.events),
    )


def delivery_of(recording: Recording) -> Recording:
    """Return the rows of the delivery in a recording of frames, as a log would hold them.

    They run from beam-on to the end of delivery; what the operator does before and after is left
    out, and interruptions stay in. A log is returned as it is. Raises InputError where no beam was
    started, or several were.
    """
    if recording.state is None:
        return recording
    running = (recording.state == State.DELIVERING) | (recording.state == State.HOLDING)
    rows = np.flatnonzero(running)
    place = Place(file=recording.name)
    if not len(rows):
        raise InputError("no beam was started: nothing to review", place)
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    if (recording.state[part] <= State.PREPARED).any():
        raise InputError("several beams were started: give each its own recording", place)
    return _cut(recording, part)


def _cut(recording: Recording, part: slice) -> Recording:
    assert recording.tick is not None
    assert recording.state is not None
    return replace(
        recording,
        expected=recording.expected[part],
        actual=recording.actual[part],
        mu_expected=recording.mu_expected[part],
        mu_actual=recording.mu_actual[part],
        hold_expected=recording.hold_expected[part],
        hold_actual=recording.hold_actual[part],
        cp=recording.cp[part],
        tick=recording.tick[part],
        state=recording.state[part],
    )
