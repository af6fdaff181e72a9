"""Beam-hold devices of a scenario: heart-beats and rules of their own."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from linacsim.engines.agenda import Agenda
from linacsim.engines.message_record import from_line, to_line
from linacsim.machines import load_machine
from linacsim.machines.record import from_record, to_record
from linacsim.model.findings import InputError
from linacsim.model.messages import HeartBeats, Message
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.scenario.hold_lines import HoldDeviceKeys, device_actors, with_hold_devices

MACHINE = load_machine("truebeam-hd120")
S = NS_PER_S


def keys(**given: Any) -> HoldDeviceKeys:
    return HoldDeviceKeys.model_validate({"device": 7, **given})


def told(device: HoldDeviceKeys, end_s: int) -> list[tuple[int, Message]]:
    agenda, out = Agenda(), []
    (heart,) = device_actors((), (device,))
    agenda.start(heart)
    for tick in range(end_s * S // TICK_NS):
        out += [(tick, message) for message in agenda.advance(tick * TICK_NS)]
    return out


def test_what_is_not_given_is_the_machines_own() -> None:
    spec = with_hold_devices(MACHINE, [keys(watchdog_s=0.3, self_test=True)])
    own, others = spec.line_rules(7), spec.line_rules(8)
    assert (own.watchdog_s, own.self_test, own.must_beat) == (0.3, 1, 0)
    assert own.chatter_edges_per_s == MACHINE.hold_line.chatter_edges_per_s
    assert others == MACHINE.hold_line
    assert spec.line_rules(7) == from_record(to_record(spec)).line_rules(7)


def test_only_what_is_given_for_device_4_binds_the_gate_that_follows_motion() -> None:
    assert with_hold_devices(MACHINE, [keys(chatter_edges_per_s=5)]).gate_line == MACHINE.gate_line
    wired = keys(device=4, heart_beat={"every_s": 0.05}, self_test=True, longest_hold_s=5.0)
    assert with_hold_devices(MACHINE, [wired]).gate_line == MACHINE.gate_line
    bound = with_hold_devices(MACHINE, [keys(device=4, chatter_edges_per_s=5)]).gate_line
    assert bound == replace(MACHINE.gate_line, chatter_edges_per_s=5)


def test_a_heart_beats_stops_after_its_last_beat_and_begins_again() -> None:
    stops = {"at_s": 1.02, "for_s": 2.0}
    first, end, again = told(keys(heart_beat={"every_s": 0.05, "stops": stops}), 5)
    assert first == (0, HeartBeats(7, 0, 50_000_000, 86_400 * 20))
    assert end == (102, HeartBeats(7, S, count=0))
    assert again[0] == 302
    assert isinstance(again[1], HeartBeats)
    assert again[1].first_ns == 302 * TICK_NS


def test_a_heart_that_goes_on_keeps_nobody_waiting() -> None:
    agenda = Agenda()
    (heart,) = device_actors((), (keys(heart_beat={"every_s": 0.05}),))
    agenda.start(heart)
    agenda.advance(0)
    assert agenda.only_waits
    assert heart.done


def test_a_device_that_beats_must_beat_often_enough() -> None:
    with pytest.raises(InputError, match="device 7 beats every"):
        with_hold_devices(MACHINE, [keys(heart_beat={"every_s": 0.2})])
    assert with_hold_devices(MACHINE, [keys(heart_beat={"every_s": 0.1})]).line_rules(7).must_beat


@pytest.mark.parametrize(
    "bad",
    [
        {"device": 16},
        {"watchdog_s": 0.0},
        {"chatter_edges_per_s": 1},
        {"longest_hold_s": -1.0},
        {"heart_beat": {"every_s": 0.0}},
        {"heart_beat": {"every_s": 0.05, "stops": {"for_s": 0.0}}},
        {"pulse": 1},
    ],
)
def test_what_cannot_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        keys(**bad)


def test_heart_beats_travel_in_journals() -> None:
    beats = HeartBeats(7, 5, 50_000_000, 12)
    assert from_line(to_line(beats)) == beats
