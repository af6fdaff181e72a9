"""A recorded trace replayed at its own rate.

Between samples the newest one stands: nothing is interpolated unless resampling is asked for.
"""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_S, seconds, to_ns
from linacsim.model.trace import Trace
from linacsim.motion.source import Motion, Point, positive

_GAP_STEPS = 3
"""Steps beyond this many median steps are not interpolated over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What is done to a trace before it is replayed, in this order."""

    crop_from_s: float = 0.0
    crop_to_s: float | None = None
    """None: to the end. Times are those of the trace; the first sample kept becomes time 0."""
    resample_hz: float | None = None
    """Linear interpolation to an even rate; None: the samples as they are."""
    axes: tuple[str, str, str] = ("x", "y", "z")
    """What moves X, Y and Z: an axis of the trace, with `-` for turned round, or `0`."""
    scale: float = 1.0
    offset_cm: Point = (0.0, 0.0, 0.0)
    loop: bool = False
    """Begin again one median step after the last sample; the seam is not smoothed."""
    start_s: float = 0.0
    """When the trace begins, on the machine's clock."""


class Recorded(Motion):
    """A trace as a source of motion."""

    def __init__(self, trace: Trace, replay: Replay | None = None) -> None:
        """Prepare the samples; InputError where an option cannot be met."""
        replay = replay or Replay()
        times, positions, valid = _cropped(trace, replay)
        self._angles = _turned(trace, replay)
        if replay.resample_hz is not None:
            times, positions, valid = _resampled(times, positions, valid, replay.resample_hz)
        if not (valid & np.isfinite(positions).all(axis=1)).any():
            raise InputError("the part of the trace that is replayed has no valid sample")
        positions = _mapped(positions, replay.axes) * replay.scale
        positions = positions + np.array(replay.offset_cm)
        self._times: Ints = times
        self._held = _last_good(positions, valid)
        self._good = valid & np.isfinite(positions).all(axis=1)
        self._listed_times: list[int] = times.tolist()
        self._rows: list[tuple[float, float, float]] = list(map(tuple, positions.tolist()))
        self._valid: list[bool] = valid.tolist()
        self._start_ns = to_ns(replay.start_s)
        step = int(np.median(np.diff(times))) if len(times) > 1 else NS_PER_S
        self._lap_ns = int(times[-1]) + step if replay.loop else None

    @property
    def duration_s(self) -> float:
        """From the first sample to the last of one lap."""
        return seconds(self._listed_times[-1])

    def at(self, time_ns: int) -> PositionSample | None:
        """Return the newest sample at or before a time, with the time at which it was measured.

        None before the first. After the last sample of a trace that is not looped it stays the
        newest and grows old.
        """
        since = time_ns - self._start_ns
        if since < 0:
            return None
        lap = since // self._lap_ns if self._lap_ns else 0
        begin = lap * (self._lap_ns or 0)
        index = bisect_right(self._listed_times, since - begin) - 1
        measured = self._start_ns + begin + self._listed_times[index]
        x, y, z = self._rows[index]
        return PositionSample(measured, measured, x, y, z, self._valid[index])

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) the newest valid position at each time; before the first, the first."""
        return np.asarray(self._held[self._newest(times_ns)])

    def seen(self, times_ns: Ints) -> Bools:
        """Return (n,) whether the newest sample at each time is valid."""
        return np.asarray(self._good[self._newest(times_ns)])

    def angles(self, times_ns: Ints) -> Floats | None:
        """Return (n, 3) deg of the newest sample at each time; None for a trace without angles."""
        return None if self._angles is None else self._angles[self._newest(times_ns)]

    def _newest(self, times_ns: Ints) -> Ints:
        """Return (n,) the newest sample at each time; before the first, the first."""
        since = np.maximum(times_ns - self._start_ns, 0)
        if self._lap_ns:
            since = since % self._lap_ns
        return np.searchsorted(self._times, since, side="right") - 1


def _turned(trace: Trace, replay: Replay) -> Floats | None:
    """Return (n, 3) angles of the samples that are replayed; None where they are not known.

    Angles turn with the axes. They are lost where an axis is left out or the trace is resampled.
    """
    if trace.rotations_deg is None or replay.resample_hz is not None:
        return None
    axes = _mapped(np.eye(3), replay.axes)
    if abs(round(float(np.linalg.det(axes)))) != 1:
        return None
    kept = _kept(trace, replay)
    # What turns is a pseudo-vector: in a mirror it keeps its sense while the axes change theirs.
    return np.asarray(np.linalg.det(axes) * trace.rotations_deg[kept] @ axes)


def _cropped(trace: Trace, replay: Replay) -> tuple[Ints, Floats, Bools]:
    kept = _kept(trace, replay)
    times = trace.times_ns[kept]
    return times - times[0], trace.positions[kept], trace.valid[kept]


def _kept(trace: Trace, replay: Replay) -> Bools:
    """Return (n,) which samples are replayed; InputError for none."""
    start = to_ns(replay.crop_from_s)
    end = int(trace.times_ns[-1]) if replay.crop_to_s is None else to_ns(replay.crop_to_s)
    kept = (trace.times_ns >= start) & (trace.times_ns <= end)
    if not kept.any():
        raise InputError(
            f"no sample from {seconds(start):g} to {seconds(end):g} s; the trace lasts "
            f"{trace.duration_s:g} s"
        )
    return np.asarray(kept)


def _resampled(
    times: Ints, positions: Floats, valid: Bools, rate_hz: float
) -> tuple[Ints, Floats, Bools]:
    """Return an even rate; samples next to an invalid one or in a gap are invalid."""
    positive("resample_hz", rate_hz)
    count = int(seconds(int(times[-1])) * rate_hz + 1e-9) + 1
    grid = np.rint(np.arange(count) * (NS_PER_S / rate_hz)).astype(np.int64)
    good = valid & np.isfinite(positions).all(axis=1)
    if not good.any():
        return grid, np.full((count, 3), np.nan), np.zeros(count, dtype=bool)
    columns = [np.interp(grid, times[good], positions[good, axis]) for axis in range(3)]
    right = np.minimum(np.searchsorted(times, grid, side="left"), len(times) - 1)
    left = np.maximum(np.searchsorted(times, grid, side="right") - 1, 0)
    step = np.median(np.diff(times)) if len(times) > 1 else NS_PER_S
    sound = good[left] & good[right] & (times[right] - times[left] <= _GAP_STEPS * step)
    return grid, np.stack(columns, axis=1), sound


def _mapped(positions: Floats, axes: tuple[str, str, str]) -> Floats:
    mapped = np.zeros_like(positions)
    for column, name in enumerate(axes):
        source = name.lstrip("+-")
        if source == "0":
            continue
        if source not in ("x", "y", "z") or len(name) > 2:
            raise InputError(f"axis map: {name!r} is not x, y, z, -x, -y, -z or 0")
        sign = -1.0 if name.startswith("-") else 1.0
        mapped[:, column] = sign * positions[:, "xyz".index(source)]
    return mapped


def _last_good(positions: Floats, valid: Bools) -> Floats:
    """Return positions with invalid ones replaced by the last valid one (first: the next)."""
    good = valid & np.isfinite(positions).all(axis=1)
    index = np.where(good, np.arange(len(good)), -1)
    newest = np.maximum.accumulate(index)
    return np.asarray(positions[np.where(newest < 0, int(np.argmax(good)), newest)])
