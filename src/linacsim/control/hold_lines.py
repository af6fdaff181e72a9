"""Beam-hold lines: edges with their own time, acted on after the machine's latency.

The dose stops at the edge plus latency, wherever in a tick that falls; motion is stopped from the
next tick on. What a line holds is said by the beam (manual, Appendix A, Dev).
"""

from collections.abc import Mapping
from typing import NamedTuple

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.messages import HoldLine
from linacsim.model.time import to_ns


class Impact(NamedTuple):
    """What a line holds while it is up."""

    beam: bool = True
    """The MV beam stops at the edge."""
    motion: bool = True
    """Motion stops, and with it the plan."""
    gently: bool = False
    """SyncStop: plan and beam are ramped down before motion stops."""


def impacts_of(beam: Beam) -> dict[int, Impact]:
    """Return what each device that the beam lists holds, by id; those that hold nothing too."""
    return {
        device.id: Impact(device.holds_beam, device.holds_motion, bool(device.sync_stop))
        for device in beam.beam_hold_devices
        if device.id is not None
    }


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
        self._impacts: Mapping[int, Impact] = {}

    def watch(self, impacts: Mapping[int, Impact]) -> None:
        """Obey these lines, and no others."""
        self._impacts = impacts

    def put(self, device: int, *, hold: bool) -> None:
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

    def is_up(self, device: int) -> bool:
        """Return whether a line is up, whether it is obeyed or not."""
        return device in self._up

    def stopping(self) -> set[int]:
        """Return the lines that stop motion at once."""
        return {line for line in self._up if (hit := self._of(line)).motion and not hit.gently}

    def slowing(self, at_ns: int) -> set[int]:
        """Return the lines that, at a time to come, let plan and beam be ramped down first."""
        return {
            line for line in self._up_at(at_ns) if (hit := self._of(line)).motion and hit.gently
        }

    def darkening(self, at_ns: int) -> set[int]:
        """Return the lines that stop the MV beam at a time to come."""
        return {line for line in self._up_at(at_ns) if self._of(line).beam}

    def next_dark_ns(self) -> int | None:
        """Return when a line next stops the MV beam; None if none is known to."""
        return next(
            (edge.effect_ns for edge in self._edges if edge.hold and self._of(edge.device).beam),
            None,
        )

    def next_change_ns(self) -> int | None:
        """Return when the next known edge of a line that is obeyed takes effect."""
        return next((e.effect_ns for e in self._edges if any(self._of(e.device)[:2])), None)

    def released_by(self, end_ns: int, *, beam: bool) -> int | None:
        """Return when the last line that stops motion goes down for good before `end_ns`.

        `beam`: lines that stop the MV beam alone count too.

        None if one stays up.
        """
        lines = {line for line, hit in self._impacts.items() if hit.motion or (beam and hit.beam)}
        up, released = self._up & lines, None
        for time, _, device, hold in self._edges:
            if time >= end_ns:
                break
            if device in lines:
                up = up | {device} if hold else up - {device}
                released = None if up else released if released is not None else time
        return released

    def _up_at(self, at_ns: int) -> set[int]:
        up = set(self._up)
        for edge in self._edges:
            if edge.effect_ns > at_ns:
                break
            (up.add if edge.hold else up.discard)(edge.device)
        return up

    def _of(self, device: int) -> Impact:
        return self._impacts.get(device, _NONE)


_NONE = Impact(beam=False, motion=False)


def _not_overtaken(edges: list[_Edge]) -> list[_Edge]:
    """Return the edges of one line, in order of time, that no later edge undoes."""
    kept: list[_Edge] = []
    for edge in edges:
        while kept and kept[-1].effect_ns >= edge.effect_ns:
            kept.pop()
        kept.append(edge)
    return kept
