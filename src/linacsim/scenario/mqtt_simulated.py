"""A device behind a broker in simulated time: the same adapter and stub as live, no broker."""

from collections import deque

from linacsim.devices.mqtt.device import MqttDevice
from linacsim.devices.mqtt.topics import CLOCK_ANSWER
from linacsim.devices.peer import Health
from linacsim.engines.simulated import Simulated
from linacsim.model.messages import Message
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.mqtt.box import MqttBox


class MqttSimulated(Simulated):
    """A device, its stand-in, and payloads on their way between them."""

    def __init__(self, device: MqttDevice, stub: MqttBox, latency_ns: int, broker: Faults) -> None:
        """Take how long a payload is on its way, and when the broker is `SILENT`."""
        super().__init__()
        self._device = device
        self._stub = stub
        self._latency_ns = latency_ns
        self._broker = broker
        self._said: deque[tuple[int, str, bytes]] = deque()
        self._asked: deque[tuple[int, bytes]] = deque()
        self._there = False

    def messages(self) -> tuple[Message, ...]:
        """Return and forget what it has for the machine."""
        return self._device.messages()

    def health(self) -> Health:
        """Return how it stands."""
        return self._device.health()

    def _due(self) -> tuple[int | None, ...]:
        return (
            self._said[0][0] if self._said else None,
            self._asked[0][0] if self._asked else None,
            self._stub.next_ns(),
            self._device.next_ns(),
            self._broker.edge_ns(self._at_ns, Kind.SILENT),
        )

    def _happen(self, now_ns: int) -> None:
        self._look_at_broker(now_ns)
        while self._asked and self._asked[0][0] <= now_ns:
            answer = self._stub.answer(self._asked.popleft()[1], now_ns)
            if answer is not None:
                self._said.append((now_ns + self._latency_ns, CLOCK_ANSWER, answer))
        while self._said and self._said[0][0] <= now_ns:
            _, leaf, payload = self._said.popleft()
            self._device.take(leaf, payload, now_ns, retained=False)
        self._stub.wake(now_ns)
        self._device.wake(now_ns)
        arrives_ns = now_ns + self._latency_ns
        said = [(arrives_ns, self._stub.leaf, payload) for payload in self._stub.said(now_ns)]
        question = self._device.question(now_ns)
        if self._there:
            self._said.extend(said)
            self._asked.extend([(arrives_ns, question)] if question else [])

    def _look_at_broker(self, now_ns: int) -> None:
        there = self._broker.on(Kind.SILENT, now_ns) is None
        if there and not self._there:
            self._device.connected(now_ns)
        elif self._there and not there:
            self._said.clear()
            self._asked.clear()
            self._device.disconnected(now_ns, "taken away, as the scenario says")
        self._there = there
