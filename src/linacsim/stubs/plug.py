"""Whether the wire of a stub is in its socket."""

from linacsim.stubs.faults import Faults, Kind


class Plug:
    """Is pulled and put back at the times of `unplug` faults."""

    def __init__(self, faults: Faults | None = None) -> None:
        """Be in all the time, unless faults say otherwise."""
        self._faults = faults or Faults()
        self._now_ns = 0

    def is_in(self, now_ns: int) -> bool:
        """Return whether it is in."""
        self._now_ns = now_ns
        return self._faults.on(Kind.UNPLUG, now_ns) is None

    def next_ns(self) -> int | None:
        """Return when it is next pulled or put back, after the time last asked about."""
        return self._faults.edge_ns(self._now_ns, Kind.UNPLUG)
