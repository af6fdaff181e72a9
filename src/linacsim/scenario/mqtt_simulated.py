"""Devices behind a broker in simulated time: the same adapters and stubs as live, no broker."""

from collections import deque
from collections.abc import Sequence

from linacsim.devices.mqtt.device import MqttDevice
from linacsim.devices.mqtt.topics import CLOCK_ANSWER
from linacsim.model.messages import Message
from linacsim.model.time import TICK_NS
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.mqtt.box import MqttBox

STEP_NS = 1_000
FOREVER = 1 << 62


class SimulatedDevice:
    """A device, its stand-in, and payloads on their way between them."""

    def __init__(self, device: MqttDevice, stub: MqttBox, latency_ns: int, broker: Faults) -> None:
        """Take how long a payload is on its way, and when the broker is `SILENT`."""
        self.device = device
        self._stub = stub
        self._latency_ns = latency_ns
        self._broker = broker
        self._said: deque[tuple[int, str, bytes]] = deque()
        self._asked: deque[tuple[int, bytes]] = deque()
        self._there = False
        self._at_ns = 0

    def advance(self, now_ns: int) -> None:
        """Let everything up to and including `now_ns` happen, in order of time."""
        self._happen()
        while (next_ns := self._next_ns()) <= now_ns:
            self._at_ns = next_ns
            self._happen()
        self._at_ns = max(self._at_ns, now_ns)

    def _next_ns(self) -> int:
        """Return when something is due next; later than now, so that time always gets on."""
        due = (
            self._said[0][0] if self._said else None,
            self._asked[0][0] if self._asked else None,
            self._stub.next_ns(),
            self.device.next_ns(),
            self._broker.edge_ns(self._at_ns, Kind.SILENT),
        )
        soonest = min((time_ns for time_ns in due if time_ns is not None), default=FOREVER)
        return max(soonest, self._at_ns + STEP_NS)

    def _happen(self) -> None:
        now_ns = self._at_ns
        self._look_at_broker(now_ns)
        while self._asked and self._asked[0][0] <= now_ns:
            answer = self._stub.answer(self._asked.popleft()[1], now_ns)
            if answer is not None:
                self._said.append((now_ns + self._latency_ns, CLOCK_ANSWER, answer))
        while self._said and self._said[0][0] <= now_ns:
            _, leaf, payload = self._said.popleft()
            self.device.take(leaf, payload, now_ns, retained=False)
        self._stub.wake(now_ns)
        self.device.wake(now_ns)
        arrives_ns = now_ns + self._latency_ns
        said = [(arrives_ns, self._stub.leaf, payload) for payload in self._stub.said(now_ns)]
        question = self.device.question(now_ns)
        if self._there:
            self._said.extend(said)
            self._asked.extend([(arrives_ns, question)] if question else [])

    def _look_at_broker(self, now_ns: int) -> None:
        there = self._broker.on(Kind.SILENT, now_ns) is None
        if there and not self._there:
            self.device.connected(now_ns)
        elif self._there and not there:
            self._said.clear()
            self._asked.clear()
            self.device.disconnected(now_ns, "taken away, as the scenario says")
        self._there = there


class SimulatedBroker:
    """All devices behind it, as something that messages arrive from."""

    def __init__(self, devices: Sequence[SimulatedDevice]) -> None:
        """Start at time zero."""
        self._devices = tuple(devices)
        self.known_ns = 0
        """Up to when nothing more can arrive."""

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Let payloads arrive up to now; return what the devices have for the machine."""
        self.known_ns = now_ns + TICK_NS
        messages: tuple[Message, ...] = ()
        for one in self._devices:
            one.advance(now_ns)
            messages += one.device.messages()
        return messages
