"""A gate box that publishes the lines of one beam-hold device (HIL-12)."""

from linacsim.devices.box_lines import NO_PLACE, BoxLines
from linacsim.devices.catalogue import Condition
from linacsim.devices.mqtt import topics
from linacsim.devices.mqtt.device import Adapter, Behind
from linacsim.devices.mqtt.payloads import Gate
from linacsim.devices.sample import Mark, RawSample


class MqttGateBox(Adapter[Gate]):
    """Makes hold lines, readiness and heart-beats of what it publishes."""

    leaf = topics.GATE

    def __init__(self, name: str, use: Behind, device: int) -> None:
        """Take the id in BeamHoldDevices that it must have, 0 to 15."""
        super().__init__(name, Gate, use)
        self._box = BoxLines(device)

    def _use(self, said: Gate, measured_ns: int | None, marks: Mark, now_ns: int) -> None:
        if said.id != self._box.device:
            text = f"it is beam-hold device {said.id}, wanted is {self._box.device}"
            self.guard.bar(Condition.WRONG_TOOL, now_ns, text)
            return
        self.guard.allow(Condition.SILENT)
        if self.guard.take(RawSample(NO_PLACE, measured_ns, said.seq, marks), now_ns) is None:
            return
        at_ns = now_ns if measured_ns is None else min(measured_ns, now_ns)
        ready = said.ready and not said.fault
        self._messages.append(self._box.heard(ready=ready, enable=said.enable, time_ns=at_ns))

    def _report(self, now_ns: int) -> None:
        self._messages += self._box.changes(self.guard, now_ns)
        super()._report(now_ns)
