"""A prescribed field from its prescription to its end: which phase runs, which wedge is needed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from linacsim.control import interlocks as il
from linacsim.control.loaded_beam import LoadedBeam, Planned
from linacsim.control.positions import off_resumption
from linacsim.control.proposal import FREE, Course, Proposal
from linacsim.control.watch import first_true
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Bytes8, Floats
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field, LinacState, Phase, Wedge
from linacsim.model.findings import InputError
from linacsim.model.signals import Readings
from linacsim.model.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class PlannedField:
    """What a planner of fields answers."""

    trajectory: Trajectory
    phases: tuple[Phase, ...]
    rate: Floats
    """(n,) dose rate chosen for each segment, MU/min."""
    point_position: Floats
    """(n + 1, n_axes) positions at the control points of the field, leaf guides among them."""


FieldPlanner = Callable[[Field, MachineSpec, Floats, float, Floats | None, bool], PlannedField]
"""Plans a field from `held` (n_axes,), a fractional control point and the (n_axes,) positions
there; True: radiation is on already."""


class FieldRun(LoadedBeam):
    """One field; the parts that all beams share are those of `LoadedBeam`."""

    def __init__(
        self, machine: MachineSpec, field: Field, planner: FieldPlanner, follow: Bytes8
    ) -> None:
        """Take a field that is not planned yet."""
        super().__init__(machine, field.beam, self._planned, follow)
        self.field = field
        self._field_planner = planner
        self._phases: tuple[Phase, ...] = ()
        self._rate: Floats = np.zeros(0)
        self._points: Floats = np.zeros((0, 0))
        self._warm = False
        self._cursor_ns = 0
        self._was_on = False
        self._energy = field.beam.energy
        rules = machine.field_rules
        assert rules is not None
        self._rules = rules
        self.backup_limit_mu = field.prescribed_mu * rules.backup_factor + rules.backup_mu
        """MU at which the second dose channel ends the beam."""

    def left(self, mu: float) -> Field:
        """Return the field that delivers the last `mu` MU; raises InputError for more or less."""
        whole = self.field.prescribed_mu
        if not 0 < mu < whole:
            raise InputError(
                f"partial field: {mu:g} MU of {whole:g}: more than 0 and less than all"
            )
        return self.field.remaining(whole - mu)

    # Planning ------------------------------------------------------------------------------

    def _planned(
        self,
        _beam: Beam,
        machine: MachineSpec,
        held: Floats,
        start_s: float,
        start: Floats | None,
    ) -> Planned:
        made = self._field_planner(self.field, machine, held, start_s, start, self._warm)
        self._phases, self._rate, self._cursor_ns = made.phases, made.rate, 0
        self._points = made.point_position
        return Planned(made.trajectory)

    def stop(self, readings: Readings) -> Floats:
        """Freeze the expected side where the dose stopped; return its (n_axes,) positions."""
        self._was_on = self.phase.state is LinacState.RADIATION_ON
        return super().stop(readings)

    def go_on(self, held: Floats, delay_ns: int | None) -> None:
        """Plan what is left and go on; None: it is started again, and radiation comes on anew.

        After a hold the dose comes with the latency of what held it, also where it was held before
        the first dose: the beam stood by.
        """
        self._warm = self._was_on and delay_ns is not None
        assert self._clock is not None
        # The beam comes slowly again, which is not to wear the backup timer down.
        self._clock.allow(self._rules.run_up_s + self._rules.run_up_ramp_s)
        self.resume(held, delay_ns)

    @property
    def _point_position(self) -> Floats:
        return self._points

    # Phases --------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """The phase of the coming tick."""
        begun = [phase for phase in self._phases if phase.from_ns <= max(self._cursor_ns, 0)]
        return begun[-1] if begun else self._phases[0]

    @property
    def wedge_in(self) -> bool:
        """Whether the wedge is to be in: as the phase says, or as the field begins or goes on."""
        if self.delivery is None:
            return bool(self.field.wedge_in[0])
        return self.phase.wedge_in

    @property
    def wedge_in_to_resume(self) -> bool:
        """Whether the wedge must be in where the field was stopped."""
        return bool(self.field.wedge_in[self._segment])

    def dose_rates(self, cp: Floats) -> Floats:
        """Return (n,) MU/min chosen for the segments at fractional control points (n,)."""
        segment = np.minimum(cp.astype(np.int64), len(self._rate) - 1)
        return np.asarray(self._rate[segment])

    @property
    def _segment(self) -> int:
        s = self.delivery.at.s if self.delivery is not None else 0.0
        return min(int(s), len(self.field.wedge_in) - 1)

    def wedge_missing(self, readings: Readings, *, wanted_in: bool) -> str:
        """Return what people are told of a wedge that is not where it is needed; else empty."""
        assert readings.wedge is not None
        wanted = Wedge.IN if wanted_in else Wedge.OUT
        found = Wedge(int(readings.wedge[-1]))
        if found is wanted:
            return ""
        return f"wedge: {wanted.name.lower()} is needed, it is {found.name.lower()}"

    # Ticks ---------------------------------------------------------------------------------

    def propose(self, n: int, kept: Floats, readings: Readings, course: Course = FREE) -> Proposal:
        """Return a proposal of at most n ticks of delivery, with wedge and energy."""
        proposal = super().propose(n, kept, readings, course)
        phase = self.phase
        energy = phase.energy if phase.energy != self._energy else ""
        self._energy = phase.energy
        commands = replace(proposal.commands, wedge_in=phase.wedge_in, energy=energy)
        return replace(proposal, commands=commands)

    def judge(self, proposal: Proposal, readings: Readings) -> int:
        """Return how many of the ticks need no decision: none is due amid a phase."""
        count = super().judge(proposal, readings)
        later = [phase.from_ns for phase in self._phases if phase.from_ns > self._cursor_ns]
        if later:
            count = min(count, first_true(proposal.cursor_ns >= later[0]))
        assert readings.backup_mu is not None
        ended = (readings.backup_mu >= self.backup_limit_mu) | self._apart(readings)
        return min(count, first_true(ended))

    def accept(self, proposal: Proposal, readings: Readings, count: int) -> list[tuple[int, str]]:
        """Take over ticks of delivery; return the progress events in them."""
        self._cursor_ns = int(proposal.cursor_ns[count - 1])
        return super().accept(proposal, readings, count)

    # Conditions ----------------------------------------------------------------------------

    def start_conditions(self, readings: Readings) -> dict[str, str]:
        """Return what keeps the field from starting or going on because of where axes stand.

        Axes that the field moves are brought back by the start itself.
        """
        if self.delivery is None:
            return self.place_conditions(readings)
        actual = readings.position[-1]
        wanted = np.where(self.trajectory.dynamic, actual, self.position)
        off = off_resumption(self._machine, self.beam, self.trajectory, wanted, actual)
        return {il.AXIS_POSITION: off}

    def backup_ended(self, readings: Readings) -> str:
        """Return what people are told once the second channel has ended the beam; else empty."""
        assert readings.backup_mu is not None
        read = float(readings.backup_mu[-1])
        if read < self.backup_limit_mu:
            return ""
        return f"channel 2 read {read:.1f} MU, its limit is {self.backup_limit_mu:.1f}"

    def channels_apart(self, readings: Readings) -> str:
        """Return what people are told of channels that do not agree; empty where they do."""
        if not self._apart(readings)[-1]:
            return ""
        assert readings.backup_mu is not None
        first, second = float(readings.mu[-1]), float(readings.backup_mu[-1])
        return f"channel 1 read {first:.1f} MU, channel 2 {second:.1f}"

    def _apart(self, readings: Readings) -> Bools:
        """Return (n,) whether the channels differ by more than they may."""
        assert readings.backup_mu is not None
        most = np.maximum(self._rules.channels_share * readings.mu, self._rules.channels_mu)
        return np.asarray(np.abs(readings.backup_mu - readings.mu) > most)

    def failed(self, readings: Readings) -> str:
        """Return what the check of a terminated field finds; empty where all is well."""
        whole, read = self.field.prescribed_mu, float(readings.mu[-1])
        if abs(read - whole) <= self._rules.mu_step:
            return ""
        return f"{read:.1f} MU of {whole:.1f} delivered"
