"""A beam on the console: how it was planned, how far it got, what is watched meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linacsim.control import interlocks as il
from linacsim.control.delivery import Delivery
from linacsim.control.positions import off_initial, off_resumption
from linacsim.control.proposal import FREE, Course, Proposal
from linacsim.control.radiation_clock import RadiationClock
from linacsim.control.watch import Asked, Watch, first_true
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Bytes8, Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, InputError
from linacsim.model.signals import Readings
from linacsim.model.time import TICK_NS, to_ns
from linacsim.model.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Planned:
    """What a planner answers: a trajectory, or findings that say why there is none."""

    trajectory: Trajectory | None
    findings: tuple[Finding, ...] = ()


Planner = Callable[[Beam, MachineSpec, Floats, float, Floats | None], Planned]
"""Plans a beam from `held` (n_axes,) positions of unnamed axes, a fractional control point and,
within the beam, the (n_axes,) positions there."""


class LoadedBeam:
    """One beam from load to unload."""

    def __init__(self, machine: MachineSpec, beam: Beam, planner: Planner, follow: Bytes8) -> None:
        """Take a beam that is not planned yet; `follow` (n_axes,) commands FOLLOW for all axes."""
        self.beam = beam
        self.delivery: Delivery | None = None
        self._machine = machine
        self._planner = planner
        self._follow = follow
        self._trajectory: Trajectory | None = None
        self._watch: Watch | None = None
        self._clock: RadiationClock | None = None
        self._asked: Asked | None = None
        self._held_ticks = 0
        self._starved_ticks = 0
        self._progress = -1.0
        self._lagging = ""
        self._wait_ticks = to_ns(machine.supervision.axis_wait_s) // TICK_NS

    @property
    def only_kv(self) -> bool:
        """Whether the beam has no MV radiation (energy `0k`)."""
        return self.beam.energy.endswith("k")

    @property
    def prepared(self) -> bool:
        """Whether PREPARE has planned it."""
        return self._trajectory is not None

    @property
    def trajectory(self) -> Trajectory:
        """The trajectory in force; only after `prepare`."""
        assert self._trajectory is not None
        return self._trajectory

    # Steps ---------------------------------------------------------------------------------

    def prepare(self, held: Floats) -> None:
        """Plan the whole beam. Raises InputError with what keeps it from being planned."""
        pairs, fitted = self.beam.layout.leaf_pairs, self._machine.layout.leaf_pairs
        if pairs != fitted:
            raise InputError(
                f"PREPARE: the beam is for {pairs} leaf pairs, this machine has {fitted}"
            )
        self._trajectory = self._plan("PREPARE", held)

    def freeze(self, at: Floats) -> None:
        """Watch axes from here on; those that do not move must stay `at` (n_axes,)."""
        self._watch = Watch(self._machine, self.trajectory.dynamic, at)

    def begin(self) -> None:
        """Stand at the start of the trajectory."""
        self.delivery = Delivery(
            self._machine, self.beam, self.trajectory, self._follow, self._point_position
        )
        self._clock = RadiationClock(self._machine, self.beam, self.trajectory)

    @property
    def _point_position(self) -> Floats:
        """(n, n_axes) positions at the control points."""
        return self.beam.resolved_positions()

    @property
    def position(self) -> Floats:
        """(n_axes,) where the expected side stands."""
        assert self.delivery is not None
        return self.delivery.at.position

    def stop(self, readings: Readings) -> Floats:
        """Freeze the expected side where the dose stopped; return its (n_axes,) positions."""
        assert self.delivery is not None
        self.delivery.stop(readings)
        return self.position

    def resume(self, held: Floats, delay_ns: int | None = None) -> None:
        """Plan the rest from here, at rest. A carriage move, which has no path, just goes on.

        `delay_ns`: after a hold, how far into the next tick it was released.
        """
        assert self.delivery is not None
        self._asked = None
        self._starved_ticks = 0
        if self.delivery.on_path and not self.delivery.at_end:
            at = self.delivery.at
            self._trajectory = self._plan("resume", held, at.s, at.position)
            self.delivery = self.delivery.resumed(self._trajectory, delay_ns)

    def _plan(
        self, why: str, held: Floats, start_s: float = 0.0, start: Floats | None = None
    ) -> Trajectory:
        planned = self._planner(self.beam, self._machine, held, start_s, start)
        if planned.trajectory is None:
            raise InputError(f"{why}: " + " | ".join(str(f) for f in planned.findings))
        return planned.trajectory

    def finished(self, readings: Readings) -> bool:
        """Return whether everything planned is delivered."""
        return self.delivery is not None and self.delivery.finished(readings)

    # Ticks ---------------------------------------------------------------------------------

    def propose(self, n: int, kept: Floats, readings: Readings, course: Course = FREE) -> Proposal:
        """Return a proposal of at most n ticks of delivery, on the course that lines ask for."""
        assert self.delivery is not None
        assert self._clock is not None
        most = min(n, self._clock.horizon(self.delivery.at.s))
        return self.delivery.propose(most, kept, readings, course)

    def judge(self, proposal: Proposal, readings: Readings) -> int:
        """Return how many of the ticks proposed need no decision before their end."""
        assert self.delivery is not None
        assert self._watch is not None
        count = self._watch.cut(_asked(proposal), readings)
        if not proposal.cut:
            return count
        # Its dose is cut as proposed only where the beam does not catch up before.
        before = self.delivery.catches_up(proposal.mu_expected - readings.mu)[:-1]
        return min(count, first_true(before)) if before.any() else count

    def accept(self, proposal: Proposal, readings: Readings, count: int) -> list[tuple[int, str]]:
        """Take over ticks of delivery; return the progress events in them, by tick offset."""
        assert self.delivery is not None
        assert self._clock is not None
        cp = proposal.cp[:count]
        self.delivery.accept(proposal, count)
        if proposal.commands.beam_on:
            self._clock.count(cp)
        self._remember(proposal, count)
        dark = proposal.due and not proposal.commands.beam_on
        starved = not dark and self.delivery.starved(float(readings.mu[count - 1]))
        # Only the last tick of a block can be starved: `judge` cuts as soon as dose lags.
        before = self._starved_ticks if count == 1 else 0
        self._starved_ticks = before + 1 if starved else 0
        self._held_ticks = 0
        return self.progress(cp)

    def judge_standing(self, readings: Readings) -> int:
        """Return how many ticks of standing frozen may pass before a decision is due."""
        assert self._watch is not None
        return self._watch.cut_standing(readings)

    def hold(self, count: int, *, back: bool) -> None:
        """Count ticks of holding in which axes are not yet back."""
        self._held_ticks = 0 if back else self._held_ticks + count

    def hold_patience(self) -> int:
        """Return the ticks of holding after which a wait for axes becomes a fault."""
        return max(1, self._wait_ticks - self._held_ticks)

    def back(self, readings: Readings) -> Bools:
        """Return (n,) whether all moving axes stand where the beam stopped."""
        columns = np.flatnonzero(self.trajectory.dynamic)
        error = np.abs(readings.position[:, columns] - self.position[columns])
        near = (error <= self._machine.axes.tolerance[columns]).all(axis=1)
        return np.asarray(near & ~readings.moving[:, columns].any(axis=1))

    def _remember(self, proposal: Proposal, count: int) -> None:
        # What was asked of the last tick, to compare its readings with.
        asked = _asked(proposal)
        last = slice(count - 1, count)
        self._asked = Asked(asked.position[last], asked.mu[last])

    def progress(self, cp: Floats) -> list[tuple[int, str]]:
        """Return TreatProgressEvents of the points that `cp` (n,) passes for the first time."""
        before, self._progress = self._progress, max(self._progress, float(cp[-1]))
        points = sorted(self.beam.control_points.progress_event.items())
        return [
            (int(np.searchsorted(cp, point)), f"control point {point}: {text}")
            for point, text in points
            if before < point <= cp[-1]
        ]

    # Conditions ----------------------------------------------------------------------------

    def place_conditions(self, readings: Readings) -> dict[str, str]:
        """Return what keeps the beam from starting or resuming because of where axes stand."""
        if self._trajectory is None:
            return {}
        actual = readings.position[-1]
        if self.delivery is None:
            return {
                il.INITIAL_POSITION: off_initial(self._machine, self.beam, self._trajectory, actual)
            }
        wanted = self.delivery.at.position
        off = off_resumption(self._machine, self.beam, self._trajectory, wanted, actual)
        return {il.AXIS_POSITION: off}

    def frozen_conditions(self, readings: Readings) -> dict[str, str]:
        """Return the condition of the axes that must stand still."""
        assert self._watch is not None
        return self._watch.standing(readings)

    def running_conditions(self, readings: Readings) -> dict[str, str]:
        """Return the conditions of moving axes and dose."""
        assert self._clock is not None
        assert self._watch is not None
        over = {il.MAX_RAD_TIME: self._clock.over()}
        if self._asked is None:
            return over
        starving = self._starved_ticks * TICK_NS >= to_ns(self._machine.supervision.dose_wait_s)
        self._lagging = self._watch.lagging(self._asked, readings)
        return over | {
            il.AXIS_LAG: self._lagging,
            il.DOSE_MODEL: self._watch.dose(self._asked, readings, starved=starving),
        }

    def holding_conditions(self, *, back: bool) -> dict[str, str]:
        """Return the conditions of axes on their way back to where the beam stopped."""
        if back:
            return {il.AXIS_LAG: "", il.AXIS_MODEL: ""}
        waited = self._held_ticks >= self._wait_ticks
        return {il.AXIS_MODEL: self._lagging if waited else ""}


def _asked(proposal: Proposal) -> Asked:
    return Asked(proposal.commands.position, proposal.mu_expected)
