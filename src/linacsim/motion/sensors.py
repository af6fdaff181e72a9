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

from linacsim.model.arrays import Floats
from linacsim.model.samples import CouchPosition, PositionSample
from linacsim.motion.couch import Frame, carried
from linacsim.motion.presets import SensorSpec
from linacsim.motion.room import RoomState
from linacsim.motion.sensor_rows import BLOCK, SensorRows
from linacsim.motion.source import Motion

_KEPT_BLOCKS = 8

Row = list[float]


_UNKNOWN = [math.nan, math.nan, math.nan]
"""The same NaN for all, so that samples without angles compare equal."""


class _Sight(NamedTuple):
    """What there is to see at the moments of a block."""

    position: Floats
    """(n, 3) true, in patient coordinates."""
    angles: Floats
    """(n, 3) true; NaN where they are not known or not seen."""
    seen: list[bool]
    sent: list[Row]
    """Positions as they are sent with the couch at its reference: with noise and in steps."""
    sent_angles: list[Row]


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
        self._sights: OrderedDict[int, _Sight] = OrderedDict()
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
        if self._outages and any(start <= measured < end for start, end in self._outages):
            return None
        sight = self._sight(block)
        seen = seen and sight.seen[row]
        if self._room is None:
            x, y, z = sight.sent[row]
            ax, ay, az = sight.sent_angles[row]
            return PositionSample(measured, rows.received_ns[row], x, y, z, seen, ax, ay, az)
        state = self._room(measured)
        seen = seen and not self._hidden(state.gantry_deg)
        x, y, z, ax, ay, az = self._carried(block, row, state.couch)
        couch = state.couch
        return PositionSample(measured, rows.received_ns[row], x, y, z, seen, ax, ay, az, couch)

    def _sight(self, block: int) -> _Sight:
        """Return what there is to see when the samples of a block are measured."""
        sight = self._sights.get(block)
        if sight is None:
            sight = self._sights[block] = self._look(block)
            if len(self._sights) > _KEPT_BLOCKS:
                self._sights.popitem(last=False)
        return sight

    def _look(self, block: int) -> _Sight:
        rows = self._rows.block(block)
        times = np.array(rows.measured_ns, dtype=np.int64)
        position, angles = self._surrogate.positions(times), self._surrogate.angles(times)
        known = angles is not None and self.spec.angle_noise_deg is not None
        if angles is None or not known:
            angles = np.full_like(position, np.nan)
        turned = self._as_sent_angles(angles, np.array(rows.angle_noise_deg)).tolist()
        return _Sight(
            position,
            angles,
            self._surrogate.seen(times).tolist() if self._holes else [True] * BLOCK,
            self._as_sent(position, np.array(rows.noise_cm)).tolist(),
            turned if known else [_UNKNOWN] * BLOCK,
        )

    def _carried(self, block: int, row: int, couch: CouchPosition) -> Row:
        """Return position and angles as they are sent with the couch at a position."""
        assert self._reference is not None
        sight, rows = self._sight(block), self._rows.block(block)
        if couch == self._reference:
            return sight.sent[row] + sight.sent_angles[row]
        if self._frame is None or self._frame[0] != couch:
            self._frame = couch, carried(np.array(self._reference), np.array(couch))
        frame = self._frame[1]
        position = frame.to_room(sight.position[row])
        angles = frame.turn @ sight.angles[row]
        sent: Row = self._as_sent(position, np.array(rows.noise_cm[row])).tolist()
        turned: Row = self._as_sent_angles(angles, np.array(rows.angle_noise_deg[row])).tolist()
        return sent + turned

    def _as_sent(self, position: Floats, noise: Floats) -> Floats:
        step = self.spec.quantum_cm
        return np.rint((position + noise) / step) * step if step else position + noise

    def _as_sent_angles(self, angles: Floats, noise: Floats) -> Floats:
        """Return angles to a thousandth of a degree where they are noisy."""
        return np.round(angles + noise, 3) if self.spec.angle_noise_deg else angles

    def _hidden(self, gantry_deg: float) -> bool:
        angle = gantry_deg % 360.0
        return any(
            low <= angle <= high if low <= high else angle >= low or angle <= high
            for low, high in self.spec.occluded_gantry_deg
        )
