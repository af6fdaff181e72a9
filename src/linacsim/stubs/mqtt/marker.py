"""Payloads of a home-made marker: no checksum, no clock, a sequence number."""

import json
from collections.abc import Sequence

import numpy as np

from linacsim.model.time import NS_PER_S
from linacsim.motion.source import Motion
from linacsim.stubs.faults import Fault, Faults, Kind

MM_PER_CM = 10.0
VALID, SIM, RANGE = 1, 64, 16


class MarkerPublisher:
    """Says what to publish when; the same seed says the same."""

    def __init__(
        self,
        motion: Motion,
        *,
        rate_hz: float = 60.0,
        noise_mm: float = 0.05,
        seed: int = 0,
        faults: Sequence[Fault] = (),
    ) -> None:
        """Look at a motion given in the room."""
        self._motion = motion
        self._period_ns = round(NS_PER_S / rate_hz)
        self._noise_mm = noise_mm
        self._seed = seed
        self._faults = Faults(faults, seed)
        self._count = 0
        self._frozen: list[float] | None = None

    def next_ns(self) -> int:
        """Return when the next sample is taken."""
        return self._count * self._period_ns

    def due(self, now_ns: int) -> list[bytes]:
        """Return the payloads of all samples up to now, in order."""
        out: list[bytes] = []
        while self.next_ns() <= now_ns:
            out += self._payloads(self._count, self.next_ns())
            self._count += 1
        return out

    def _payloads(self, number: int, time_ns: int) -> list[bytes]:
        faults = self._faults
        silent = faults.on(Kind.DROPOUT, time_ns) or faults.on(Kind.SILENT, time_ns)
        if silent or faults.struck(Kind.DROP, time_ns):
            return []
        flags = SIM | (0 if faults.on(Kind.MISSING, time_ns) else VALID)
        flags |= RANGE if faults.on(Kind.RANGE, time_ns) else 0
        place = self._place(number, time_ns)
        if faults.on(Kind.NAN, time_ns):
            return [b'{"v":1,"seq":%d,"f":%d,"d":[NaN,NaN,NaN]}' % (number, flags)]
        text = json.dumps({"v": 1, "seq": number, "f": flags, "d": place})
        if faults.struck(Kind.CRC, time_ns):
            return [text[: len(text) // 2].encode()]
        copies = 2 if faults.struck(Kind.DUPLICATE, time_ns) else 1
        return [text.encode()] * copies

    def _place(self, number: int, time_ns: int) -> list[float]:
        if self._faults.on(Kind.FREEZE, time_ns) and self._frozen is not None:
            return self._frozen
        x_y_z = self._motion.positions(np.array([time_ns], dtype=np.int64))[0] * MM_PER_CM
        noise = np.random.default_rng((self._seed, number)).normal(0.0, self._noise_mm, 3)
        place = [round(float(value), 3) for value in x_y_z + noise]
        spike = self._faults.happened(Kind.SPIKE, time_ns) or self._faults.on(Kind.SPIKE, time_ns)
        if spike:
            place[2] += spike.value
        scale = self._faults.value(Kind.SCALE, time_ns)
        place = place if scale is None else [value * scale for value in place]
        self._frozen = place
        return place
