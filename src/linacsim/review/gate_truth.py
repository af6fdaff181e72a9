"""When a gate without any delay would have allowed the beam: the truth that a delivery is held to.

The beam's own gates and motion models run once more on what the sensor would see without latency,
noise and losses, at its own rate. The time of an edge is that of the motion: the crossing between
two samples. Operators who approve and faults that are acknowledged do so at once.
"""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.control.beam_gating import GatingParts
from linacsim.control.gating.gates import GateDecision
from linacsim.machine.gating import gating_of
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.beam import Beam
from linacsim.model.samples import CouchPosition
from linacsim.motion.presets import SensorSpec
from linacsim.motion.sensors import Room, Sensor
from linacsim.motion.source import Motion


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Times from and up to, in ns, in order and apart."""

    begin: Ints
    end: Ints

    def within(self, times_ns: Ints) -> Ints:
        """Return (n,) how much of the spans lies before each time."""
        lengths = np.concatenate([[0], np.cumsum(self.end - self.begin)])
        k = np.searchsorted(self.begin, times_ns, side="right")
        last = np.maximum(k - 1, 0)
        if not len(self.begin):
            return np.zeros_like(times_ns)
        into = np.minimum(times_ns, self.end[last]) - self.begin[last]
        return np.where(k > 0, lengths[last] + into, 0)


def ideal(spec: SensorSpec) -> SensorSpec:
    """Return the same sensor without latency, noise, losses and anything in its way."""
    return replace(
        spec,
        latency_ms=0.0,
        latency_jitter_ms=0.0,
        clock_jitter_ms=0.0,
        noise_cm=0.0,
        angle_noise_deg=None if spec.angle_noise_deg is None else 0.0,
        quantum_cm=0.0,
        loss_share=0.0,
        occluded_gantry_deg=(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a sensor saw, and as which source."""

    surrogate: Motion
    sensor: SensorSpec
    source: str
    room: tuple[Room, CouchPosition] | None = None
    """Where couch and gantry were, and the couch position at which patient coordinates are those
    of the room; None: nothing moved."""

    def without_delay(self) -> Sensor:
        """Return a sensor that sees the same at once and without error."""
        rng = np.random.default_rng(0)
        sensor = Sensor(ideal(self.sensor), self.surrogate, rng, holes=False)
        if self.room is not None:
            sensor.place(*self.room)
        return sensor


def allowed_spans(
    machine: MachineSpec, beam: Beam, seen: Seen, between_ns: tuple[int, int]
) -> Spans | None:
    """Return when the gates, followed between two times, would have allowed the MV beam.

    None for a beam without gates on this source, and for one that is gated by anything else.
    """
    parts = gating_of(machine, beam, machine.start)
    if parts is None or parts.gates.needs_machine_values or set(parts.sources) != {seen.source}:
        return None
    follower = _Follower(parts)
    for sample in seen.without_delay().received(*between_ns):
        follower.pass_to(sample.received_ns)
        follower.see(parts.sources[seen.source].receive(sample))
        follower.clear(sample.received_ns)
    return follower.spans(between_ns[1])


class _Follower:
    """Notes when what is allowed changes."""

    def __init__(self, parts: GatingParts) -> None:
        self._gates = parts.gates
        self._allowed = False
        self._edges: list[int] = []

    def pass_to(self, time_ns: int) -> None:
        """Let timers run out."""
        while (due_ns := self._gates.next_change_ns()) is not None and due_ns < time_ns:
            self.see(self._gates.advance(due_ns))

    def see(self, decision: GateDecision) -> None:
        """Note an edge at the time of the motion, never before the edge before it."""
        if decision.mv_allowed != self._allowed:
            self._allowed = decision.mv_allowed
            last = self._edges[-1] if self._edges else 0
            self._edges.append(max(decision.changed_ns, last))

    def clear(self, now_ns: int) -> None:
        """Approve and acknowledge."""
        decision = self._gates.decision
        if decision.needs_approval:
            self._gates.approve(now_ns)
        if decision.fault:
            self._gates.clear_faults(now_ns)
        self.see(self._gates.decision)

    def spans(self, end_ns: int) -> Spans:
        """Return the spans; one that is open ends at `end_ns`."""
        edges = [*self._edges, end_ns] if len(self._edges) % 2 else self._edges
        return Spans(np.array(edges[::2], dtype=np.int64), np.array(edges[1::2], dtype=np.int64))


def distances(positions: Floats, weights: Floats) -> Floats:
    """Return (n,) distance of (n, 3) positions from their mean weighted by (n,) weights."""
    mean = (positions * weights[:, None]).sum(axis=0) / weights.sum()
    return np.asarray(np.sqrt(((positions - mean) ** 2).sum(axis=1)))
