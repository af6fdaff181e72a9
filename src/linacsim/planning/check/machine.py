"""Rules of the machine: axis ranges, jaws, energy, dose rate, tolerances and velocities."""

from collections.abc import Mapping

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import N_SINGLE, XML_NAMES, Axis
from linacsim.model.beam import Beam
from linacsim.planning.check.numbers import (
    TOLERANCE,
    did_you_mean,
    has_mv,
    is_image_only,
    negative,
)
from linacsim.planning.check.report import Report, error, note, warning

AXIS_RANGE = error("machine.axis-range")
ISOCENTRIC_COUCH = warning("machine.isocentric-couch-range")
JAW_OVERLAP = error("machine.jaw-overlap")
ENERGY = error("machine.energy")
DOSE_RATE = error("machine.dose-rate")
DOSE_RATE_ZERO = error("machine.dose-rate-zero")
DOSE_RATE_LOW = warning("machine.dose-rate-low")
MU_WITHOUT_MV = error("machine.mu-without-mv")
TABLE_NAME = error("machine.table-name")
TOLERANCE_VALUE = error("machine.tolerance-value")
TOLERANCE_WITHOUT_EFFECT = note("machine.tolerance-without-effect")
VELOCITY_VALUE = error("machine.velocity-value")
VELOCITY_WITHOUT_EFFECT = note("machine.velocity-without-effect")

JAW_PAIRS = {"X12": (Axis.X1, Axis.X2), "Y12": (Axis.Y1, Axis.Y2)}
_COUCH_LINEAR = (Axis.COUCH_VRT, Axis.COUCH_LAT, Axis.COUCH_LNG)
_COLUMNS = {name: (Axis(column),) for column, name in enumerate(XML_NAMES)}
_TOLERANCE_COLUMNS: Mapping[str, tuple[Axis, ...]] = {
    **{name: columns for name, columns in _COLUMNS.items() if columns[0] < Axis.X1},
    **JAW_PAIRS,
}


def check_machine(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check the beam against what the machine can do, leaves apart."""
    if len(beam.control_points) == 0:
        return
    positions = beam.resolved_positions()[:, :N_SINGLE]
    _check_ranges(beam, machine, report)
    _check_jaws(positions, report)
    _check_energy(beam, machine, report)
    _check_dose_rate(beam, machine, report)
    travel = np.fmax.reduce(positions) - np.fmin.reduce(positions)
    moving = set(np.flatnonzero(travel > 0).tolist())
    _check_tolerances(beam, moving, report)
    _check_velocities(beam, moving, report)


def _check_ranges(beam: Beam, machine: MachineSpec, report: Report) -> None:
    axes = beam.control_points.axes
    lower, upper = machine.axes.lower[:N_SINGLE], machine.axes.upper[:N_SINGLE]
    bad = (axes < lower - TOLERANCE) | (axes > upper + TOLERANCE)
    for column in np.flatnonzero(bad.any(axis=0)).tolist():
        unit = machine.layout.unit(column)

        def tell(k: int, at: int = column, unit: str = unit) -> str:
            return f"{XML_NAMES[at]} is {axes[k, at]:g} {unit}"

        isocentric = beam.couch_is_isocentric and column in _COUCH_LINEAR
        report.add_at_points(
            ISOCENTRIC_COUCH if isocentric else AXIS_RANGE,
            XML_NAMES[column],
            np.flatnonzero(bad[:, column]),
            tell,
            allowed=f"{lower[column]:g} to {upper[column]:g} {unit}",
        )


def _check_jaws(positions: Floats, report: Report) -> None:
    for pair, (first, second) in JAW_PAIRS.items():
        opening = positions[:, first] + positions[:, second]

        def tell(k: int, a: Axis = first, b: Axis = second) -> str:
            return (
                f"{XML_NAMES[a]} at {positions[k, a]:g} cm and {XML_NAMES[b]} at "
                f"{positions[k, b]:g} cm overlap"
            )

        report.add_at_points(
            JAW_OVERLAP,
            pair,
            np.flatnonzero(opening < -TOLERANCE),
            tell,
            allowed=f"{XML_NAMES[first]} + {XML_NAMES[second]} at least 0 cm",
            mend="jaws count outward from the centre line: negative is across it",
        )


def _check_energy(beam: Beam, machine: MachineSpec, report: Report) -> None:
    if beam.energy and beam.energy not in machine.energies:
        report.add(
            ENERGY,
            "Energy",
            f"Energy is {beam.energy}",
            allowed=", ".join(machine.energies),
            mend=did_you_mean(beam.energy, machine.energies),
            point=0,
        )
    if beam.energy and not has_mv(beam.energy, machine) and not is_image_only(beam):
        mu = beam.resolved_mu()
        report.add_at_points(
            MU_WITHOUT_MV,
            "Mu",
            np.flatnonzero(np.diff(mu) > 0)[:1] + 1,
            lambda k: f"Mu rises to {mu[k]:g}, but {beam.energy} is no MV beam",
            allowed="Mu 0 throughout",
        )


def _check_dose_rate(beam: Beam, machine: MachineSpec, report: Report) -> None:
    energy = machine.energies.get(beam.energy)
    if energy is None:
        return
    rates = {k: rate for k, rate in beam.control_points.dose_rate.items() if rate == rate}
    too_high = [k for k, rate in rates.items() if rate > energy.max_dose_rate_mu_per_min]
    report.add_at_points(
        DOSE_RATE,
        "DRate",
        np.array(sorted(too_high), dtype=np.int64),
        lambda k: f"DRate is {rates[k]:g} MU/min with {energy.name}",
        allowed=f"at most {energy.max_dose_rate_mu_per_min:g} MU/min",
    )
    if not has_mv(beam.energy, machine):
        return
    least = energy.min_dose_rate_mu_per_min
    too_low = [k for k, rate in rates.items() if 0 < rate < least]
    report.add_at_points(
        DOSE_RATE_LOW,
        "DRate",
        np.array(sorted(too_low), dtype=np.int64),
        lambda k: f"DRate is {rates[k]:g} MU/min with {energy.name}",
        allowed=f"{least:g} MU/min or more, the lowest rate of the console",
    )
    ceiling = beam.resolved_dose_rate()
    report.add_at_points(
        DOSE_RATE_ZERO,
        "DRate",
        np.flatnonzero((np.diff(beam.resolved_mu()) > 0) & (ceiling[:-1] <= 0)),
        lambda k: f"DRate is {ceiling[k]:g} while MU are to be given after control point {k}",
        allowed="more than 0 MU/min",
        mend="write the highest dose rate that the beam may have",
    )


def _check_tolerances(beam: Beam, moving: set[int], report: Report) -> None:
    line = beam.source.lines.get("TolTable", 0)
    for name, value in beam.tolerances.items():
        columns = _columns_of(name, _TOLERANCE_COLUMNS, "TolTable", line, report)
        if negative(value):
            report.add(
                TOLERANCE_VALUE,
                name,
                f"tolerance of {name} is {value:g}",
                allowed="0 for the machine's tight tolerance, or more",
                line=line,
            )
        elif columns:
            _check_use(beam, columns, name, moving, report)


def _check_use(
    beam: Beam, columns: tuple[Axis, ...], name: str, moving: set[int], report: Report
) -> None:
    line = beam.source.lines.get("TolTable", 0)
    if np.isnan(beam.control_points.axes[0, list(columns)]).all():
        found = f"{name} has a tolerance, but the first control point does not place it"
    elif moving.intersection(columns):
        found = f"{name} has a tolerance, but it moves: the tight tolerance applies"
    else:
        return
    report.add(
        TOLERANCE_WITHOUT_EFFECT, name, found, allowed="tolerances for static axes", line=line
    )


def _check_velocities(beam: Beam, moving: set[int], report: Report) -> None:
    line = beam.source.lines.get("VelTable", 0)
    for name, value in beam.velocities.items():
        columns = _columns_of(name, _COLUMNS, "VelTable", line, report)
        moves = bool(moving.intersection(columns))
        if negative(value) or value == 0:
            report.add(
                VELOCITY_VALUE,
                name,
                f"velocity limit of {name} is {value:g}",
                allowed="more than 0",
                mend="leave it out for the machine's own limit",
                line=line,
            )
        elif columns and not moves:
            report.add(
                VELOCITY_WITHOUT_EFFECT,
                name,
                f"{name} has a velocity limit, but it never moves",
                mend="leave it out",
                line=line,
            )


def _columns_of(
    name: str,
    known: Mapping[str, tuple[Axis, ...]],
    table: str,
    line: int,
    report: Report,
) -> tuple[Axis, ...]:
    columns = known.get(name, ())
    if not columns:
        report.add(
            TABLE_NAME,
            table,
            f"{table} names {name}",
            allowed=", ".join(known),
            mend=did_you_mean(name, known),
            line=line,
        )
    return columns
