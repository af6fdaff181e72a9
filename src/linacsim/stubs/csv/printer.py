"""A marker that prints lines of numbers at its own pace, whoever listens."""

from dataclasses import dataclass

import numpy as np

from linacsim.devices.csv.rows import SIMULATED
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.source import Motion
from linacsim.stubs.distortion import told
from linacsim.stubs.faults import Faults, Kind

MM_PER_CM = 10.0
TICK_NS = {"s": NS_PER_S, "ms": NS_PER_MS, "us": 1_000}
"""Time units of the first column."""
_WRAP = 1 << 32
_TELLS_EVERY_NS = 100 * NS_PER_MS
"""So that a host knows before it takes the samples for good."""
_LONGEST_LAG_NS = NS_PER_S
"""A stub that slept longer leaves out what it missed."""


@dataclass(frozen=True, slots=True)
class Print:
    """How it prints."""

    columns: tuple[str, ...] = ("t", "x", "y", "z")
    mm_per_unit: float = 1.0
    time_unit: str = "ms"
    separator: str = ","
    decimal: str = "."
    digits: int = 3
    rate_hz: float = 50.0
    noise_mm: float = 0.02


class CsvPrinter:
    """A `Peer` that says a line for each measurement, and now and then that it is a stub."""

    def __init__(self, motion: Motion, form: Print, faults: Faults) -> None:
        """Look at a motion given in the room; be switched on at time zero."""
        self._motion = motion
        self._form = form
        self._faults = faults
        self._period_ns = round(NS_PER_S / form.rate_hz)
        self._next_ns = self._told_ns = self._booted_ns = 0
        self._held: list[str] = []
        self._out = b""

    def receive(self, data: bytes, now_ns: int) -> None:
        """Hear nothing."""

    def wake(self, now_ns: int) -> None:
        """Print what is due."""
        if self._faults.happened(Kind.REBOOT, now_ns):
            self._booted_ns = self._told_ns = now_ns
        if now_ns >= self._told_ns:
            self._told_ns = now_ns + _TELLS_EVERY_NS
            self._say(f"{SIMULATED} linacsim stub csv-marker")
        while self._next_ns <= now_ns:
            time_ns = max(self._next_ns, now_ns - _LONGEST_LAG_NS)
            self._next_ns = time_ns + self._period_ns
            if not self._faults.on(Kind.DROPOUT, time_ns):
                self._say(self._form.separator.join(self._cells(time_ns)))

    def next_ns(self) -> int:
        """Return when the next line is due."""
        return min(self._next_ns, self._told_ns)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out

    def _say(self, line: str) -> None:
        self._out += f"{line}\r\n".encode()

    def _cells(self, time_ns: int) -> list[str]:
        repeats = self._faults.on(Kind.REPEAT, time_ns)
        if repeats and self._held:
            return self._held
        if not (self._faults.on(Kind.FREEZE, time_ns) and self._held):
            self._held = self._measured(time_ns)
        cells = list(self._held)
        for place, column in enumerate(self._form.columns):
            if column == "t":
                cells[place] = self._time(time_ns)
        self._held = cells
        return cells

    def _measured(self, time_ns: int) -> list[str]:
        place = self._motion.positions(np.array([time_ns], dtype=np.int64))[0] * MM_PER_CM
        place_mm = told(self._faults, place, self._form.noise_mm, time_ns)
        seen = dict(zip("xyz", place_mm, strict=True))
        invalid = self._faults.on(Kind.NAN, time_ns) or self._faults.on(Kind.MISSING, time_ns)
        return [
            "nan" if invalid else self._number(seen.get(column, 0.0) / self._form.mm_per_unit)
            for column in self._form.columns
        ]

    def _number(self, value: float) -> str:
        return f"{value:.{self._form.digits}f}".replace(".", self._form.decimal)

    def _time(self, time_ns: int) -> str:
        passed_ns = time_ns - self._booted_ns
        if self._form.time_unit == "s":
            return self._number(passed_ns / NS_PER_S)
        return str(passed_ns // TICK_NS[self._form.time_unit] % _WRAP)
