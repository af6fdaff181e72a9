"""A field becomes a trajectory with the phases of its delivery."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.elekta import Field, Phase
from linacsim.model.findings import Finding, Place, Severity
from linacsim.model.trajectory import Trajectory
from linacsim.planning.fields.metersets import beam_stays_on, delivery_segments
from linacsim.planning.fields.rates import Rates, choose_rates
from linacsim.planning.fields.sequence import FieldPoints, FieldSequencer
from linacsim.planning.limits import Limits
from linacsim.planning.mlc_moves import CARRIAGES
from linacsim.planning.table import PlanTable, build_table


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A planned field."""

    trajectory: Trajectory
    phases: tuple[Phase, ...]
    """In order; the first begins at time 0."""
    rate: Floats
    """(n,) dose rate chosen for each segment of the field, MU/min."""
    point_position: Floats
    """(n + 1, n_axes) positions at the control points of the field, leaf guides among them."""
    findings: tuple[Finding, ...]
    make_table: Callable[[], PlanTable]

    @property
    def table(self) -> PlanTable:
        """What limits each segment and how fast axes go, made anew each time it is asked for."""
        return self.make_table()


def plan_field(
    field: Field,
    machine: MachineSpec,
    held: Floats | None = None,
    start_s: float = 0.0,
    start_position: Floats | None = None,
    *,
    warm: bool = False,
) -> FieldPlan:
    """Plan a field from the fractional control point `start_s` on, from standstill.

    `held` and `start_position` are as in `planning.plan`; `warm`: radiation is on already. Raises
    nothing: what `prescribe` has passed can be planned.
    """
    mu, position = field.beam.resolved_mu(), with_guides(field, machine)
    rates = segment_rates(field, machine, mu, position)
    points = _from(field, rates, mu, position, start_s, start_position)
    limits = _limits(machine, points.rate, rates)
    sequencer = FieldSequencer(points, limits, machine, warm)
    sequencer.build()
    trajectory = _trajectory(sequencer, held, len(mu))
    table = partial(_table, sequencer, limits, trajectory, machine, len(mu) - len(points.s))
    found = _told(rates, field)
    phases = tuple(sequencer.phases)
    return FieldPlan(trajectory, phases, rates.mu_per_min, position, found, table)


def with_guides(field: Field, machine: MachineSpec) -> Floats:
    """Return (n, n_axes) positions with leaf guides, each at its most open leaf.

    Public TRF logs show guides there to 0.1 mm. Between points no leaf passes its guide, since
    both go in proportion.
    """
    rules, layout = machine.field_rules, machine.layout
    assert rules is not None
    position = field.beam.resolved_positions()
    if rules.leaf_guide and not np.isnan(position[0, layout.leaves]).any():
        position[:, CARRIAGES[0]] = position[:, layout.bank_a].max(axis=1)
        position[:, CARRIAGES[1]] = position[:, layout.bank_b].max(axis=1)
    return position


def segment_rates(field: Field, machine: MachineSpec, mu: Floats, position: Floats) -> Rates:
    """Return the dose rates of the segments of a whole field."""
    rules = machine.field_rules
    assert rules is not None
    dynamic = moves_with_dose(mu, position)
    segment = delivery_segments(np.diff(mu), joins(field), rules.least_segment_mu, dynamic=dynamic)
    return choose_rates(field, machine, mu, position, segment)


def joins(field: Field) -> Bools:
    """Return (n,) whether nothing but geometry changes from the segment before to each segment."""
    return beam_stays_on(field.energies(), field.wedge_in)


def moves_with_dose(mu: Floats, position: Floats) -> bool:
    """Return whether anything moves while dose is given."""
    moves = (np.nan_to_num(np.diff(position, axis=0)) != 0).any(axis=1)
    return bool((moves & (np.diff(mu) > 0)).any())


def _limits(machine: MachineSpec, rate: Floats, rates: Rates) -> Limits:
    axes = machine.axes
    none = np.zeros(len(axes.max_speed), dtype=bool)
    by_ceiling = rates.by_ceiling[-len(rate) :]
    return Limits(axes.max_speed, axes.max_accel, rate / 60.0, none, by_ceiling)


def _from(
    field: Field,
    rates: Rates,
    mu: Floats,
    position: Floats,
    start_s: float,
    start_position: Floats | None,
) -> FieldPoints:
    """Return what is left from a fractional control point on."""
    k = min(int(start_s), len(mu) - 2)
    share = start_s - k

    def left(values: Floats) -> Floats:
        now = values[k] + share * (values[k + 1] - values[k])
        return np.concatenate([now[None], values[k + 1 :]])

    rest = left(position)
    if start_position is not None and start_s > 0:
        named = ~np.isnan(rest[0]) & ~np.isnan(start_position)
        rest[0, named] = start_position[named]
    return FieldPoints(
        s=left(np.arange(float(len(mu)))),
        mu=left(mu),
        position=rest,
        wedge_in=field.wedge_in[k:],
        energy=field.energies()[k:],
        rate=rates.mu_per_min[k:],
    )


def _trajectory(made: FieldSequencer, held: Floats | None, n_points: int) -> Trajectory:
    points = made.points
    initial = points.position[0].copy()
    planned = ~np.isnan(initial)
    dynamic = np.zeros(len(initial), dtype=bool)
    dynamic[made.columns] = True
    before = n_points - len(points.s)
    unknown = np.full(before, np.nan)
    if points.s[0] > before:
        made.reach_s[0] = made.leave_s[0] = np.nan
    return Trajectory(
        legs=tuple(made.legs),
        leg_start_s=np.array(made.starts),
        cp_time_s=np.concatenate([unknown, made.reach_s]),
        cp_departure_s=np.concatenate([unknown, made.leave_s]),
        dynamic=dynamic,
        planned=planned,
        initial=initial,
        standing=initial.copy() if held is None else np.where(planned, initial, held),
        final_mu=float(points.mu[-1]),
        energy=points.energy[0],
    )


def _table(
    made: FieldSequencer,
    limits: Limits,
    trajectory: Trajectory,
    machine: MachineSpec,
    passed: int,
) -> PlanTable:
    time_s = trajectory.cp_time_s[passed:]
    return build_table(machine.layout, made.columns, made.segments, limits, made.done, time_s)


def _told(rates: Rates, field: Field) -> tuple[Finding, ...]:
    if not len(rates.pulsed):
        return ()
    first = int(rates.pulsed[0])
    text = (
        f"{len(rates.pulsed)} segments need less than the lowest dose rate, the first "
        f"{rates.mu_per_min[first]:.1f} MU/min: pulses are left out"
    )
    place = Place(field.beam.source.path, control_point=first)
    return (Finding("field.dose-rate", Severity.NOTE, text, place=place),)
