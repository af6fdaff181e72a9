"""What lateness does to the beam: nothing, a hold until ticks are punctual again, or the end.

Lateness enters the machine as a message like any other input, so a journal holds it and a replay
shows the same hold at the same tick (architecture, rule 2).
"""

from dataclasses import dataclass

from linacsim.model.messages import REAL_TIME, DeviceReport, Standing
from linacsim.model.time import NS_PER_S


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """How late is too late (design/hil.md HIL-2)."""

    late_ns: int
    """A tick that starts later than this after its time is late; half a period by default."""
    hold_after: int | None = 3
    """Late ticks in a row that hold the beam; None: lateness is only recorded."""
    release_after: int = 50
    """Punctual ticks in a row that end the hold; chosen, half a second at 10 ms."""
    stop_ns: int | None = NS_PER_S
    """Lateness that ends the run; None: none does."""


def default_policy(period_ns: int) -> LatePolicy:
    """Return the policy of design/hil.md HIL-2 for this period."""
    return LatePolicy(late_ns=period_ns // 2)


class TooLate(Exception):
    """A tick was so late that the run had to end; its files are whole."""


class LateWatch:
    """Judges the lateness of one tick after another."""

    def __init__(self, policy: LatePolicy) -> None:
        """Start punctual."""
        self._policy = policy
        self._late = self._punctual = 0
        self.holding = False
        self.holds = 0
        """How many times the beam was held."""

    def see(self, tick: int, lateness_ns: int) -> DeviceReport | None:
        """Return what the machine must be told of this; raise `TooLate` where it is the end."""
        policy = self._policy
        if policy.stop_ns is not None and lateness_ns > policy.stop_ns:
            raise TooLate(
                f"tick {tick} was {lateness_ns / 1e6:.0f} ms late, more than the "
                f"{policy.stop_ns / 1e6:.0f} ms allowed: the machine is too busy, or it slept"
            )
        if lateness_ns > policy.late_ns:
            self._late, self._punctual = self._late + 1, 0
        else:
            self._late, self._punctual = 0, self._punctual + 1
        if policy.hold_after is not None and not self.holding and self._late >= policy.hold_after:
            self.holding = True
            self.holds += 1
            text = f"{self._late} ticks in a row over {policy.late_ns / 1e6:g} ms"
            return DeviceReport(REAL_TIME, Standing.HOLD, text)
        if self.holding and self._punctual >= policy.release_after:
            self.holding = False
            return DeviceReport(REAL_TIME, Standing.GOOD)
        return None
