"""Devices in simulated time: a device, its stand-in, and what is on its way between them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from linacsim.devices.peer import Health
from linacsim.model.messages import Message
from linacsim.model.time import TICK_NS

STEP_NS = 1_000
FOREVER = 1 << 62


class Simulated(ABC):
    """One device, driven from one thing that is due to the next; never backwards in time."""

    def __init__(self) -> None:
        """Start at time zero."""
        self._at_ns = 0

    def advance(self, now_ns: int) -> None:
        """Let everything up to and including `now_ns` happen, in order of time."""
        self._happen(self._at_ns)
        while (next_ns := self._next_ns()) <= now_ns:
            self._at_ns = next_ns
            self._happen(next_ns)
        self._at_ns = max(self._at_ns, now_ns)

    @abstractmethod
    def messages(self) -> tuple[Message, ...]:
        """Return and forget what the device has for the machine."""

    @abstractmethod
    def health(self) -> Health:
        """Return how the device stands."""

    @abstractmethod
    def _happen(self, now_ns: int) -> None:
        """Let what is due happen."""

    @abstractmethod
    def _due(self) -> Iterable[int | None]:
        """Return when something happens next; None where nothing does."""

    def _next_ns(self) -> int:
        """Return when something is due next; later than now, so that time always gets on."""
        soonest = min((due_ns for due_ns in self._due() if due_ns is not None), default=FOREVER)
        return max(soonest, self._at_ns + STEP_NS)


class SimulatedDevices:
    """All that are simulated alike in a run, as something that messages arrive from."""

    def __init__(self, devices: Sequence[Simulated]) -> None:
        """Start at time zero."""
        self._devices = tuple(devices)
        self.known_ns = 0
        """Up to when nothing more can arrive."""

    @property
    def awaited(self) -> str:
        """What devices say that are not live yet; empty where all are."""
        health = [device.health() for device in self._devices]
        return "; ".join(one.text for one in health if not one.live)

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Let time get on to now; return what the devices have for the machine."""
        self.known_ns = now_ns + TICK_NS
        messages: tuple[Message, ...] = ()
        for device in self._devices:
            device.advance(now_ns)
            messages += device.messages()
        return messages
