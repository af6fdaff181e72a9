"""Follows a trajectory: a cursor in planned time that runs, slows with the dose, and stops.

The cursor is trajectory time in nanoseconds. It advances one tick per tick, slower while the
dose lags (manual, "Trajectory Records": axes slow in proportion), and not at all while held.
Beam is on in ticks whose expected MU rises and after them until the dose asked for has come.
"""

from copy import copy
from dataclasses import replace

import numpy as np

from linacsim.control.proposal import FREE, Course, Point, Proposal, standing
from linacsim.control.ramp import Ramp
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Bytes8, Floats, Ints
from linacsim.model.beam import Beam
from linacsim.model.signals import BeamHold, Commands, Readings
from linacsim.model.time import NS_PER_S, TICK_NS, seconds, ticks_until
from linacsim.model.trajectory import LegKind, PathLeg, Sample, Trajectory

ON_PATH = (LegKind.BEAM, LegKind.MOTION, LegKind.FREE)
"""Legs on which s moves, so that a stop there resumes from a fractional control point."""


_S_PER_MIN = 60.0

_CATCHING_UP = 2.0
"""Dose deficit, in pulses, from which ticks before a cut are run one by one, as more than the
planned dose may come in each."""

_STARVED = 0.9
"""Share of the slowing band beyond which less than a tenth of the planned speed is left."""


class Delivery:
    """One beam being delivered."""

    def __init__(
        self,
        machine: MachineSpec,
        beam: Beam,
        trajectory: Trajectory,
        follow: Bytes8,
        point_position: Floats,
    ) -> None:
        """Stand at the start of the trajectory.

        `point_position` (n, n_axes) is where axes are at the control points, NaN for those that no
        control point places; `follow` is the (n_axes,) drive array to command: FOLLOW for all axes.
        """
        self._machine = machine
        energy = machine.energies.get(beam.energy)
        self._pulse_mu = energy.mu_per_pulse if energy else 0.0
        self._full_rate = energy.max_dose_rate_mu_per_min / _S_PER_MIN if energy else 0.0
        self._dose = machine.dose
        self._dose_ends_segments = machine.field_rules is not None
        self._follow = follow
        self._point_mu = beam.resolved_mu()
        self._point_position = point_position
        self._start(trajectory, None)

    def resumed(self, trajectory: Trajectory, delay_ns: int | None) -> "Delivery":
        """Return the delivery of the same beam along the trajectory of what is left of it.

        After a hold it goes on at once, `delay_ns` into the next tick; a beam that the operator
        starts again (None) is led in.
        """
        rest = copy(self)
        rest._start(trajectory, delay_ns)
        return rest

    def _start(self, trajectory: Trajectory, delay_ns: int | None) -> None:
        self.trajectory = trajectory
        self._still = ~trajectory.dynamic
        self._lead_in = _lead_in(self._machine, trajectory) if delay_ns is None else 0
        self._entering = True
        self._cursor_ns = -(delay_ns or 0)
        self._rose = False
        self._dose_was_due = False
        self._pace = 1.0
        self._ramp: Ramp | None = None
        self._step: Floats = np.zeros(len(self._still))
        start = trajectory.sample(np.zeros(1, dtype=np.int64))
        self.at = Point(float(start.s[0]), float(start.mu[0]), 0, start.position[0])

    @property
    def on_path(self) -> bool:
        """Whether a stop here can be resumed from a fractional control point."""
        return self.trajectory.legs[self.at.leg].kind in ON_PATH

    @property
    def at_end(self) -> bool:
        """Whether the expected side stands at the last control point."""
        return self.at.s >= len(self._point_mu) - 1

    def finished(self, readings: Readings) -> bool:
        """Return whether the trajectory has run out and its dose has come."""
        return (
            self._lead_in == 0
            and self._cursor_ns >= self.trajectory.duration_ns
            and not self._owes_dose(self._lag(readings))
        )

    @property
    def ramped_down(self) -> bool:
        """Whether SyncStop has brought the plan to a stop."""
        return self._pace == 0.0 or self._lead_in > 0

    def propose(self, n: int, kept: Floats, readings: Readings, course: Course = FREE) -> Proposal:
        """Return commands for up to n ticks, all with the beam on or all with it off.

        `kept` (n_axes,) is where axes that do not move are kept. A tick in which `course` cuts the
        dose is the last.
        """
        cut_ns = course.cut_ns
        if cut_ns is not None:
            n = min(n, ticks_until(cut_ns))
        if self._lead_in > 0:
            return self._led_in(n, kept, readings)
        lag = self._lag(readings)
        slow = lag > self._dose.lag_slow_mu
        owed = self._owes_dose(lag)
        catching_up = cut_ns is not None and bool(self.catches_up(np.array(lag)))
        pace = self._next_pace(course)
        varies = catching_up or slow or course.slowing or pace < 1.0
        cursor = self._next_cursor(1 if varies else n, lag, pace)
        sample = self.trajectory.sample(cursor)
        rising = np.diff(sample.mu, prepend=self.at.mu) > 0
        count = _run_length(rising)
        if owed and not rising[0]:
            count = 1
            if slow or self._dose_ends_segments:
                cursor = np.array([self._cursor_ns])
                sample = self.trajectory.sample(cursor)
        due = bool(rising[0]) or owed
        planned = (bool(rising[0]) or slow) and not course.dark
        proposal = replace(
            self._proposal(
                sample, cursor, count, kept, beam=due and not course.dark, planned=planned
            ),
            due=due,
            pace=pace,
        )
        if cut_ns is None or count * TICK_NS <= cut_ns:
            return proposal
        most = float(readings.mu[-1]) if catching_up else None
        return self._cut_off(proposal, cut_ns, most)

    def catches_up(self, lag: Floats) -> Bools:
        """Return whether the beam may give more than the planned dose while it lags so, in MU."""
        return np.asarray(lag > _CATCHING_UP * self._pulse_mu)

    def accept(self, proposal: Proposal, count: int) -> None:
        """Take over the first `count` ticks of what was proposed."""
        if self._lead_in > 0:
            self._lead_in -= 0 if proposal.waits else count
            self._entering = False
            return
        last = count - 1
        self._rose = float(proposal.mu_expected[last]) > (
            self.at.mu if last == 0 else float(proposal.mu_expected[last - 1])
        )
        self._dose_was_due = proposal.due
        self._pace = proposal.pace
        self._cursor_ns = int(proposal.cursor_ns[last])
        assert proposal.expected is not None
        before = self.at.position if last == 0 else proposal.expected[last - 1]
        self._step = proposal.expected[last] - before
        self.at = Point(
            float(proposal.cp[last]),
            float(proposal.mu_expected[last]),
            int(proposal.leg[last]),
            proposal.expected[last],
        )

    def waits_for_dose(self, mu: float) -> bool:
        """Return whether motion cannot go on without dose: it lags, or the beam stands in a leg."""
        leg = self.trajectory.legs[self.at.leg]
        stands = leg.kind is LegKind.BEAM and not self._dose_was_due
        return stands or self.at.mu - mu > self._dose.lag_slow_mu

    def starved(self, mu: float) -> bool:
        """Return whether axes all but stand because hardly any dose comes."""
        return self.at.mu - mu > self._dose.lag_slow_mu + _STARVED * self._dose.lag_band_mu

    def stop(self, readings: Readings) -> None:
        """Freeze where the dose stopped: expected MU becomes actual MU, and s follows it back."""
        self._rose = self._dose_was_due = False
        leg = self.trajectory.legs[self.at.leg]
        if leg.kind is not LegKind.BEAM:
            return
        mu = min(max(float(readings.mu[-1]), self._mu_at(leg.s_from)), self.at.mu)
        s = self._s_at(mu, leg.s_from)
        self.at = Point(s, mu, self.at.leg, self._path_position(s))

    def _led_in(self, n: int, kept: Floats, readings: Readings) -> Proposal:
        """Return held ticks: the first expects the planned start, the others what is there.

        Axes that stand off the start, within tolerance, are driven there, and the last tick waits
        for them. In it the line is released, so that a beam that starts with dose is expected free
        of hold from its first step on.
        """
        count = 1 if self._entering else max(1, min(n, self._lead_in - 1))
        position = np.repeat(np.where(self._still, kept, self.at.position)[None], count, axis=0)
        held = standing(position, self._follow, self.at, shows_plan=self._entering)
        if self._lead_in == 1 and readings.moving[-1, ~self._still].any():
            return replace(held, waits=True)
        if self._lead_in > 1 or self.trajectory.legs[0].kind is not LegKind.BEAM:
            return held
        return replace(held, hold=BeamHold.NORMAL, hold_planned=BeamHold.NORMAL)

    def _proposal(
        self,
        sample: Sample,
        cursor: Ints,
        count: int,
        kept: Floats,
        *,
        beam: bool,
        planned: bool,
    ) -> Proposal:
        expected = sample.position[:count]
        commanded = expected.copy()
        commanded[:, self._still] = kept[self._still]
        return Proposal(
            Commands(commanded, self._follow, sample.mu[:count], beam_on=beam),
            expected=expected,
            leg=sample.leg[:count],
            cp=sample.s[:count],
            mu_expected=sample.mu[:count],
            cursor_ns=cursor[:count],
            hold=BeamHold.NORMAL if beam else BeamHold.HOLD,
            hold_planned=BeamHold.NORMAL if planned else BeamHold.HOLD,
        )

    def _cut_off(self, proposal: Proposal, cut_ns: int, behind_mu: float | None) -> Proposal:
        """Stop the dose after `cut_ns`, in the last tick; the expected side runs to its end.

        Real logs show just that, with the line up in that tick (research/log-formats.md 6.4, hold
        in mid-beam). A beam that catches up, from `behind_mu`, gives no more than its full rate for
        that long.
        """
        last = len(proposal) - 1
        begin = int(proposal.cursor_ns[last - 1]) if last else self._cursor_ns
        after_ns, end = cut_ns - last * TICK_NS, int(proposal.cursor_ns[last])
        edge = begin + (end - begin) * after_ns // TICK_NS
        mu = proposal.commands.mu.copy()
        mu[last] = self.trajectory.sample(np.array([edge])).mu[0]
        if behind_mu is not None:
            mu[last] = min(mu[last], behind_mu + self._full_rate * seconds(after_ns))
        return replace(proposal, commands=replace(proposal.commands, mu=mu), cut=True)

    def _next_pace(self, course: Course) -> float:
        """Return the share of planned speed after the coming tick."""
        if self._pace == 1.0 and not course.slowing:
            return 1.0
        goal = 0.0 if course.slowing else 1.0
        if self._ramp is None:
            self._ramp = Ramp(self._machine, self.trajectory)
        return self._ramp.next_pace(self._pace, goal, self._cursor_ns, self.at.position, self._step)

    def _next_cursor(self, n: int, lag: float, pace: float) -> Ints:
        """Return (n,) trajectory times, slowed in proportion to the dose deficit."""
        excess = max(0.0, lag - self._dose.lag_slow_mu)
        rate = max(0.0, 1.0 - excess / self._dose.lag_band_mu)
        step = round(rate * pace * TICK_NS)
        times = self._cursor_ns + step * np.arange(1, n + 1, dtype=np.int64)
        end_ns = self._next_end_ns()
        left = end_ns - self._cursor_ns
        keep = max(1, min(n, -(-left // step) if step else n))
        return np.clip(times[:keep], 0, end_ns)

    def _next_end_ns(self) -> int:
        """Return how far a block may go: where dose ends a segment, to the end of its leg."""
        if not self._dose_ends_segments:
            return self.trajectory.duration_ns
        ends_ns = _segment_ends_ns(self.trajectory)
        later = ends_ns[ends_ns > self._cursor_ns]
        return int(later[0]) if len(later) else self.trajectory.duration_ns

    def _lag(self, readings: Readings) -> float:
        return self.at.mu - float(readings.mu[-1])

    def _owes_dose(self, lag: float) -> bool:
        """Return whether pulses of the last rising tick may still be missing."""
        return self._rose or (self._dose_was_due and lag > self._pulse_mu)

    def _mu_at(self, s: float) -> float:
        return float(np.interp(s, np.arange(len(self._point_mu)), self._point_mu))

    def _s_at(self, mu: float, s_from: float) -> float:
        """Return where on the leg the MU was reached."""
        first, last = int(np.floor(s_from)), int(np.ceil(self.at.s))
        span = slice(first, last + 1)
        return float(np.interp(mu, self._point_mu[span], np.arange(first, last + 1)))

    def _path_position(self, s: float) -> Floats:
        """Return (n_axes,) positions on the straight line between control points."""
        k = min(int(s), len(self._point_mu) - 2)
        before, after = self._point_position[k], self._point_position[k + 1]
        on_line = before + (s - k) * (after - before)
        return np.where(np.isnan(on_line), self.at.position, on_line)


def _segment_ends_ns(trajectory: Trajectory) -> Ints:
    """Return when legs with dose are over, in whole ticks: the leg after them begins there."""
    begins = np.rint(trajectory.leg_start_s * NS_PER_S).astype(np.int64)
    ends = np.append(begins[1:], trajectory.duration_ns)
    lit = [leg.kind is LegKind.BEAM for leg in trajectory.legs]
    return np.asarray(ends[lit])


def _lead_in(machine: MachineSpec, trajectory: Trajectory) -> int:
    """Return for how many ticks a beam stands before its first step."""
    leg, rules = trajectory.legs[0], machine.supervision
    way = leg.path.position_step if isinstance(leg, PathLeg) else leg.way
    return rules.lead_in_moving_ticks if way.any() else rules.lead_in_ticks


def _run_length(flags: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    """Return how many leading flags equal the first."""
    changed = np.flatnonzero(flags != flags[0])
    return int(changed[0]) if len(changed) else len(flags)
