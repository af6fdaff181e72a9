"""Dose in pulses: the servo fires as many as bring the monitor up to the MU wanted.

Law and figures: research/log-formats.md 6.3. The pulse is full-sized while the wanted rate is
constant (a static field drops pulses at lower rates) and shrinks once the rate is modulated.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import Energy, MachineSpec
from linacsim.model.arrays import Floats
from linacsim.plant.noise import TickNoise
from linacsim.plant.pursuit import TICK_S
from linacsim.plant.run_up import RunUp

_S_PER_MIN = 60.0

_STEADY = 0.01
"""A rate is steady while it stays within this share of the full rate."""

_WHOLE = 1e-3
"""Pulses by which a rate may exceed a whole number of them in a tick through rounding alone."""

_SETTLED = 2
"""The rate of a static field is full from the second tick (log-formats 6.3)."""


@dataclass(frozen=True, slots=True)
class DoseState:
    """End of a tick."""

    mu: float = 0.0
    wanted: float = 0.0
    """MU asked for."""
    rising: int = 0
    """Ticks since beam-on in which that rose, counted up to `_SETTLED`."""
    first_rise: float = 0.0
    """MU asked for in the tick in which the rate had settled."""
    modulated: bool = False
    fired: bool = False
    """Whether a pulse came since the beam was switched on."""
    pulse_mu: float = 0.0
    drift_ticks: int = 0
    """Ticks for which the monitor may still drift."""
    fraction: float | None = None
    """Fault: share of the dose rate that the beam gives; None: no fault."""
    peak_rise: float = 0.0
    """Most MU asked for in one tick since the fault began."""
    credit: float = 0.0
    """MU that a faulty beam may still give."""
    lit: int = 0
    """Ticks since the beam came on, counted while it runs up."""
    lit_mu: float = 0.0
    """MU given in them."""


class Dose:
    """Advances a `DoseState`; holds constants and the scatter of pulses."""

    def __init__(self, machine: MachineSpec, rng: np.random.Generator) -> None:
        """Take the servo's constants from the machine; energy comes with `select`."""
        self._servo = machine.dose
        self._scatter = TickNoise(rng, np.array([machine.dose.pulse_scatter]))
        self._lag_ticks = machine.dose.lag_s / TICK_S
        self._drift_ticks = round(machine.dose.hold_drift_s / TICK_S)
        self._run_up = RunUp.of(machine.field_rules)
        self.select(None)

    def select(self, energy: Energy | None) -> None:
        """Set up the beam of an energy; None: there is none."""
        self._pulse_mu = energy.mu_per_pulse if energy else 0.0
        rate = energy.max_dose_rate_mu_per_min if energy else 0.0
        self._full_rise = rate / _S_PER_MIN * TICK_S
        pulses = self._full_rise / self._pulse_mu if self._pulse_mu else 0.0
        self._most_pulses = math.ceil(self._servo.headroom * pulses - _WHOLE)

    def advance(
        self, state: DoseState, tick: int, wanted: Floats, *, beam_on: bool
    ) -> tuple[DoseState, Floats]:
        """Return the state after n ticks and the monitor's (n,) MU at the end of each."""
        if not beam_on:
            return self._dark(state, wanted)
        if not self._pulse_mu:
            raise RuntimeError("beam on without an energy: select_energy must come first")
        rise = np.diff(wanted, prepend=state.wanted)
        lit, pulse = self._pulses(state, rise)
        asked = wanted - self._lag_ticks * np.maximum(rise, 0.0)
        scatter = np.empty((len(wanted), 1))
        self._scatter.fill(tick, slice(0, 1), scatter)
        extra = scatter[:, 0]
        slow = max(0, min(len(wanted), self._run_up.ticks - state.lit))
        lit, mu = self._fire_running_up(lit, asked[:slow], pulse[:slow], extra[:slow])
        if slow < len(wanted):
            rest = asked[slow:], pulse[slow:], extra[slow:]
            if state.fraction is None:
                lit, more = self._fire(lit, *rest)
            else:
                lit, more = self._fire_thinned(lit, *rest, rise[slow:])
            mu += more
        return replace(lit, mu=mu[-1], wanted=float(wanted[-1])), np.array(mu)

    def _dark(self, state: DoseState, wanted: Floats) -> tuple[DoseState, Floats]:
        """Return what happens without beam: the monitor drifts a little after pulses."""
        n = len(wanted)
        drifting = min(n, state.drift_ticks)
        steps = np.zeros(n + 1)
        steps[0] = state.mu
        steps[1 : drifting + 1] = self._servo.hold_drift_mu_per_s * TICK_S
        mu: Floats = np.add.accumulate(steps)[1:]
        dark = replace(
            state,
            mu=float(mu[-1]),
            wanted=float(wanted[-1]),
            rising=0,
            modulated=False,
            fired=False,
            drift_ticks=state.drift_ticks - drifting,
            lit=0,
            lit_mu=0.0,
        )
        return dark, mu

    def _pulses(self, state: DoseState, rise: Floats) -> tuple[DoseState, Floats]:
        """Return (n,) MU of the pulses of each tick and the state that knows the rate's history."""
        rises = rise > 0.0
        ticks = np.flatnonzero(rises)
        count, first_rise = state.rising, state.first_rise
        if count < _SETTLED and len(ticks) >= _SETTLED - count:
            first_rise = float(rise[ticks[_SETTLED - count - 1]])
        settled = ticks[max(_SETTLED - count, 0) :]
        changed = settled[np.abs(rise[settled] - first_rise) > _STEADY * self._full_rise]
        shrinks_from = int(changed[0]) + 1 if len(changed) else len(rise)
        if state.modulated:
            shrinks_from = 0
        size = np.full(len(rise), self._pulse_mu)
        share = np.minimum(rise[shrinks_from:] / self._full_rise, 1.0)
        least = self._servo.pulse_least
        size[shrinks_from:] *= least + (1.0 - least) * share * share
        last_rise = np.maximum.accumulate(np.where(rises, np.arange(len(rise)), -1))
        size = np.where(last_rise >= 0, size[last_rise], state.pulse_mu or self._pulse_mu)
        known = replace(
            state,
            rising=min(_SETTLED, count + len(ticks)),
            first_rise=first_rise,
            modulated=state.modulated or bool(len(changed)),
            pulse_mu=float(size[-1]),
        )
        return known, size

    def _fire(
        self, state: DoseState, asked: Floats, pulse: Floats, scatter: Floats
    ) -> tuple[DoseState, list[float]]:
        """Return the MU after each tick of a sound beam."""
        mu, fired, most = state.mu, state.fired, self._most_pulses
        threshold = self._servo.threshold_pulses
        first = self._servo.first_pulse
        out = []
        for target, size, extra in zip(
            asked.tolist(), pulse.tolist(), scatter.tolist(), strict=True
        ):
            short = (target - mu) / size
            if short > (threshold if fired else first):
                count = int(short - threshold) + 1
                if count > most:
                    count = most
                mu += size * (count + extra)
                fired = True
            out.append(mu)
        return self._lit(state, fired), out

    def _fire_thinned(
        self, state: DoseState, asked: Floats, pulse: Floats, scatter: Floats, rise: Floats
    ) -> tuple[DoseState, list[float]]:
        """Return the MU after each tick of a beam that gives too little."""
        assert state.fraction is not None
        mu, credit, peak, fired = state.mu, state.credit, state.peak_rise, state.fired
        threshold = self._servo.threshold_pulses
        out = []
        for target, size, extra, more in zip(
            asked.tolist(), pulse.tolist(), scatter.tolist(), rise.tolist(), strict=True
        ):
            peak = max(peak, more)
            credit = min(credit + state.fraction * peak, size + state.fraction * peak)
            short = (target - mu) / size
            count = min(int(short - threshold) + 1, int(credit / size), self._most_pulses)
            if short > threshold and count > 0:
                mu += size * (count + extra)
                credit -= size * count
                fired = True
            out.append(mu)
        return replace(self._lit(state, fired), credit=credit, peak_rise=peak), out

    def _fire_running_up(
        self, state: DoseState, asked: Floats, pulse: Floats, scatter: Floats
    ) -> tuple[DoseState, list[float]]:
        """Return the MU after each tick of a beam that has just come on: few pulses at first."""
        if not len(asked):
            return state, []
        mu, given, fired = state.mu, state.lit_mu, state.fired
        share = 1.0 if state.fraction is None else state.fraction
        most = self._run_up.shares(state.lit, len(asked)) * (share * self._full_rise)
        threshold = self._servo.threshold_pulses
        out = []
        for target, size, extra, ceiling in zip(
            asked.tolist(), pulse.tolist(), scatter.tolist(), most.tolist(), strict=True
        ):
            short = (target - mu) / size
            count = min(
                int(short - threshold) + 1, int((ceiling - given) / size), self._most_pulses
            )
            if short > threshold and count > 0:
                dose = size * (count + extra)
                mu, given, fired = mu + dose, given + dose, True
            out.append(mu)
        after = self._lit(state, fired)
        return replace(after, mu=mu, lit=state.lit + len(asked), lit_mu=given), out

    def _lit(self, state: DoseState, fired: bool) -> DoseState:
        drift = self._drift_ticks if fired else state.drift_ticks
        return replace(state, fired=fired, drift_ticks=drift)
