"""How often something tells what it measures: the setting `rate`, and RUN and STOP."""

import re
from collections.abc import Iterator

from linacsim.devices.llp.messages import NakCode
from linacsim.model.time import NS_PER_S
from linacsim.stubs.llp.instrument import RefusedSetting

FASTEST_HZ = 200
_RATE = re.compile(r"\d{1,6}(\.\d{1,6})?")
_LONGEST_LAG_NS = NS_PER_S
"""A stub that slept longer than this leaves out what it missed."""


class Pace:
    """Due times, evenly spaced while running."""

    def __init__(self, rate_hz: int) -> None:
        """Begin at rest."""
        self.rate_hz = rate_hz
        self.next_ns: int | None = None
        """When the next measurement is due."""

    def configure(self, key: str, value: str, now_ns: int) -> str:
        """Take `rate`, whole Hz; what is between is rounded down. Raises RefusedSetting."""
        if key != "rate":
            raise RefusedSetting(NakCode.BAD_KEY)
        if _RATE.fullmatch(value) is None or not 1 <= int(float(value)) <= FASTEST_HZ:
            raise RefusedSetting(NakCode.BAD_VALUE)
        self.rate_hz = int(float(value))
        if self.next_ns is not None:
            self.next_ns = now_ns
        return str(self.rate_hz)

    def run(self, now_ns: int, *, on: bool) -> None:
        """Begin or end; to begin again changes nothing."""
        if not on:
            self.next_ns = None
        elif self.next_ns is None:
            self.next_ns = now_ns

    def due(self, now_ns: int) -> Iterator[int]:
        """Give each time that has come."""
        while self.next_ns is not None and self.next_ns <= now_ns:
            time_ns = max(self.next_ns, now_ns - _LONGEST_LAG_NS)
            self.next_ns = time_ns + NS_PER_S // self.rate_hz
            yield time_ns
