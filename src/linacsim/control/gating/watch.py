"""Watches one window: inside or not, with the delays before that counts."""

import math
from enum import IntEnum

from linacsim.control.gating.limits import Limits

NEVER = 2**62
"""A time that does not come, in ns."""


class Side(IntEnum):
    """Where the value is."""

    UNKNOWN = 0
    """No sample, an invalid one, or one that is too old."""
    OUTSIDE = 1
    INSIDE = 2


class Watch:
    """One window over one axis.

    `within` follows the side of the value: true once it has been inside for the entry delay, false
    once it has been outside for the linger time, and false at once when the value is not known.

    Time runs by `step`: whoever owns the watch steps it at `next_ns`, in order of time, before
    giving it a later sample. All times are integer ns.
    """

    __slots__ = (
        "_age_limit_ns",
        "_arrived_ns",
        "_entry_delay_ns",
        "_expires_ns",
        "_limits",
        "_linger_ns",
        "_measured_ns",
        "_since_ns",
        "_value",
        "known_ns",
        "next_ns",
        "side",
        "within",
    )

    def __init__(
        self,
        limits: Limits,
        age_limit_ns: int = NEVER,
        entry_delay_ns: int = 0,
        linger_ns: int = 0,
    ) -> None:
        """Begin without a value.

        Args:
            limits: of the value.
            age_limit_ns: a sample counts only until this long after it was measured.
            entry_delay_ns: how long the value must be inside first.
            linger_ns: how long it may be outside before that counts.
        """
        self._limits = limits
        self._age_limit_ns = age_limit_ns
        self._entry_delay_ns = entry_delay_ns
        self._linger_ns = linger_ns
        self.side = Side.UNKNOWN
        self.within = False
        self.known_ns = 0
        """When the last change of `within` could be known."""
        self.next_ns = NEVER
        """When the watch will change if no sample comes."""
        self._since_ns = self._arrived_ns = 0
        self._expires_ns = NEVER
        self._measured_ns = -NEVER
        self._value = math.nan

    def offer(self, value: float, measured_ns: int, now_ns: int) -> None:
        """Take a sample that arrives now; NaN means that there is none worth its name.

        A sample not newer than the last is ignored.
        """
        before_ns, before = self._measured_ns, self._value
        if measured_ns <= before_ns:
            return
        self._measured_ns, self._value = measured_ns, value
        self._expires_ns = expires_ns = measured_ns + self._age_limit_ns
        if value != value or now_ns >= expires_ns:
            self._value = math.nan
            self._turn(Side.UNKNOWN, measured_ns, now_ns)
            return
        side = Side.INSIDE if self._limits.contain(value) else Side.OUTSIDE
        if side is self.side:
            if self.within is (side is Side.INSIDE):
                self.next_ns = expires_ns
            else:
                self._plan()
        elif self.side is Side.UNKNOWN:
            self._turn(side, measured_ns, now_ns)
        else:
            crossed_ns = self._limits.crossing_ns(
                before_ns, before, measured_ns, value, entering=side is Side.INSIDE
            )
            self._turn(side, crossed_ns, now_ns)

    def step(self) -> None:
        """Make the change that is due at `next_ns`."""
        due_ns = self.next_ns
        if due_ns >= self._expires_ns:
            self._value = math.nan
            self.side, self._since_ns, self._arrived_ns = Side.UNKNOWN, due_ns, due_ns
        inside = self.side is Side.INSIDE
        if inside is not self.within:
            self.within = inside
            self.known_ns = max(due_ns, self._arrived_ns)
        self._plan()

    def _turn(self, side: Side, since_ns: int, now_ns: int) -> None:
        self.side, self._since_ns, self._arrived_ns = side, since_ns, now_ns
        self._plan()

    def _plan(self) -> None:
        """Decide when the next change is due if no sample comes."""
        side = self.side
        if side is Side.INSIDE:
            due_ns = NEVER if self.within else self._since_ns + self._entry_delay_ns
        elif not self.within:
            due_ns = NEVER
        elif side is Side.OUTSIDE:
            due_ns = self._since_ns + self._linger_ns
        else:
            due_ns = self._since_ns
        expires_ns = NEVER if side is Side.UNKNOWN else self._expires_ns
        self.next_ns = due_ns if due_ns < expires_ns else expires_ns
