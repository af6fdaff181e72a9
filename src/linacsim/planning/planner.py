"""Beam to trajectory, or to the reasons why not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, Place
from linacsim.model.legs import LegKind
from linacsim.model.trajectory import Trajectory
from linacsim.planning.building import each_alone
from linacsim.planning.carriages import Carriages, place_carriages
from linacsim.planning.findings import (
    carriage_findings,
    limit_findings,
    point_findings,
    shape_findings,
    start_findings,
    too_long,
)
from linacsim.planning.imaging import kv_segments
from linacsim.planning.limits import Limits, beam_limits, machine_limits
from linacsim.planning.mlc_moves import CARRIAGES
from linacsim.planning.sequence import Points, Sequence, Sequencer
from linacsim.planning.table import EMPTY_TABLE, PlanTable, build_table


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned beam; without a trajectory the findings say why."""

    trajectory: Trajectory | None
    findings: tuple[Finding, ...] = ()
    make_table: Callable[[], PlanTable] | None = None
    """Kept unmade: a beam that goes on after a hold is planned anew, and nobody reads its table."""

    @property
    def table(self) -> PlanTable:
        """What limits each segment and how fast axes go, made anew each time it is asked for."""
        return self.make_table() if self.make_table is not None else EMPTY_TABLE


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """Control points that can be planned on a machine, from anywhere and as often as need be."""

    points: Points
    limits: Limits
    carriages: Carriages | None
    machine: MachineSpec
    energy: str

    def plan(
        self,
        held: Floats | None = None,
        start_s: float = 0.0,
        start_position: Floats | None = None,
    ) -> Plan:
        """Plan from the fractional control point `start_s` on; arguments as for `plan`."""
        n = len(self.points.s)
        if findings := start_findings(start_s, n - 1):
            return Plan(None, tuple(findings))
        left = _from(self.points, self.limits, self.carriages, start_s, start_position)
        points, limits, carriages = left
        sequencer = Sequencer(points, carriages, limits, self.machine)
        if findings := too_long(sequencer.nominal_s):
            return Plan(None, tuple(findings))
        made = sequencer.build()
        trajectory = _trajectory(made, points, carriages, held, self.energy, n)
        passed = n - len(points.s)
        return Plan(trajectory, (), partial(_table, made, limits, trajectory, self.machine, passed))


class BeamPlanner:
    """Plans beams; of the last one it keeps what is the same from wherever it is planned."""

    def __init__(self) -> None:
        """Start with no beam."""
        self._last: tuple[Beam, MachineSpec, LaidOut | tuple[Finding, ...]] | None = None

    def plan(
        self,
        beam: Beam,
        machine: MachineSpec,
        held: Floats | None = None,
        start_s: float = 0.0,
        start_position: Floats | None = None,
    ) -> Plan:
        """Plan a beam; arguments as for the function `plan`."""
        if self._last is None or self._last[0] is not beam or self._last[1] is not machine:
            self._last = beam, machine, _lay_out_beam(beam, machine)
        laid_out = self._last[2]
        if isinstance(laid_out, tuple):
            return Plan(None, _with_lines(laid_out, beam))
        made = laid_out.plan(held, start_s, start_position)
        return replace(made, findings=_with_lines(made.findings, beam)) if made.findings else made


def plan(
    beam: Beam,
    machine: MachineSpec,
    held: Floats | None = None,
    start_s: float = 0.0,
    start_position: Floats | None = None,
) -> Plan:
    """Plan a beam from the fractional control point `start_s` on, from standstill.

    `held` (n_axes,) is where axes stand that the beam does not name. `start_position` (n_axes,)
    is where the named ones, and the carriages, start when `start_s` is within the beam; NaN where
    that is unknown. By default, on the straight line between control points.
    """
    return BeamPlanner().plan(beam, machine, held, start_s, start_position)


def _lay_out_beam(beam: Beam, machine: MachineSpec) -> LaidOut | tuple[Finding, ...]:
    findings = shape_findings(beam, machine) or limit_findings(beam, machine)
    if findings:
        return tuple(findings)
    tracking = beam.tracking
    mlc = tracking.axes.mlc if tracking and tracking.axes else None
    return _lay_out(
        beam.resolved_mu(),
        beam.resolved_positions(),
        machine,
        beam_limits(beam, machine),
        kv=kv_segments(beam.imaging, len(beam.control_points) - 1),
        field_change=_field_changes(beam),
        energy=beam.energy,
        open_up_cm=(mlc.open_up_carriages_cm or 0.0) if mlc else 0.0,
    )


def plan_points(
    mu: Floats,
    position: Floats,
    machine: MachineSpec,
    dose_rate_mu_per_min: float,
    *,
    start_s: float = 0.0,
    start_position: Floats | None = None,
    kv: Bools | None = None,
    field_change: Bools | None = None,
) -> Plan:
    """Plan bare control points: cumulative MU (n,) and positions (n, n_axes), NaN if not named.

    Nothing but the dose rate limits below the machine. `kv` and `field_change` (n - 1,) mark
    segments that take kV images and that lie beside the start of a sub-beam.
    """
    limits = machine_limits(machine, dose_rate_mu_per_min, len(mu) - 1)
    laid_out = _lay_out(mu, position, machine, limits, kv=kv, field_change=field_change)
    if isinstance(laid_out, tuple):
        return Plan(None, laid_out)
    return laid_out.plan(start_s=start_s, start_position=start_position)


def _lay_out(
    mu: Floats,
    position: Floats,
    machine: MachineSpec,
    limits: Limits,
    *,
    kv: Bools | None,
    field_change: Bools | None,
    energy: str = "",
    open_up_cm: float = 0.0,
) -> LaidOut | tuple[Finding, ...]:
    n = len(mu)
    if findings := point_findings(mu, position, limits, machine.layout):
        return tuple(findings)
    field_change = np.zeros(n - 1, dtype=bool) if field_change is None else field_change
    leaves = position[:, machine.layout.leaves]
    free = _moves_leaves(leaves) & (np.diff(mu) == 0) & (True if kv is None else ~kv)
    carriages = None
    if not np.isnan(leaves).any():
        carriages = place_carriages(leaves, machine, open_up_cm, free, field_change)
        if findings := carriage_findings(carriages, leaves, machine):
            return tuple(findings)
    points = Points(np.arange(float(n)), mu, position, free, field_change)
    return LaidOut(points, limits, carriages, machine, energy)


def plan_move(
    machine: MachineSpec, start: Floats, stop: Floats, kind: LegKind = LegKind.GO_TO
) -> Trajectory:
    """Return a move of each axis on its own from `start` to `stop`, both (n_axes,)."""
    columns = np.flatnonzero(start != stop)
    axes = machine.axes
    ends = np.array([0.0, 1.0])
    leg = each_alone(
        kind,
        (ends, ends),
        0.0,
        columns,
        (start[columns], stop[columns]),
        axes.max_speed[columns],
        axes.max_accel[columns],
    )
    dynamic = start != stop
    times = np.array([0.0, leg.duration_s])
    return Trajectory(
        (leg,),
        np.zeros(1),
        times,
        times.copy(),
        dynamic,
        np.ones_like(dynamic),
        start.copy(),
        start.copy(),
        0.0,
        "",
    )


def _from(
    points: Points,
    limits: Limits,
    carriages: Carriages | None,
    start_s: float,
    start_position: Floats | None,
) -> tuple[Points, Limits, Carriages | None]:
    """Return what is left from a fractional control point on."""
    if start_s <= 0:
        return points, limits, carriages
    k = min(int(start_s), len(points.free) - 1)
    share = start_s - k

    def left(values: Floats) -> Floats:
        now = values[k] + share * (values[k + 1] - values[k])
        return np.concatenate([now[None], values[k + 1 :]])

    rest = Points(
        left(points.s),
        left(points.mu),
        left(points.position),
        points.free[k:],
        points.field_change[k:],
    )
    limits = replace(
        limits, dose_mu_per_s=limits.dose_mu_per_s[k:], by_ceiling=limits.by_ceiling[k:]
    )
    given = np.full(2, np.nan)
    if start_position is not None:
        named = ~np.isnan(rest.position[0]) & ~np.isnan(start_position)
        rest.position[0, named] = start_position[named]
        given = start_position[CARRIAGES]
    if carriages is not None:
        carriages = carriages.left_from(k, share, bool(points.free[k]), given)
    return rest, limits, carriages


def _moves_leaves(leaves: Floats) -> Bools:
    """Return (n,) whether each segment moves the MLC."""
    return np.asarray((leaves[1:] != leaves[:-1]).any(axis=1) & ~np.isnan(leaves[:-1]).any(axis=1))


def _field_changes(beam: Beam) -> Bools:
    """Return (n,) segments that end or begin at the start of a sub-beam."""
    out = np.zeros(len(beam.control_points) - 1, dtype=bool)
    for point in beam.control_points.sub_beam:
        if point > 0:
            out[point - 1 : point + 1] = True
    return out


def _trajectory(
    made: Sequence,
    points: Points,
    carriages: Carriages | None,
    held: Floats | None,
    energy: str,
    n_points: int,
) -> Trajectory:
    initial = points.position[0].copy()
    if carriages is not None:
        initial[CARRIAGES] = carriages.start
    planned = ~np.isnan(initial)
    dynamic = np.zeros(len(initial), dtype=bool)
    dynamic[made.columns] = True
    standing = initial.copy() if held is None else np.where(planned, initial, held)
    before = n_points - len(points.s)
    unknown = np.full(before, np.nan)
    if points.s[0] > before:
        made.reach_s[0] = made.leave_s[0] = np.nan
    return Trajectory(
        legs=made.legs,
        leg_start_s=made.start_s,
        cp_time_s=np.concatenate([unknown, made.reach_s]),
        cp_departure_s=np.concatenate([unknown, made.leave_s]),
        dynamic=dynamic,
        planned=planned,
        initial=initial,
        standing=standing,
        final_mu=float(points.mu[-1]),
        energy=energy,
    )


def _table(
    made: Sequence, limits: Limits, trajectory: Trajectory, machine: MachineSpec, passed: int
) -> PlanTable:
    time_s = trajectory.cp_time_s[passed:]
    return build_table(machine.layout, made.columns, made.segments, limits, made.stretches, time_s)


def _with_lines(findings: tuple[Finding, ...], beam: Beam) -> tuple[Finding, ...]:
    """Add the file's lines to the places of findings."""
    lines = beam.control_points.line
    out = []
    for finding in findings:
        point = finding.place.control_point
        line = None if point is None else int(lines[point]) or None
        place = Place(beam.source.path, line, finding.place.element, point)
        out.append(replace(finding, place=place))
    return tuple(out)
