"""Figures of a gated delivery (docs/how-to/gate-a-beam.md says what each means)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.beam import Beam
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_MS, TICK_NS, seconds
from linacsim.motion.source import Motion
from linacsim.review.gate_truth import Seen, Spans, allowed_spans, distances
from linacsim.review.gating_record import GatingRecord

_PERCENTILE = 95.0
_STEADY_TICKS = 3
"""Whole ticks next to an edge from which the dose rate there is taken."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances in cm from the mean place, weighted by dose or time."""

    mean_cm: float
    rms_cm: float
    p95_cm: float
    most_cm: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Times from an edge of the gate to what the dose did, in ms."""

    count: int
    mean_ms: float
    rms_ms: float
    p95_ms: float
    most_ms: float


@dataclass(frozen=True, slots=True)
class GatingFigures:
    """Figures of one delivery; None where there is nothing to take them from."""

    delivery_s: float
    """From beam-on to the end, holds included."""
    planned_s: float | None
    """The same without any hold, as planned."""
    efficiency: float | None
    """Planned over delivered time; None where the beam did not come to its end."""
    duty_cycle: float
    """Share of the delivery in which the beam was not held."""
    gate_duty_cycle: float | None
    """Share in which a gate without any delay would have allowed the beam."""
    holds: int
    """How many times the beam was held, at its begin included."""
    beam_off_latency: Latency | None
    """From leaving the gate to the end of dose."""
    beam_on_latency: Latency | None
    """From entering the gate to the begin of dose."""
    outside_mu: float | None
    """Dose outside the gate."""
    residual: Spread | None
    """The target's motion while there is dose."""
    ungated: Spread | None
    """The target's motion all the while, as without a gate."""

    def record(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def gate_of(record: GatingRecord, machine: MachineSpec, beam: Beam, seen: Seen) -> Spans | None:
    """Return when a gate without any delay would have allowed the beam; None for no such gate."""
    between_ns = record.prepared_ns(), len(record.state()) * TICK_NS
    return allowed_spans(machine, beam, seen, between_ns)


def gating_figures(
    record: GatingRecord, gate: Spans | None, target: Motion, planned_s: float | None
) -> GatingFigures | None:
    """Return the figures; None where no beam was delivered."""
    rows = record.delivery()
    if rows.stop == rows.start:
        return None
    running = record.state()[rows] == State.DELIVERING
    rise = np.clip(np.diff(record.mu(), prepend=0.0)[rows], 0.0, None) * running
    start_ns = np.arange(rows.start, rows.stop, dtype=np.int64) * TICK_NS
    dose_begin, dose_end = _dose_spans(running, rise, start_ns)
    positions = target.positions(start_ns + TICK_NS // 2)
    time_s = seconds(len(running) * TICK_NS)
    inside = _shares(gate, start_ns) if gate is not None else None
    return GatingFigures(
        delivery_s=time_s,
        planned_s=planned_s,
        efficiency=planned_s / time_s if planned_s is not None and record.complete else None,
        duty_cycle=float(running.mean()),
        gate_duty_cycle=float(inside.mean()) if inside is not None else None,
        holds=int(np.count_nonzero(~running & np.append(True, running[:-1]))),
        beam_off_latency=_latency(gate.end, gate.begin, dose_end) if gate else None,
        beam_on_latency=_latency(gate.begin, gate.end, dose_begin) if gate else None,
        outside_mu=float((rise * (1.0 - inside)).sum()) if inside is not None else None,
        residual=_spread(positions, rise),
        ungated=_spread(positions, np.ones(len(rise))),
    )


def _shares(gate: Spans, start_ns: Ints) -> Floats:
    """Return (n,) which share of each tick lies within the gate."""
    return np.asarray((gate.within(start_ns + TICK_NS) - gate.within(start_ns)) / TICK_NS)


def _dose_spans(running: Bools, rise: Floats, start_ns: Ints) -> tuple[Ints, Ints]:
    """Return when dose began after each hold and ended before each, in ns.

    Within the first and the last tick the share with dose is that of a whole tick's dose.
    """
    padded = np.concatenate([[False], running, [False]])
    begin = np.flatnonzero(padded[1:-1] & ~padded[:-2])
    end = np.flatnonzero(padded[1:-1] & ~padded[2:])
    begins, ends = [], []
    for first, last in zip(begin.tolist(), end.tolist(), strict=True):
        before = rise[max(first + 1, last - _STEADY_TICKS) : last]
        after = rise[first + 1 : min(last, first + 1 + _STEADY_TICKS)]
        if first > 0:
            begins.append(int(start_ns[first]) + TICK_NS - _lit_ns(rise[first], after))
        if last < len(running) - 1:
            ends.append(int(start_ns[last]) + _lit_ns(rise[last], before))
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64)


def _lit_ns(rise: float, whole: Floats) -> int:
    steady = float(whole.mean()) if len(whole) else 0.0
    return round(min(1.0, rise / steady) * TICK_NS) if steady > 0 else TICK_NS


def _latency(edges: Ints, opposite: Ints, answers: Ints) -> Latency | None:
    """Return how long after the gate's newest edge each answer came.

    An answer that follows no such edge, but one of the other kind, was not caused by the gate.
    """
    found = []
    for answer in answers.tolist():
        k = int(np.searchsorted(edges, answer, side="right")) - 1
        m = int(np.searchsorted(opposite, answer, side="right")) - 1
        if k >= 0 and (m < 0 or edges[k] > opposite[m]):
            found.append(answer - int(edges[k]))
    if not found:
        return None
    times_ms = np.array(found) / NS_PER_MS
    return Latency(
        len(found),
        float(times_ms.mean()),
        float(np.sqrt((times_ms**2).mean())),
        float(np.percentile(times_ms, _PERCENTILE, method="higher")),
        float(times_ms.max()),
    )


def _spread(positions: Floats, weights: Floats) -> Spread | None:
    if not weights.sum() > 0:
        return None
    away = distances(positions, weights)
    share = weights / weights.sum()
    order = np.argsort(away)
    reached = np.cumsum(share[order])
    p95 = away[order[min(int(np.searchsorted(reached, _PERCENTILE / 100)), len(order) - 1)]]
    return Spread(
        float((share * away).sum()),
        float(np.sqrt((share * away**2).sum())),
        float(p95),
        float(away[weights > 0].max()),
    )
