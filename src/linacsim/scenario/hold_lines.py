"""Beam-hold devices of a scenario: their lines, with edges within ticks, and their heart-beats."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, model_validator

from linacsim.engines.agenda import Agenda, Steps
from linacsim.machines.spec import HoldLineRules, MachineSpec
from linacsim.model.findings import InputError
from linacsim.model.gating import HIGHEST_ID, RESPIRATORY_GATE
from linacsim.model.messages import HeartBeats, HoldLine
from linacsim.model.time import NS_PER_S, TICK_NS, to_ns
from linacsim.scenario.triggers import Timed
from linacsim.scenario.words import Strict

DeviceId = Annotated[int, Field(ge=0, le=HIGHEST_ID)]
_DAY_NS = 86_400 * NS_PER_S


class HoldLineKeys(Timed):
    """A device raises its line, once or again and again."""

    device: DeviceId
    for_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """The line drops after this time; without it, it stays up."""
    every_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """From one rise to the next, where there are several."""
    times: Annotated[int, Field(ge=1, le=100_000)] = 1

    @model_validator(mode="after")
    def _repeats(self) -> Self:
        if self.times > 1 and (self.every_s is None or self.for_s is None):
            raise ValueError("times needs for_s and every_s")
        if self.every_s is not None and self.times == 1:
            raise ValueError("every_s needs times of 2 or more")
        if self.every_s is not None and self.for_s is not None and self.every_s <= self.for_s:
            raise ValueError("every_s must be more than for_s")
        return self


class SilenceKeys(Timed):
    """The heart-beat stops, for a time or for good."""

    for_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """It comes back after this time; without it, it does not."""


class HeartBeatKeys(Strict):
    """A device shows again and again that it lives."""

    every_s: Annotated[float, Field(ge=0.001, le=60)]
    stops: SilenceKeys | None = None


class HoldDeviceKeys(Strict):
    """When the line of one device is not to be relied on; the machine says what is not given."""

    device: DeviceId
    heart_beat: HeartBeatKeys | None = None
    """With it the device must beat from PREPARE on."""
    watchdog_s: Annotated[float, Field(ge=0.001, le=60)] | None = None
    """Longest time between two heart-beats."""
    chatter_edges_per_s: Annotated[int, Field(ge=2, le=1000)] | None = None
    """Most edges within any second."""
    longest_hold_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    """Longest hold while the beam is asked for; 0: any."""
    longest_quiet_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    """Longest time without an edge while the beam is asked for; 0: any."""
    fault_after_s: Annotated[float, Field(ge=0, le=60)] | None = None
    """How long a line that is not to be relied on holds the beam before that is a fault."""
    self_test: bool | None = None
    """Whether the device must have held once, since the beam was loaded, before it starts."""

    def rules(self, machine: MachineSpec) -> HoldLineRules:
        """Return the rules of this device's line on a machine."""
        given = self.model_dump(exclude={"device", "heart_beat"}, exclude_none=True)
        if self.self_test is not None:
            given["self_test"] = int(self.self_test)
        if self.heart_beat is not None:
            given["must_beat"] = 1
        return replace(machine.hold_line, **given)

    def gate_rules(self, machine: MachineSpec) -> HoldLineRules:
        """Return the rules of the gate that follows motion, where this is its device."""
        own = {"chatter_edges_per_s", "longest_quiet_s", "fault_after_s"}
        return replace(machine.gate_line, **self.model_dump(include=own, exclude_none=True))


def with_hold_devices(machine: MachineSpec, devices: Sequence[HoldDeviceKeys]) -> MachineSpec:
    """Return the machine with the rules of a scenario's devices.

    Raises InputError for a device that beats too slowly for its own watchdog.
    """
    rules, gate_line = {}, machine.gate_line
    for keys in devices:
        own = keys.rules(machine)
        if keys.heart_beat is not None and keys.heart_beat.every_s >= own.watchdog_s:
            raise InputError(
                f"hold_devices: device {keys.device} beats every {keys.heart_beat.every_s:g} s; "
                f"its watchdog_s is {own.watchdog_s:g}: beat more often, or let it wait longer"
            )
        rules[str(keys.device)] = own
        if keys.device == RESPIRATORY_GATE:
            gate_line = keys.gate_rules(machine)
    every = MappingProxyType({**machine.hold_devices, **rules})
    return replace(machine, hold_devices=every, gate_line=gate_line)


def device_actors(
    lines: Sequence[HoldLineKeys], devices: Sequence[HoldDeviceKeys]
) -> tuple["LineOperator | Heart", ...]:
    """Return what works the lines and hearts of a scenario's devices."""
    hearts = (
        Heart(keys.device, keys.heart_beat, f"hold_devices[{k}].heart_beat.stops")
        for k, keys in enumerate(devices)
        if keys.heart_beat is not None
    )
    return (*(LineOperator(keys, f"hold_lines[{k}]") for k, keys in enumerate(lines)), *hearts)


class Heart:
    """Beats for one device, stops and begins again as a scenario says.

    Beats are told ahead for a whole day and taken back where they stop, so that nobody waits.
    """

    def __init__(self, device: int, keys: HeartBeatKeys, place: str) -> None:
        """Beat from the start on."""
        self.place = place
        """Where in the scenario it is to stop, for people."""
        self.done = keys.stops is None
        """Whether nothing is left to come."""
        self._device = device
        self._keys = keys
        self._every_ns = to_ns(keys.every_s)

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        stops = self._keys.stops
        self.done = stops is None
        agenda.post(self._beats(agenda.now_ns))
        if stops is None:
            return
        yield from stops.awaited(agenda)
        last_ns = agenda.now_ns // self._every_ns * self._every_ns
        agenda.post(HeartBeats(self._device, last_ns, count=0))
        self.done = True
        if stops.for_s is not None:
            yield agenda.wait(to_ns(stops.for_s))
            agenda.post(self._beats(agenda.now_ns))

    def _beats(self, first_ns: int) -> HeartBeats:
        return HeartBeats(self._device, first_ns, self._every_ns, _DAY_NS // self._every_ns)


class LineOperator:
    """Raises and drops one line as a scenario says."""

    def __init__(self, keys: HoldLineKeys, place: str = "hold_lines") -> None:
        """Wait for the time of the first edge."""
        self.place = place
        """Where in the scenario it is, for people."""
        self._keys = keys
        self.done = False
        """Whether the line went up."""

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        self.done = False
        keys = self._keys
        start_ns = to_ns(keys.after_s)
        if keys.when is not None:
            yield agenda.until(keys.when.condition())
            start_ns += agenda.now_ns
        else:
            start_ns = max(start_ns + to_ns(keys.at_s or 0.0), agenda.now_ns)
        for number in range(keys.times):
            rise_ns = start_ns + number * to_ns(keys.every_s or 0.0)
            yield from self._edge(agenda, rise_ns, hold=True)
            self.done = True
            if keys.for_s is not None:
                yield from self._edge(agenda, rise_ns + to_ns(keys.for_s), hold=False)

    def _edge(self, agenda: Agenda, time_ns: int, *, hold: bool) -> Steps:
        """Hand an edge over before the tick in which it lies."""
        yield agenda.wait(max(0, time_ns // TICK_NS * TICK_NS - agenda.now_ns))
        agenda.post(HoldLine(self._keys.device, hold, time_ns))
