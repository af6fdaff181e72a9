"""Sensors: what the machine gets to know of motion, and when.

A sensor measures the surrogate in the room at its own rate, with noise; each sample is received
some time later, in order. Everything depends on seed and time alone, never on what was asked
before, so that ticks may be computed in blocks, discarded and computed again.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from linacsim.model.arrays import Ints
from linacsim.model.samples import CouchPosition, PositionSample
from linacsim.motion.couch import Frame, carried
from linacsim.motion.presets import SensorSpec
from linacsim.motion.room import RoomState
from linacsim.motion.sensor_rows import BLOCK, SensorRows
from linacsim.motion.source import Motion

_KEPT_BLOCKS = 8

Row = list[float]


_UNKNOWN = [math.nan, math.nan, math.nan]


class _Truth(NamedTuple):
    """What there is to see at the moments of a block, as lists."""

    position: list[Row]
    angles: list[Row]
    seen: list[bool]


Room = Callable[[int], RoomState]
"""State of the room at a time in ns; returning the same object while nothing moves saves time."""


class Sensor:
    """A source of motion samples with latency."""

    def __init__(
        self,
        spec: SensorSpec,
        surrogate: Motion,
        rng: np.random.Generator,
        *,
        outages_ns: Sequence[tuple[int, int]] = (),
        holes: bool = True,
    ) -> None:
        """Look at `surrogate`, given in patient coordinates, with the couch where it is.

        `outages_ns` are times, from and up to, in which nothing is sent. Without `holes` the sensor
        sees the surrogate also where it is a record that lost sight of it.
        """
        self.spec = spec
        self._surrogate = surrogate
        self._room: Room | None = None
        self._reference: CouchPosition | None = None
        self._outages = tuple(outages_ns)
        self._holes = holes
        self._rows = SensorRows(spec, int(rng.integers(2**63)))
        self._truth: OrderedDict[int, _Truth] = OrderedDict()
        self._frame: tuple[CouchPosition, Frame] | None = None

    def place(self, room: Room, reference_couch: CouchPosition) -> None:
        """Let the surrogate ride on a couch that moves and the gantry hide the marker.

        With the couch at `reference_couch` patient coordinates are those of the room. `room` is
        asked for times at which samples are measured, up to the time that is asked for. Samples
        then say where the couch was.
        """
        self._room, self._reference, self._frame = room, reference_couch, None

    def at(self, time_ns: int) -> PositionSample | None:
        """Return the newest sample received at or before a time; None before the first."""
        for number in range(self._rows.received_by(time_ns), -1, -1):
            sample = self._sample(number)
            if sample is not None:
                return sample
        return None

    def received(self, after_ns: int, until_ns: int) -> list[PositionSample]:
        """Return all samples received after one time and up to another, in order."""
        numbers = range(self._rows.received_by(after_ns) + 1, self._rows.received_by(until_ns) + 1)
        samples = map(self._sample, numbers)
        return [sample for sample in samples if sample is not None]

    def next_received_ns(self, after_ns: int) -> int:
        """Return when the next sample is received, were none lost; until then nothing is new."""
        return self._rows.received_ns(self._rows.received_by(after_ns) + 1)

    def unknown_ns(self, seen_until_ns: int) -> int:
        """Return when the first sample measured after a time is received, were none lost."""
        return self._rows.received_ns(self._rows.measured_by(seen_until_ns) + 1)

    def _sample(self, number: int) -> PositionSample | None:
        """Return a sample; None where nothing was sent."""
        block, row = divmod(number, BLOCK)
        rows = self._rows.block(block)
        measured, seen = rows.measured_ns[row], rows.seen[row]
        if any(start <= measured < end for start, end in self._outages):
            return None
        truth = self._true(block)
        position, angles = truth.position[row], truth.angles[row]
        seen = seen and truth.seen[row]
        couch = None
        if self._room is not None:
            state = self._room(measured)
            couch = state.couch
            position, angles = self._carried(position, angles, couch)
            seen = seen and not self._hidden(state.gantry_deg)
        noise, step = rows.noise_cm[row], self.spec.quantum_cm
        x, y, z = position[0] + noise[0], position[1] + noise[1], position[2] + noise[2]
        if step:
            x, y, z = round(x / step) * step, round(y / step) * step, round(z / step) * step
        ax, ay, az = self._angles(angles, rows.angle_noise_deg[row])
        return PositionSample(measured, rows.received_ns[row], x, y, z, seen, ax, ay, az, couch)

    def _angles(self, true: Row, noise: Row) -> Row:
        """Return angles as they are sent, to a thousandth of a degree where they are noisy."""
        spread = self.spec.angle_noise_deg
        if spread is None:
            return _UNKNOWN
        if spread == 0:
            return true
        return [round(angle + error, 3) for angle, error in zip(true, noise, strict=True)]

    def _true(self, block: int) -> _Truth:
        """Return what there is to see when the samples of a block are measured."""
        truth = self._truth.get(block)
        if truth is None:
            times = np.array(self._rows.block(block).measured_ns, dtype=np.int64)
            truth = self._truth[block] = _looked_at(self._surrogate, times, holes=self._holes)
            if len(self._truth) > _KEPT_BLOCKS:
                self._truth.popitem(last=False)
        return truth

    def _carried(self, position: Row, angles: Row, couch: CouchPosition) -> tuple[Row, Row]:
        """Return where the couch carries a position, and angles turned with it."""
        assert self._reference is not None
        if couch == self._reference:
            return position, angles
        if self._frame is None or self._frame[0] != couch:
            self._frame = couch, carried(np.array(self._reference), np.array(couch))
        frame = self._frame[1]
        return frame.to_room(np.array(position)).tolist(), (
            np.array(angles) @ frame.turn.T
        ).tolist()

    def _hidden(self, gantry_deg: float) -> bool:
        angle = gantry_deg % 360.0
        return any(
            low <= angle <= high if low <= high else angle >= low or angle <= high
            for low, high in self.spec.occluded_gantry_deg
        )


def _looked_at(surrogate: Motion, times_ns: Ints, *, holes: bool) -> _Truth:
    count = len(times_ns)
    angles = surrogate.angles(times_ns)
    return _Truth(
        surrogate.positions(times_ns).tolist(),
        [_UNKNOWN] * count if angles is None else angles.tolist(),
        surrogate.seen(times_ns).tolist() if holes else [True] * count,
    )
