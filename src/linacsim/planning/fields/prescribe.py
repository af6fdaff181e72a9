"""An RT Plan beam becomes a field of a machine, or the reasons why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.beam import Beam, BeamSource, ControlPoints, SubBeam
from linacsim.model.elekta import Field
from linacsim.model.findings import Finding, Severity, has_errors
from linacsim.model.rt_plan import RtBeam, RtControlPoints
from linacsim.model.scales import Scale, convert, convert_leaves
from linacsim.planning.fields.besides import judge_besides, mounted_things
from linacsim.planning.fields.findings import POSITIONS, Findings
from linacsim.planning.fields.judging import judge
from linacsim.planning.fields.metersets import rounded
from linacsim.planning.fields.turns import in_reach
from linacsim.planning.fields.wedged import needed_points

_CM_PER_MM = 0.1

_STANDS_CM = 0.1
"""A diaphragm with a range this short is fixed."""

_BOUNDARY_MM = 0.011
"""By how much a stated leaf boundary may miss the machine's: two decimals, some of them rounded."""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What became of a beam; without a field the findings say why."""

    field: Field | None
    findings: tuple[Finding, ...]


def prescribe(beam: RtBeam, meterset: float | None, machine: MachineSpec, path: str) -> Prescribed:
    """Return the field of a beam with `meterset` MU, in the scale and units of this house.

    MU are rounded as DICOM says (C.8.8.14.1), redundant segments of simple wedged fields left out
    (DP Note XVI). `path` names the plan in findings.
    """
    report = Findings(path, beam.number)
    energies = _energies(beam, machine, report)
    _judge_head(beam, machine, report)
    judge_besides(beam, report)
    if meterset is None:
        report.error("meterset", "the plan states no meterset for it", mend="prescribe MU first")
    if report.has_errors or meterset is None:
        return Prescribed(None, report.all())
    rules = machine.field_rules
    assert rules is not None
    mu = rounded(beam.cumulative_mu(meterset), rules.mu_step)
    wedge_in = _wedge_in(beam, report)
    keep = needed_points(mu, wedge_in, beam.points.gantry_deg, _shapes(beam.points))
    points = ControlPoints(
        mu=mu[keep],
        axes=_single_axes(beam, machine, report)[keep],
        leaves=_leaves(beam, machine)[keep],
        line=np.zeros(len(keep), dtype=np.int64),
        energy=_changes([energies[k] for k in keep]),
        dose_rate=_dose_rates(beam.points.dose_rate[keep]),
        sub_beam=MappingProxyType({0: SubBeam(0, beam.name or str(beam.number))}),
    )
    made = Beam(
        id=beam.number,
        mlc_model=machine.mlc.model,
        control_points=points,
        fitments=mounted_things(beam),
        source=BeamSource(path, dialect="RT Plan"),
    )
    field = Field(made, wedge_in[keep[:-1]])
    judge(field, machine, report)
    found = report.all()
    return Prescribed(None if has_errors(found) else field, found)


# Head, energy, wedge ---------------------------------------------------------------------------


def _judge_head(beam: RtBeam, machine: MachineSpec, report: Findings) -> None:
    if not beam.is_treatment:
        report.error("delivery-type", f"it is for {beam.delivery_type}, not for treatment")
    if len(beam.points) < 2:
        report.error("points", "it has fewer than two control points")
    _judge_placed(beam, machine, report)
    mlc = beam.mlc
    if mlc is None:
        return
    widths = machine.mlc.leaf_widths_cm / _CM_PER_MM
    own = np.concatenate([[0.0], np.cumsum(widths)]) - widths.sum() / 2
    stated = np.array(mlc.boundaries_mm)
    if len(stated) != len(own) or (np.abs(stated - own) > _BOUNDARY_MM).any():
        report.error(
            "mlc",
            f"its MLC has {mlc.pairs} pairs ({mlc.mlc or 'of no known head'})",
            allowed=f"{len(widths)} pairs of {machine.mlc.model}, the head of {machine.name}",
            mend="choose another machine",
        )


def _judge_placed(beam: RtBeam, machine: MachineSpec, report: Findings) -> None:
    """Report diaphragms that move and leaves that no point places; applicators set the leaves.

    What electrons state of diaphragms that stand is told to be the applicator's.
    """
    points = beam.points
    for name, axis, stated in (
        ("X", Axis.X1, points.x_jaws_mm),
        ("Y", Axis.Y1, points.y_jaws_mm),
    ):
        if not _stands(machine, axis) and np.isnan(stated[0]).any():
            report.error("shape", f"it does not place the {name} diaphragms", point=0)
        elif _is_of_applicator(beam, machine, axis) and not np.isnan(stated[0]).any():
            size = stated[0, 1] - stated[0, 0]
            text = f"its {name} diaphragms do not move: {size:g} mm are taken for the applicator's"
            report.tell("applicator-field", Severity.NOTE, text, POSITIONS)
    leaves = points.leaves_mm
    if beam.radiation != "ELECTRON" and (not leaves.size or np.isnan(leaves[0]).any()):
        report.error("shape", "it does not place the leaves", point=0)


def _stands(machine: MachineSpec, axis: Axis) -> bool:
    return bool(machine.axes.upper[axis] - machine.axes.lower[axis] <= _STANDS_CM)


def _is_of_applicator(beam: RtBeam, machine: MachineSpec, axis: Axis) -> bool:
    """Return whether the position of a diaphragm is the field of an applicator (DP Note XVII)."""
    return beam.radiation == "ELECTRON" and _stands(machine, axis)


def _energies(beam: RtBeam, machine: MachineSpec, report: Findings) -> list[str]:
    """Return the energy of the segment from each point on."""
    names = beam.energies
    for name in dict.fromkeys(names):
        if name not in machine.energies:
            known = ", ".join(machine.energies)
            report.error("energy", f"energy {name}", allowed=f"{known} of {machine.name}")
    return names


def _wedge_in(beam: RtBeam, report: Findings) -> Bools:
    """Return (n,) whether the motorised wedge is in from each point on."""
    out = np.zeros(len(beam.points), dtype=bool)
    others = [wedge.kind for wedge in beam.wedges if wedge.kind != "MOTORIZED"]
    if others or len(beam.wedges) > 1:
        report.error(
            "wedge",
            f"it has wedges of the types {', '.join(w.kind or 'unknown' for w in beam.wedges)}",
            allowed="one MOTORIZED wedge or none",
        )
    for angle in (wedge.orientation_deg or 0.0 for wedge in beam.wedges):
        if angle % 360.0 != 0:
            report.error(
                "wedge",
                f"its wedge is turned by {angle:g} deg",
                allowed="0, or none stated: the motorised wedge does not turn",
                tag="(300A,00D8) Wedge Orientation",
            )
    for stated in beam.points.wedge_positions.values():
        if not stated[0]:
            text = "it does not say whether the wedge is in"
            report.error(
                "wedge-position", text, allowed="IN or OUT from the first point on", point=0
            )
        out |= np.array([word == "IN" for word in stated])
    return out


# Positions -------------------------------------------------------------------------------------


def _single_axes(beam: RtBeam, machine: MachineSpec, report: Findings) -> Floats:
    """Return (n, 12) positions; NaN for what the beam leaves open or the head does not have."""
    points = beam.points
    out = np.full((len(points), N_SINGLE), np.nan)
    for axis, degrees in (
        (Axis.GANTRY_RTN, points.gantry_deg),
        (Axis.COLL_RTN, points.collimator_deg),
        (Axis.COUCH_RTN, points.support_deg),
    ):
        path = convert(degrees, axis, Scale.IEC_61217, Scale.VARIAN, wrap=False)
        lower, upper = machine.axes.lower[axis], machine.axes.upper[axis]
        placed = in_reach(path, float(lower), float(upper), float(machine.start[axis]))
        if placed is None:
            report.unreachable(axis, degrees, 180.0 - upper, 180.0 - lower)
        out[:, axis] = np.nan if placed is None else placed
    for axis, millimetres in (
        (Axis.COUCH_VRT, points.couch_mm[:, 0]),
        (Axis.COUCH_LNG, points.couch_mm[:, 1]),
        (Axis.COUCH_LAT, points.couch_mm[:, 2]),
        (Axis.X1, points.x_jaws_mm[:, 0]),
        (Axis.X2, points.x_jaws_mm[:, 1]),
        (Axis.Y1, points.y_jaws_mm[:, 0]),
        (Axis.Y2, points.y_jaws_mm[:, 1]),
    ):
        if not _is_of_applicator(beam, machine, axis):
            out[:, axis] = convert(millimetres * _CM_PER_MM, axis, Scale.IEC_61217, Scale.VARIAN)
    return out


def _shapes(points: RtControlPoints) -> Floats:
    """Return (n, d) what shapes the field."""
    collimator = points.collimator_deg[:, None]
    return np.hstack([points.leaves_mm, points.x_jaws_mm, points.y_jaws_mm, collimator])


def _leaves(beam: RtBeam, machine: MachineSpec) -> Floats:
    """Return (n, 2 * pairs) leaves of bank A, then B; NaN for a beam that shapes none."""
    if beam.mlc is None or beam.points.leaves_mm.shape[1] == 0:
        return np.full((len(beam.points), 2 * machine.layout.leaf_pairs), np.nan)
    leaves = convert_leaves(beam.points.leaves_mm, Scale.IEC_61217, Scale.VARIAN)
    return leaves * _CM_PER_MM


# Sparse members --------------------------------------------------------------------------------


def _changes(values: list[str]) -> Mapping[int, str]:
    """Return each value at the point from which it is in force; the last point begins nothing."""
    begins = values[:-1] or values
    return MappingProxyType(
        {k: one for k, one in enumerate(begins) if k == 0 or one != begins[k - 1]}
    )


def _dose_rates(stated: Floats) -> Mapping[int, float]:
    """Return the dose rates that are set; where one is unset after one that was, infinity."""
    out: dict[int, float] = {}
    before = np.inf
    for k, rate in enumerate(np.where(np.isnan(stated), np.inf, stated)[:-1].tolist()):
        if rate != before:
            out[k] = rate
        before = rate
    return MappingProxyType(out)
