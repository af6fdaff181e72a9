"""Invariant of beam-hold lines: no dose while a line holds the beam, but for the stated latency.

This eye is given the edges of the lines themselves, from outside the machine, so that it judges
what the supervisor made of them. Within the tick of an edge only the open part may give dose.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from linacsim.invariants.dose import DRIFT_FACTOR, DT_S
from linacsim.invariants.violations import Rule, Tally, Violation
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.signals import Frames
from linacsim.model.time import TICK_NS, seconds, to_ns

Edge = tuple[int, bool]
"""When a line changed, in ns, and whether it holds the beam from then on."""

_FOREVER = 1 << 62
_S_PER_MIN = 60.0
_SCATTER = 6.0
"""Standard deviations of the dose of one tick that chance may add."""


class HoldEye:
    """Judges the dose of one beam against the lines that may hold it; a sink of frames."""

    def __init__(
        self,
        machine: MachineSpec,
        energy: str,
        lines: Iterable[Sequence[Edge]],
        motion_lines: Iterable[Sequence[Edge]] = (),
    ) -> None:
        """Take each line's edges in order of time, and the latencies that the machine states.

        `motion_lines` stop motion and not the beam itself, so that dose may come until the plan
        has stopped.
        """
        times = machine.supervision
        off_ns, on_ns = to_ns(times.beam_off_latency_s), to_ns(times.beam_on_latency_s)
        held = [span for edges in lines for span in _held(edges, off_ns, on_ns)]
        stop_ns = off_ns + longest_stop_ns(machine)
        held += [span for edges in motion_lines for span in _held(edges, stop_ns, on_ns)]
        self._from, self._until = _joined(held)
        dose, beam = machine.dose, machine.energies.get(energy)
        self._drift = DRIFT_FACTOR * dose.hold_drift_mu_per_s * DT_S
        pulse = beam.mu_per_pulse if beam else 0.0
        rise = beam.max_dose_rate_mu_per_min / _S_PER_MIN * DT_S if beam else 0.0
        self._most = dose.headroom * rise
        self._owed = dose.lag_s / DT_S * rise + pulse * (1.0 + _SCATTER * dose.pulse_scatter)
        self._before = 0.0
        self._tally = Tally(machine.layout, lambda tick: seconds((tick + 1) * TICK_NS))

    def write(self, frames: Frames) -> None:
        """Judge the next frames."""
        if not len(frames):
            return
        rise = np.diff(frames.mu_actual, prepend=self._before)
        self._before = float(frames.mu_actual[-1])
        share = self.open_ns(frames.tick) / TICK_NS
        limit = np.where(share > 0, self._most * share + self._owed, self._drift)
        self._tally.add(Rule.DOSE_LINE, rise > limit, frames.tick, rise, limit)

    def close(self, *, truncated: bool = False) -> None:
        """End; nothing waits to be judged."""

    def open_ns(self, tick: Ints) -> Floats:
        """Return (n,) how long no line holds the beam in each of the ticks (n,)."""
        start = tick * TICK_NS
        held = self._held_before(start + TICK_NS) - self._held_before(start)
        return np.asarray(TICK_NS - held, dtype=np.float64)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Everything found so far."""
        return self._tally.violations()

    def _held_before(self, time_ns: Ints) -> Ints:
        """Return (n,) for how long the beam was held before each time."""
        if not len(self._from):
            return np.zeros_like(time_ns)
        total = np.concatenate([[0], np.cumsum(self._until - self._from)])
        k = np.searchsorted(self._from, time_ns, side="right")
        into = np.minimum(time_ns, self._until[k - 1]) - self._from[k - 1]
        return np.where(k > 0, total[k - 1] + into, 0)


def longest_stop_ns(machine: MachineSpec) -> int:
    """Return the longest time in which a plan is ramped down, by any axis, with a tick of delay."""
    axes = machine.axes
    ramp_s = max(machine.hold_line.sync_stop_s, float((axes.max_speed / axes.max_accel).max()))
    return to_ns(ramp_s) + 2 * TICK_NS


def _held(edges: Sequence[Edge], off_ns: int, on_ns: int) -> list[tuple[int, int]]:
    """Return from when to when one line must have stopped the dose."""
    out, up = [], None
    for time_ns, hold in edges:
        if hold and up is None:
            up = time_ns
        elif not hold and up is not None:
            out.append((up + off_ns, time_ns + on_ns))
            up = None
    if up is not None:
        out.append((up + off_ns, _FOREVER))
    return [(start, stop) for start, stop in out if stop > start]


def _joined(spans: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Return starts and ends of the spans, those that overlap made one."""
    out: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], stop))
        else:
            out.append((start, stop))
    table = np.array(out, dtype=np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()
