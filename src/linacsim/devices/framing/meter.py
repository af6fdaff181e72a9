"""How much a wire brings, and a limit to how much of it is looked at.

A device that babbles must not take the time of the loop that holds the beam: what comes beyond a
budget is counted and thrown away unread, the oldest first (fault catalogue, row 27).
"""

from collections import deque

from linacsim.model.time import NS_PER_MS, NS_PER_S

_WINDOW_NS = 100 * NS_PER_MS
_WINDOWS = NS_PER_S // _WINDOW_NS
_BUDGET = 4
"""Times the bytes expected in a window; twice is a fault, so a fault is never unseen."""
_LEAST_BYTES = 512


class Meter:
    """Counts bytes in windows of 100 ms."""

    def __init__(self, expected_bytes_per_s: float) -> None:
        """Take what the device sends when all is well."""
        self._expected = expected_bytes_per_s
        self._budget = max(
            _LEAST_BYTES, int(_BUDGET * expected_bytes_per_s * _WINDOW_NS / NS_PER_S)
        )
        self._window = 0
        self._here = 0
        self._past: deque[tuple[int, int]] = deque()
        self.thrown = 0

    def admit(self, data: bytes, now_ns: int) -> bytes:
        """Count bytes; return the newest of them that the budget of this window allows."""
        self._move_to(now_ns // _WINDOW_NS)
        left = max(0, self._budget - self._here)
        self._here += len(data)
        if len(data) <= left:
            return data
        self.thrown += len(data) - left
        return data[len(data) - left :]

    def babbling(self, now_ns: int) -> bool:
        """Return whether more than twice the expected bytes came in a second, not in one burst.

        What a system's buffer hands over at once when a port is opened is no babbling.
        """
        self._move_to(now_ns // _WINDOW_NS)
        limit = max(2 * self._expected, _LEAST_BYTES)
        over = sum(n > limit / _WINDOWS for _, n in self._past)
        return over >= _WINDOWS // 2 and sum(n for _, n in self._past) > limit

    def _move_to(self, window: int) -> None:
        if window != self._window:
            if self._here:
                self._past.append((self._window, self._here))
            self._window, self._here = window, 0
        while self._past and self._past[0][0] < window - _WINDOWS:
            self._past.popleft()
