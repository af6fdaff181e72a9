"""A stub's own clock: starts where it likes, drifts, jumps, wraps."""

from linacsim.model.time import NS_PER_MS
from linacsim.stubs.faults import Faults, Kind

US = 1000
WRAP = 1 << 32


class DeviceClock:
    """Microseconds since the device was switched on, as the device believes."""

    def __init__(self, start_us: int = 0, ppm: float = 0.0) -> None:
        """Take what it shows when the stub begins, and how fast it runs."""
        self._shown_ns = start_us * US
        self._at_ns = 0
        self._ppm = ppm
        self._rate = 1.0 + ppm * 1e-6

    def us(self, now_ns: int) -> int:
        """Return what it shows at a time; 32 bits."""
        passed_ns = now_ns - self._at_ns
        shown_ns = self._shown_ns + passed_ns + round(passed_ns * (self._rate - 1.0))
        return shown_ns // US % WRAP

    def time_ns(self, us: int, now_ns: int) -> int:
        """Return when it will show, or has shown, a count near what it shows now."""
        ahead_us = (us - self.us(now_ns) + WRAP // 2) % WRAP - WRAP // 2
        return now_ns + round(ahead_us * US / self._rate)

    def run_at(self, ppm: float, now_ns: int) -> None:
        """Run at another rate from now on."""
        rate = 1.0 + ppm * 1e-6
        if rate != self._rate:
            self._hold(now_ns)
            self._rate = rate

    def jump(self, by_ms: float, now_ns: int) -> None:
        """Show another time from now on."""
        self._hold(now_ns)
        self._shown_ns += round(by_ms * NS_PER_MS)

    def misbehave(self, faults: Faults, now_ns: int) -> None:
        """Commit the faults that a clock can have."""
        if step := faults.happened(Kind.CLOCK_STEP, now_ns):
            self.jump(step.value, now_ns)
        drift = faults.value(Kind.CLOCK_DRIFT, now_ns)
        self.run_at(self._ppm if drift is None else drift, now_ns)

    def restart(self, now_ns: int) -> None:
        """Begin at zero, as after power-up."""
        self._shown_ns, self._at_ns = 0, now_ns

    def _hold(self, now_ns: int) -> None:
        passed_ns = now_ns - self._at_ns
        self._shown_ns += passed_ns + round(passed_ns * (self._rate - 1.0))
        self._at_ns = now_ns
