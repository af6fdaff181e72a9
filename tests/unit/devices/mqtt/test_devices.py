"""Devices behind a broker: what is taken, what is refused, whose time counts."""

import json
from abc import ABC, abstractmethod
from typing import Any

import pytest

from linacsim.devices.box_lines import EVERY_NS, box_limits
from linacsim.devices.catalogue import Condition
from linacsim.devices.mqtt.device import BIGGEST_BYTES, Adapter, Behind
from linacsim.devices.mqtt.gate_box import MqttGateBox
from linacsim.devices.mqtt.marker import MqttMarker
from linacsim.devices.sample import Limits, Mark
from linacsim.model.messages import (
    DeviceReport,
    Fault,
    HeartBeats,
    HoldLine,
    Message,
    Samples,
    Standing,
)
from linacsim.model.time import NS_PER_MS, NS_PER_S

PERIOD = 20 * NS_PER_MS
ALL = Mark.UNPROTECTED | Mark.SIMULATED
CLOCK_US = 5_000_000
"""What a device's clock shows at time zero."""


class Sender(ABC):
    """Publishes for a device, some ms before each payload arrives."""

    def __init__(self, device: Adapter[Any], delay_ns: int = 3 * NS_PER_MS, t: bool = False):
        self.device, self.delay_ns, self.stamps = device, delay_ns, t
        self.now_ns, self.seq = 0, 0
        self.got: list[Message] = []
        device.connected(0)
        self.hear()

    def hear(self) -> None:
        self.got += self.device.messages()

    def raw(self, payload: bytes, *, leaf: str = "", retained: bool = False) -> None:
        self.device.take(leaf or self.device.leaf, payload, self.now_ns, retained=retained)
        self.hear()

    def send(self, period_ns: int = PERIOD, **members: Any) -> None:
        """Go on by a period and publish what the device would, but for `members`."""
        self.now_ns += period_ns
        while (due_ns := self.device.next_ns()) is not None and due_ns <= self.now_ns:
            self.device.wake(due_ns)
        self.seq += 1
        said = {"v": 1, "seq": self.seq} | self.usual() | members
        if self.stamps:
            said.setdefault("t", self.us(self.now_ns - self.delay_ns))
        self.raw(json.dumps(said).encode())
        self.answer()

    @abstractmethod
    def usual(self) -> dict[str, Any]:
        """Return what the device publishes unless told otherwise."""

    def us(self, now_ns: int) -> int:
        return CLOCK_US + now_ns // 1000

    def answer(self) -> None:
        question = self.device.question(self.now_ns)
        if question is not None:
            us = self.us(self.now_ns)
            asked_ns, self.now_ns = self.now_ns, self.now_ns + NS_PER_MS
            answer = {"v": 1, "id": json.loads(question)["id"], "t2": us, "t3": us}
            self.raw(json.dumps(answer).encode(), leaf="t")
            self.now_ns = asked_ns

    def many(self, n: int, **members: Any) -> "Sender":
        for _ in range(n):
            self.send(**members)
        return self

    def of(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.got if isinstance(message, kind)]


class MarkerSender(Sender):
    def usual(self) -> dict[str, Any]:
        wobble = 0.05 * (self.seq * 7919 % 13)
        return {"d": [wobble, 0.0, 10.0 + 0.1 * self.seq]}


class GateSender(Sender):
    enable = True

    def usual(self) -> dict[str, Any]:
        return {"id": 7, "ready": True, "enable": self.enable}


def marker(allowed: Mark = ALL, *, t: bool = False, most: int = 1000) -> MarkerSender:
    use = Behind(Limits(PERIOD, allowed=allowed), most)
    return MarkerSender(MqttMarker("belt", use), t=t)


def box(*, t: bool = False) -> GateSender:
    return GateSender(MqttGateBox("box", Behind(box_limits(ALL)), 7), t=t)


def test_samples_reach_the_machine_in_cm_and_by_arrival() -> None:
    sender = marker()
    sender.many(15)
    assert sender.device.health().live
    (newest,) = sender.of(Samples)[-1].samples
    assert newest.z_cm == pytest.approx(1.15)
    assert newest.measured_ns == newest.received_ns == sender.now_ns


def test_unprotected_samples_release_nothing_unless_allowed() -> None:
    sender = marker(allowed=Mark.SIMULATED)
    sender.many(50)
    assert not sender.device.health().live
    assert "source without checksum" in sender.device.health().text
    assert {report.standing for report in sender.of(DeviceReport)} == {Standing.HOLD}


def test_simulated_samples_release_nothing_where_forbidden() -> None:
    sender = marker(allowed=Mark.UNPROTECTED)
    sender.many(50, f=65)
    assert "simulated source" in sender.device.health().text


def test_retained_messages_are_no_measurements() -> None:
    sender = marker()
    for seq in range(50):
        sender.now_ns += PERIOD
        payload = json.dumps({"v": 1, "seq": seq, "d": [0, 0, seq / 10]}).encode()
        sender.raw(payload, retained=True)
    assert sender.of(Samples) == []


BROKEN = {
    "no JSON": b"12,13,14",
    "cut off": b'{"v":1,"seq":1,"d":[1,2,',
    "not UTF-8": b'{"v":1,"seq":1,"d":[1,2,3],"\xff\xfe":1}',
    "NaN": b'{"v":1,"seq":1,"d":[NaN,1,2]}',
    "infinite": b'{"v":1,"seq":1,"d":[1e999,1,2]}',
    "empty": b"",
    "deep": b"[" * 4000,
    "huge": b'{"v":1,"d":[' + b"1," * BIGGEST_BYTES + b"1]}",
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
def test_payloads_that_do_not_fit_count_as_none_and_are_told(payload: bytes) -> None:
    sender = marker().many(15)
    for _ in range(10):
        sender.now_ns += PERIOD
        sender.device.wake(sender.now_ns)
        sender.raw(payload)
    health = sender.device.health()
    assert not health.live, "silence holds"
    assert "does not match the schema" in health.text or "bytes, more than" in health.text
    assert "\n" not in health.text
    assert len(health.text) < 300
    assert sender.device.refused == 10
    sender.many(15)
    assert sender.device.health() == (True, "live")


def test_a_flood_is_a_fault_and_over_when_it_is_over() -> None:
    sender = marker(most=100).many(15)
    for _ in range(300):
        sender.raw(b"{}")
    assert sender.device.flooded
    assert "babbling (fault 27): over 100 messages a second" in sender.device.health().text
    assert sender.of(DeviceReport)[-1].standing is Standing.FAULT
    sender.many(200)
    assert sender.device.health().live
    assert not sender.device.flooded


def test_a_broker_that_is_lost_holds_and_good_samples_bring_it_back() -> None:
    sender = marker().many(15)
    sender.device.disconnected(sender.now_ns, "nobody there")
    sender.hear()
    assert sender.of(DeviceReport)[-1] == DeviceReport(
        "belt", Standing.HOLD, "broker lost (fault 29): nobody there"
    )
    sender.device.connected(sender.now_ns)
    sender.many(9)
    assert not sender.device.health().live
    sender.many(4)
    assert sender.of(DeviceReport)[-1].standing is Standing.GOOD


def test_without_a_broker_for_long_the_signal_is_lost() -> None:
    sender = marker().many(15)
    sender.device.disconnected(sender.now_ns, "nobody there")
    sender.device.wake(sender.now_ns + 4 * NS_PER_S)
    assert Condition.LOST in sender.device.guard.conditions


def test_a_second_sender_under_one_name_is_a_fault() -> None:
    sender = marker().many(100)
    for other in range(5):
        sender.raw(json.dumps({"v": 1, "seq": other, "d": [1, 2, 3]}).encode())
        sender.send()
    assert sender.of(DeviceReport)[-1].standing is Standing.FAULT


# Devices with a clock --------------------------------------------------------------------------


def test_stamped_samples_count_by_the_time_of_measurement() -> None:
    sender = marker(t=True).many(60)
    assert sender.device.health().live
    (newest,) = sender.of(Samples)[-1].samples
    assert newest.received_ns - newest.measured_ns == pytest.approx(3 * NS_PER_MS, abs=NS_PER_MS)


def test_a_device_that_stamps_must_answer() -> None:
    sender = marker(t=True)
    sender.answer = lambda: None  # type: ignore[method-assign]
    sender.many(60)
    assert not sender.device.health().live
    assert "waiting for it to answer ts" in sender.device.health().text
    assert sender.of(Samples) == []


def test_late_stamped_samples_hold_however_they_keep_coming() -> None:
    sender = marker(t=True).many(60)
    sender.delay_ns = 250 * NS_PER_MS
    sender.many(10)
    assert not sender.device.health().live
    assert "(fault 7)" in sender.device.health().text


def test_stamps_must_not_come_and_go() -> None:
    sender = marker(t=True).many(60)
    sender.stamps = False
    sender.many(10)
    assert "t is given in some payloads" in sender.device.health().text
    assert not sender.device.health().live


def test_a_clock_that_steps_is_told_anew() -> None:
    sender = marker(t=True).many(60)
    sender.us = lambda now_ns: CLOCK_US + 80_000 + now_ns // 1000  # type: ignore[method-assign]
    sender.many(60)
    texts = [report.text for report in sender.of(DeviceReport)]
    assert any("device clock stepped (fault 31)" in text for text in texts)
    sender.many(60)
    assert sender.device.health().live


def test_a_clock_out_of_bounds_never_becomes_live() -> None:
    sender = marker(t=True)
    sender.us = lambda now_ns: CLOCK_US + now_ns * 1002 // 1_000_000  # type: ignore[method-assign]
    sender.many(300)
    assert "device clock out of bounds (fault 32)" in sender.device.health().text


def test_a_restarted_device_is_asked_for_its_time_again() -> None:
    sender = marker(t=True).many(150)
    began_ns = sender.now_ns
    sender.us = lambda now_ns: (now_ns - began_ns) // 1000  # type: ignore[method-assign]
    sender.seq = 0
    sender.many(2)
    assert sender.of(DeviceReport)[-1].standing is Standing.FAULT
    assert "device restarted (fault 23)" in sender.of(DeviceReport)[-1].text
    sender.many(60)
    (newest,) = sender.of(Samples)[-1].samples
    assert 0 <= newest.received_ns - newest.measured_ns < 10 * NS_PER_MS


def test_a_restart_is_noticed_though_its_clock_tells_first() -> None:
    sender = marker(t=True).many(150)
    began_ns = sender.now_ns
    sender.us = lambda now_ns: (now_ns - began_ns) // 1000  # type: ignore[method-assign]
    sender.now_ns += NS_PER_S
    sender.answer()
    assert "device clock stepped" in sender.of(DeviceReport)[-1].text
    sender.seq = 0
    sender.many(2)
    assert sender.of(DeviceReport)[-1].standing is Standing.FAULT
    assert "device restarted (fault 23)" in sender.of(DeviceReport)[-1].text


def test_answers_to_no_question_of_ours_say_nothing() -> None:
    sender = marker(t=True).many(60)
    sender.raw(b'{"v": 1, "id": 999, "t2": 1, "t3": 1}', leaf="t")
    sender.many(2)
    assert sender.device.health().live


# Gate boxes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [False, True], ids=["no clock", "clock"])
def test_lines_edges_and_beats_reach_the_machine(t: bool) -> None:
    sender = box(t=t)
    for enable, n in ((True, 40), (False, 3), (True, 3)):
        sender.enable = enable
        for _ in range(n):
            sender.send(EVERY_NS)
    edges = sender.of(HoldLine)
    assert [edge.hold for edge in edges] == [True, False]
    late_ns = sender.delay_ns if t else 0
    expected_ns = [sender.now_ns - back * EVERY_NS - late_ns for back in (5, 2)]
    assert [edge.time_ns for edge in edges] == pytest.approx(expected_ns, abs=NS_PER_MS)
    assert [fault.value for fault in sender.of(Fault)] == [1.0]
    assert len(sender.of(HeartBeats)) > 20


def test_a_silent_box_is_a_fault_and_not_ready() -> None:
    sender = box()
    for _ in range(10):
        sender.send(EVERY_NS)
    sender.device.wake(sender.now_ns + 151 * NS_PER_MS)
    sender.hear()
    assert sender.of(DeviceReport)[-1].standing is Standing.FAULT
    assert "gate silent (fault 40)" in sender.of(DeviceReport)[-1].text
    assert sender.of(Fault)[-1].value == 0.0


@pytest.mark.parametrize("members", [{"ready": False}, {"fault": True}])
def test_a_box_that_is_not_ready_holds(members: dict[str, Any]) -> None:
    sender = box()
    for _ in range(10):
        sender.send(EVERY_NS)
    sender.send(EVERY_NS, **members)
    assert sender.of(HoldLine)[-1].hold
    assert sender.of(Fault)[-1].value == 0.0


def test_another_box_than_is_wanted_is_not_used() -> None:
    sender = box()
    for _ in range(10):
        sender.send(EVERY_NS, id=3)
    assert "it is beam-hold device 3, wanted is 7" in sender.device.health().text
    assert sender.of(HoldLine) == sender.of(HeartBeats) == []
