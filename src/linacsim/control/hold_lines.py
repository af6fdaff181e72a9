"""Beam-hold lines of devices: edges with their own time, acted on after the machine's latency.

A device that the beam lists holds the MV beam and motion while its line is up (manual, Appendix A,
Dev: both impacts are true unless stated). The dose stops at the edge plus latency, wherever in a
tick that falls; motion is stopped from the next tick on.
"""

from typing import NamedTuple

from linacsim.control.beam_gating import GATE
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.messages import HoldLine
from linacsim.model.time import to_ns


class _Edge(NamedTuple):
    """An edge to come."""

    effect_ns: int
    time_ns: int
    """When the line changes."""
    device: int
    hold: bool


class HoldLines:
    """The lines of all devices of one machine."""

    def __init__(self, machine: MachineSpec) -> None:
        """Start with all lines down."""
        times = machine.supervision
        self._off_ns = to_ns(times.beam_off_latency_s)
        self._on_ns = to_ns(times.beam_on_latency_s)
        self._edges: list[_Edge] = []
        self._up: set[int] = set()
        self._watched: frozenset[int] = frozenset()

    def watch(self, beam: Beam | None, gate: int | None = None) -> None:
        """Obey the devices that the beam lists and its gate, and no others."""
        devices = beam.beam_hold_devices if beam else ()
        listed = {
            device.id
            for device in devices
            if device.id is not None and device.mv_beam_impact is not False
        }
        self._watched = frozenset(listed if gate is None else listed | {gate})

    def set(self, device: int, *, hold: bool) -> None:
        """Put a line where it stands now, without an edge, and forget its edges to come."""
        self._edges = [edge for edge in self._edges if edge.device != device]
        (self._up.add if hold else self._up.discard)(device)

    def post(self, line: HoldLine, now_ns: int) -> None:
        """Take an edge; one from the past counts from now.

        Holding and releasing have different latencies, but a line stays where its last edge put
        it: an edge that would take effect before an earlier one of its line undoes that one.
        """
        latency = self._off_ns if line.hold else self._on_ns
        time_ns = max(line.time_ns, now_ns)
        own = [edge for edge in self._edges if edge.device == line.device]
        own.append(_Edge(time_ns + latency, time_ns, line.device, line.hold))
        own.sort(key=lambda edge: edge.time_ns)
        others = [edge for edge in self._edges if edge.device != line.device]
        self._edges = sorted(others + _not_overtaken(own))

    def pass_to(self, now_ns: int) -> None:
        """Let all edges up to and including `now_ns` take effect."""
        while self._edges and self._edges[0].effect_ns <= now_ns:
            edge = self._edges.pop(0)
            (self._up.add if edge.hold else self._up.discard)(edge.device)

    def holding(self) -> str:
        """Return which devices hold the beam, for people; empty if none does."""
        up = sorted(self._up & self._watched)
        return ", ".join("the gate" if device == GATE else f"device {device}" for device in up)

    def next_hold_ns(self) -> int | None:
        """Return when the first watched line goes up next; None if none is known to."""
        return next(
            (edge.effect_ns for edge in self._edges if edge.hold and edge.device in self._watched),
            None,
        )

    def next_change_ns(self) -> int | None:
        """Return when the next known edge takes effect."""
        return self._edges[0].effect_ns if self._edges else None

    def released_by(self, end_ns: int) -> int | None:
        """Return when the last line goes down for good before `end_ns`; None if one stays up."""
        up, released = self._up & self._watched, None
        for time, _, device, hold in self._edges:
            if time >= end_ns:
                break
            if device in self._watched:
                up = up | {device} if hold else up - {device}
                released = None if up else released if released is not None else time
        return released


def _not_overtaken(edges: list[_Edge]) -> list[_Edge]:
    """Return the edges of one line, in order of time, that no later edge undoes."""
    kept: list[_Edge] = []
    for edge in edges:
        while kept and kept[-1].effect_ns >= edge.effect_ns:
            kept.pop()
        kept.append(edge)
    return kept
