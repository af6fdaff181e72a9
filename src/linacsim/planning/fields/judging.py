"""Whether a machine can deliver a field: ranges, shapes, couch, dose of its segments."""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.elekta import Field
from linacsim.model.findings import Severity
from linacsim.planning.fields.findings import Findings, axis_tag
from linacsim.planning.fields.metersets import delivery_segments, too_small
from linacsim.planning.fields.planner import joins, moves_with_dose

_ROUNDING = 1e-6
_COUCH = slice(Axis.COUCH_VRT, Axis.COUCH_ROL + 1)


def judge(field: Field, machine: MachineSpec, report: Findings) -> None:
    """Report what keeps a machine from delivering a field."""
    mu, position = field.beam.resolved_mu(), field.beam.resolved_positions()
    dynamic = moves_with_dose(mu, position)
    _ranges(position, machine, report)
    _shapes(position, machine, report)
    _couch(position, report)
    _count(len(mu), machine, report, dynamic=dynamic)
    _doses(field, machine, report, dynamic=dynamic)
    _rates(field, machine, report)


def _ranges(position: Floats, machine: MachineSpec, report: Findings) -> None:
    axes, layout = machine.axes, machine.layout
    with np.errstate(invalid="ignore"):
        off = (position < axes.lower - _ROUNDING) | (position > axes.upper + _ROUNDING)
    off[:, layout.carriages] = False
    for column in np.flatnonzero(off.any(axis=0))[:3].tolist():
        point = int(np.argmax(off[:, column]))
        report.error(
            "range",
            f"{layout.name(column)} at {position[point, column]:g} {layout.unit(column)}",
            allowed=f"{axes.lower[column]:g} to {axes.upper[column]:g} on {machine.name}",
            point=point,
            tag=axis_tag(column),
        )


def _shapes(position: Floats, machine: MachineSpec, report: Findings) -> None:
    layout, mlc = machine.layout, machine.mlc
    first, second = position[:, layout.bank_a], position[:, layout.bank_b]
    if np.isnan(first).any():
        return
    gap = first + second
    if gap.min() < mlc.min_gap_cm - _ROUNDING:
        point, pair = (int(index) for index in np.unravel_index(int(np.argmin(gap)), gap.shape))
        text = f"leaves of pair {pair + 1} are {gap.min() * 10:.2f} mm apart"
        report.error(
            "gap",
            text,
            allowed=f"at least {mlc.min_gap_cm * 10:g} mm on {machine.name}",
            point=point,
        )
    spans = np.maximum(np.ptp(first, axis=1), np.ptp(second, axis=1))
    if spans.max() > mlc.leaf_span_cm + _ROUNDING:
        report.error(
            "span",
            f"leaves of one bank are up to {spans.max() * 10:.1f} mm apart",
            allowed=f"up to {mlc.leaf_span_cm * 10:g} mm on {machine.name}",
            point=int(np.argmax(spans)),
        )


def _couch(position: Floats, report: Findings) -> None:
    moves = np.nan_to_num(np.diff(position[:, _COUCH], axis=0)) != 0
    if moves.any():
        point = int(np.argmax(moves.any(axis=1)))
        allowed = "a table that stands during a beam (DP Note XIV)"
        report.error("couch", "the table moves", allowed=allowed, point=point)


def _count(points: int, machine: MachineSpec, report: Findings, *, dynamic: bool) -> None:
    rules = machine.field_rules
    assert rules is not None
    most = machine.planning.max_control_points if dynamic else rules.static_control_points
    if points > most:
        kind = "a dynamic" if dynamic else "another"
        report.error("points", f"{points} control points", allowed=f"up to {most} in {kind} field")


def _rates(field: Field, machine: MachineSpec, report: Findings) -> None:
    stated = field.beam.resolved_dose_rate()
    for k, name in enumerate(field.energies()):
        most = machine.energies[name].max_dose_rate_mu_per_min
        if most < stated[k] < np.inf:
            text = (
                f"{stated[k]:g} MU/min are set, {name} gives {most:g} at most: is it an FFF beam?"
            )
            report.tell("rate-set", Severity.WARNING, text, "(300A,0115) Dose Rate Set")
            return


def _doses(field: Field, machine: MachineSpec, report: Findings, *, dynamic: bool) -> None:
    rules = machine.field_rules
    assert rules is not None
    step_mu = np.diff(field.beam.resolved_mu())
    if (step_mu < 0).any():
        report.error("mu", "MU decrease", point=int(np.argmax(step_mu < 0)) + 1)
        return
    if not (step_mu > 0).any():
        report.error("mu", "it gives no MU")
        return
    segment = delivery_segments(step_mu, joins(field), rules.least_segment_mu, dynamic=dynamic)
    small = too_small(step_mu, segment, rules.least_segment_mu, rules.least_part_mu)
    for k in small[:3].tolist():
        least = f"at least {rules.least_segment_mu:g} MU"
        if dynamic:
            least += f", merged of parts of at least {rules.least_part_mu:g} MU"
        report.error(
            "segment-mu",
            f"{step_mu[k]:.1f} MU in the segment that begins here",
            allowed=f"{least} (DP Note X)",
            point=k,
        )
