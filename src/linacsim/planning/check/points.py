"""Rules of control points: MU, what a later point may hold, sub-beams (manual, element Cp)."""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import N_SINGLE, XML_NAMES
from linacsim.model.beam import LEAF_PAIRS, Beam
from linacsim.planning.check.numbers import is_image_only
from linacsim.planning.check.report import Report, error, warning

MOST_MU = 1e6
"""More MU than any beam could deliver: ten hours at 1600 MU/min."""

TOO_FEW = error("points.too-few")
TOO_MANY = error("points.too-many")
MU_NOT_FINITE = error("points.mu-not-finite")
MU_DECREASING = error("points.mu-decreasing")
MU_ABSURD = error("points.mu-absurd")
LATE_AXIS = error("points.late-axis")
ENERGY_CHANGE = error("points.energy-change")
LEAF_COUNT = error("points.leaf-count")
SUB_BEAM_ORDER = warning("points.sub-beam-order")
MAX_RAD_TIME = error("points.max-rad-time")


def check_points(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check the sequence of control points."""
    _check_number(beam, machine, report)
    if len(beam.control_points) == 0:
        return
    _check_mu(beam, report)
    _check_late_axes(beam, report)
    _check_energy(beam, report)
    _check_leaf_count(beam, report)
    _check_sub_beams(beam, report)


def _check_number(beam: Beam, machine: MachineSpec, report: Report) -> None:
    n = len(beam.control_points)
    least = 1 if is_image_only(beam) else 2
    most = machine.planning.max_control_points
    if n < least:
        report.add(
            TOO_FEW,
            "ControlPoints",
            f"the beam has {n} control point{'' if n == 1 else 's'}",
            allowed=f"at least {least}",
            mend="add the control point at which the segment ends",
        )
    if n > most:
        report.add(
            TOO_MANY,
            "ControlPoints",
            f"the beam has {n} control points",
            allowed=f"at most {most}",
            mend="leave out points on straight segments, or split the beam",
        )


def _check_mu(beam: Beam, report: Report) -> None:
    mu = beam.control_points.mu
    report.add_at_points(
        MU_NOT_FINITE,
        "Mu",
        np.flatnonzero(np.isinf(mu)),
        lambda k: f"Mu is {mu[k]}",
        allowed="a finite number",
    )
    report.add_at_points(
        MU_ABSURD,
        "Mu",
        np.flatnonzero(np.isfinite(mu) & (mu > MOST_MU)),
        lambda k: f"Mu is {mu[k]:g}",
        allowed=f"at most {MOST_MU:g}",
    )
    resolved = beam.resolved_mu()
    report.add_at_points(
        MU_DECREASING,
        "Mu",
        np.flatnonzero(np.diff(resolved) < 0) + 1,
        lambda k: f"Mu falls from {resolved[k - 1]:g} to {resolved[k]:g}",
        allowed="cumulative MU: the same as before or more",
        mend="write the MU since the start of the beam, not those of the segment",
    )


def _check_late_axes(beam: Beam, report: Report) -> None:
    points = beam.control_points
    present = np.column_stack(
        [
            ~np.isnan(points.axes),
            ~np.isnan(points.leaves).all(axis=1, keepdims=True),
        ]
    )
    late = present.any(axis=0) & ~present[0]
    for column in np.flatnonzero(late).tolist():
        name = XML_NAMES[column] if column < N_SINGLE else "Mlc"
        _tell_late(name, int(present[:, column].argmax()), report)
    if points.second_leaves and 0 not in points.second_leaves:
        _tell_late("Mlc with ID 2", min(points.second_leaves), report)


def _tell_late(name: str, point: int, report: Report) -> None:
    report.add(
        LATE_AXIS,
        name,
        f"{name} appears first in control point {point}",
        allowed="only axes that the first control point holds",
        mend=f"give control point 0 the initial position of {name}",
        point=point,
    )


def _check_energy(beam: Beam, report: Report) -> None:
    first = beam.energy
    if not first:
        return
    changed = sorted(
        k for k, energy in beam.control_points.energy.items() if k > 0 and energy != first
    )
    report.add_at_points(
        ENERGY_CHANGE,
        "Energy",
        np.array(changed, dtype=np.int64),
        lambda k: f"Energy is {beam.control_points.energy[k]}, in the first point {first}",
        allowed="one energy for the whole beam",
        mend="make a beam for each energy",
    )


def _check_leaf_count(beam: Beam, report: Report) -> None:
    pairs = LEAF_PAIRS.get(beam.mlc_model)
    held = beam.layout.leaf_pairs
    if pairs is not None and held != pairs:
        report.add(
            LEAF_COUNT,
            "Mlc",
            f"banks have {held} leaves",
            allowed=f"{pairs} for {beam.mlc_model}",
            mend=_models_with(held),
        )


def _models_with(pairs: int) -> str:
    fits = [model for model, count in LEAF_PAIRS.items() if count == pairs]
    return f"name the model {' or '.join(fits)}" if fits else ""


def _check_sub_beams(beam: Beam, report: Report) -> None:
    for wanted, (k, sub_beam) in enumerate(sorted(beam.control_points.sub_beam.items())):
        if sub_beam.seq != wanted:
            report.add(
                SUB_BEAM_ORDER,
                "SubBeam",
                f"Seq is {sub_beam.seq}",
                allowed="0, 1, 2 and so on in the order of the sub-beams",
                mend=f"write {wanted}",
                point=k,
            )
        limit = sub_beam.max_rad_time_s
        if limit is not None and limit <= 0:
            report.add(
                MAX_RAD_TIME,
                "SubBeam",
                f"MaxRadTime is {limit:g} s: the beam would end at once",
                allowed="more than 0 s",
                mend="leave it out for the machine's own limit",
                point=k,
            )
