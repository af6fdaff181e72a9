"""A marker that rides on something in motion and is measured with noise."""

import math

import numpy as np

from linacsim.devices.llp.messages import Channel, Flag, Sample, Unknown
from linacsim.motion.source import Motion
from linacsim.stubs.distortion import told
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.llp.instrument import Reading
from linacsim.stubs.llp.pace import Pace

MM_PER_CM = 10.0
_QUALITY = 0.97
_NOT_A_NUMBER = Unknown("S", ("nan", "nan", "nan", "nan"))


class Marker:
    """Position in the room in mm, and a quality."""

    kind = "marker"
    channels: tuple[Channel, ...] = (
        Channel("x", "mm"),
        Channel("y", "mm"),
        Channel("z", "mm"),
        Channel("q", "1"),
    )

    def __init__(
        self, motion: Motion, faults: Faults, *, rate_hz: int = 60, noise_mm: float = 0.02
    ) -> None:
        """Look at a motion given in the room."""
        self._motion = motion
        self._faults = faults
        self._pace = Pace(rate_hz)
        self._noise_mm = noise_mm
        self._frozen: Sample | None = None
        self._repeating = False

    @property
    def rate_hz(self) -> float:
        """How often it measures."""
        return float(self._pace.rate_hz)

    def configure(self, key: str, value: str, now_ns: int) -> str:
        """Take `rate`. Raises RefusedSetting."""
        return self._pace.configure(key, value, now_ns)

    def run(self, now_ns: int, *, on: bool) -> None:
        """Begin or end to measure."""
        self._pace.run(now_ns, on=on)

    def next_ns(self) -> int | None:
        """Return when the next measurement is due."""
        return self._pace.next_ns

    def due(self, now_ns: int) -> list[Reading]:
        """Measure as often as is due."""
        times = self._pace.due(now_ns)
        return [self._measured(t) for t in times if not self._faults.on(Kind.DROPOUT, t)]

    def _measured(self, time_ns: int) -> Reading:
        on = self._faults.on
        if on(Kind.NAN, time_ns):
            return Reading(time_ns, _NOT_A_NUMBER, Flag.VALID)
        if on(Kind.MISSING, time_ns):
            return Reading(time_ns, Sample((math.nan,) * 4), Flag.NONE)
        repeat = on(Kind.REPEAT, time_ns) is not None
        if not (repeat or on(Kind.FREEZE, time_ns)) or self._frozen is None:
            self._frozen = self._seen(time_ns)
        flags = Flag.VALID
        if on(Kind.RANGE, time_ns):
            flags = Flag.RANGE
        if on(Kind.SELF_TEST, time_ns):
            flags = Flag.FAULT
        # The first of the repeated ones carries its own time.
        again = repeat and self._repeating
        self._repeating = repeat
        return Reading(time_ns, self._frozen, flags | (Flag.REPEAT if again else 0), not again)

    def _seen(self, time_ns: int) -> Sample:
        place = self._motion.positions(np.array([time_ns], dtype=np.int64))[0] * MM_PER_CM
        return Sample((*told(self._faults, place, self._noise_mm, time_ns), _QUALITY))
