"""Beams of a plan as a TrueBeam takes them: one beam per sequence, a sub-beam for each field."""

from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.dynamic_wedge import expand_wedges
from linacsim.formats.rtplan.reading import Reading
from linacsim.formats.rtplan.truebeam_axes import changes_only, leaves, single_axes
from linacsim.formats.rtplan.truebeam_fitments import Slots, in_beam, slots_of
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.beam import Beam, BeamSource, ControlPoints, SubBeam
from linacsim.model.findings import Finding
from linacsim.model.rt_plan import BeamReference, RtBeam, RtPlan

MLC_MODELS = {
    "Millennium 120": "NDS120",
    "Millennium 80 or MLCi": "NDS80",
    "HD120": "NDS120HD",
}
"""Names in TrueBeam XML by what has the leaf boundaries."""

_TOLERANCES = {
    "gantry": (Axis.GANTRY_RTN, "GantryRtn", 1.0),
    "collimator": (Axis.COLL_RTN, "CollRtn", 1.0),
    "support": (Axis.COUCH_RTN, "CouchRtn", 1.0),
    "pitch": (Axis.COUCH_PIT, "CouchPit", 1.0),
    "roll": (Axis.COUCH_ROL, "CouchRol", 1.0),
    "vertical": (Axis.COUCH_VRT, "CouchVrt", 0.1),
    "longitudinal": (Axis.COUCH_LNG, "CouchLng", 0.1),
    "lateral": (Axis.COUCH_LAT, "CouchLat", 0.1),
    "X": (Axis.X1, "X12", 0.1),
    "ASYMX": (Axis.X1, "X12", 0.1),
    "Y": (Axis.Y1, "Y12", 0.1),
    "ASYMY": (Axis.Y1, "Y12", 0.1),
}
"""Axis, element of TolTable and its units per unit of DICOM. Leaves have none (manual, "Introducing
static positions and tolerances")."""


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """One beam of the plan, ready to take its place in a sequence."""

    number: int
    name: str
    energy: str
    energies: dict[int, str]
    mlc_model: str
    slots: Slots
    tolerances: dict[str, float]
    mu: Floats
    """(n,) from 0."""
    positions: Floats
    """(n, 12 + 2 * pairs)"""
    dose_rate: Floats
    """(n,) in MU/min from each point on."""
    max_time_s: float | None = None
    named: Bools = field(init=False)
    """Columns that the first point places."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", ~np.isnan(self.positions[0]))

    def follows(self, other: "_Field") -> bool:
        """Return whether this field can be in one sequence with another."""
        return (
            (self.energy, self.mlc_model, self.slots, self.tolerances)
            == (other.energy, other.mlc_model, other.slots, other.tolerances)
            and self.positions.shape[1] == other.positions.shape[1]
            and bool((self.named == other.named).all())
        )


def truebeam_sequences(
    plan: RtPlan, references: tuple[BeamReference, ...], machine: MachineSpec
) -> tuple[tuple[Beam, ...], tuple[Finding, ...]]:
    """Return beams for a TrueBeam, in order, and findings; errors: it must not be delivered.

    Consecutive fields make one beam with a sub-beam each, where they have the same energy,
    accessories, tolerances and placed axes; else the operator has to load another.
    """
    reading = Reading(plan.path)
    if plan.motion_synchronized:
        reading.note(
            "gating-left-out",
            "",
            tags.MOTION_SYNCHRONIZATION_SEQUENCE,
            "gating parameters of the plan are not carried over",
        )
    fields: list[list[_Field]] = []
    for reference in references:
        beam = plan.beam(reference.number)
        if beam is None or reference.meterset is None:
            _refuse_without_meterset(reference, reading)
            continue
        made = _field(plan, beam, reference, machine, reading)
        most = machine.planning.max_control_points
        if fields and made.follows(fields[-1][-1]) and _points(fields[-1]) + len(made.mu) <= most:
            fields[-1].append(made)
        else:
            fields.append([made])
    return tuple(_sequence(plan, one) for one in fields), reading.findings()


def _points(fields: list[_Field]) -> int:
    return sum(len(one.mu) for one in fields)


def _refuse_without_meterset(reference: BeamReference, reading: Reading) -> None:
    reading.report(
        "no-meterset",
        f"beam {reference.number}",
        tags.BEAM_METERSET,
        "the fraction group gives the beam no meterset",
        allowed="the MU of the beam",
    )


def _field(
    plan: RtPlan, beam: RtBeam, reference: BeamReference, machine: MachineSpec, reading: Reading
) -> _Field:
    assert reference.meterset is not None
    energies = [_energy(beam, float(value)) for value in beam.points.energy]
    _check_geometry(beam, reading)
    rates = _dose_rates(beam, energies[0], machine, reading)
    slots = slots_of(beam, reading)
    mu = beam.cumulative_mu(reference.meterset)
    positions = np.hstack([single_axes(beam.points), _leaves(beam, machine, reading)])
    mu, positions, rates = expand_wedges(beam, energies[0], mu, positions, rates, reading)
    return _Field(
        number=beam.number,
        name=beam.name or str(beam.number),
        energy=energies[0],
        energies=_changes(energies),
        mlc_model=_mlc_model(beam, machine),
        slots=slots,
        tolerances=_tolerances(plan, beam, positions[0]),
        mu=mu,
        positions=positions,
        dose_rate=rates,
        max_time_s=reference.max_time_s,
    )


def _energy(beam: RtBeam, value: float) -> str:
    kind = "e" if beam.radiation == "ELECTRON" else "x"
    return f"{value:g}{kind}{beam.fluence}"


def _changes(values: list[str]) -> dict[int, str]:
    return {k: one for k, one in enumerate(values) if k == 0 or one != values[k - 1]}


def _mlc_model(beam: RtBeam, machine: MachineSpec) -> str:
    return MLC_MODELS.get(beam.mlc.mlc, beam.mlc.mlc) if beam.mlc else machine.mlc.model


def _leaves(beam: RtBeam, machine: MachineSpec, reading: Reading) -> Floats:
    """Return (n, 2 * pairs); the leaves of a field without an MLC are parked out of it."""
    if beam.points.leaves_mm.size and not np.isnan(beam.points.leaves_mm).any():
        return leaves(beam.points)
    reading.note(
        "leaves-parked",
        f"beam {beam.number}",
        tags.DEVICE_SEQUENCE,
        "the beam does not place the MLC: its leaves are parked behind the jaws",
    )
    parked = machine.start[machine.layout.leaves]
    return np.tile(parked, (len(beam.points), 1))


def _check_geometry(beam: RtBeam, reading: Reading) -> None:
    where = f"beam {beam.number}"
    for pair, positions in (("X", beam.points.x_jaws_mm), ("Y", beam.points.y_jaws_mm)):
        if np.isnan(positions[0]).any():
            reading.report(
                "no-jaws",
                where,
                tags.POSITION_SEQUENCE,
                f"the beam does not place the {pair} jaws",
                allowed=f"positions of {pair} or ASYM{pair} at control point 0",
            )
    if (np.nan_to_num(np.mod(beam.points.eccentric_deg, 360.0)) != 0).any():
        reading.report(
            "eccentric",
            where,
            tags.ECCENTRIC_ANGLE,
            "the table top is turned about its eccentric axis, which a TrueBeam lacks",
            allowed="0",
        )
    for wedge in beam.wedges:
        if wedge.kind not in ("STANDARD", "DYNAMIC") and in_beam(beam, wedge):
            reading.report(
                "wedge",
                where,
                tags.WEDGE_TYPE,
                f"a TrueBeam has no wedge of type {wedge.kind or 'unknown'}",
                allowed="STANDARD or DYNAMIC",
            )


def _dose_rates(beam: RtBeam, energy: str, machine: MachineSpec, reading: Reading) -> Floats:
    """Return (n,) dose rates; the highest of the energy, with a warning, until one is set."""
    rates = beam.points.dose_rate.copy()
    silent = np.isnan(rates)
    known = machine.energies.get(energy)
    if not silent.any() or known is None:
        return rates
    reading.warn(
        "no-dose-rate",
        f"beam {beam.number}",
        tags.DOSE_RATE,
        f"no dose rate is set: the highest of {energy}, {known.max_dose_rate_mu_per_min:g} MU/min,"
        " is taken",
    )
    rates[silent] = known.max_dose_rate_mu_per_min
    return rates


def _tolerances(plan: RtPlan, beam: RtBeam, first: Floats) -> dict[str, float]:
    """Return what TolTable holds; `first` (m,) are the positions at the first point."""
    table = plan.tolerance_table(beam.tolerance_table)
    out: dict[str, float] = {}
    for name, value in (table.tolerances if table else {}).items():
        if name in _TOLERANCES:
            axis, element, per_unit = _TOLERANCES[name]
            if np.isnan(first[axis]):
                continue
            # Of two tolerances for one pair of jaws the tighter one holds.
            out[element] = min(round(value * per_unit, 9), out.get(element, np.inf))
    return out


def _sequence(plan: RtPlan, fields: list[_Field]) -> Beam:
    starts = np.cumsum([0, *(len(one.mu) for one in fields)])[:-1].tolist()
    offsets = np.cumsum([0.0, *(one.mu[-1] for one in fields)])[:-1]
    mu = np.concatenate([one.mu + at for one, at in zip(fields, offsets, strict=True)])
    positions = np.concatenate([one.positions for one in fields])
    rates = np.concatenate([one.dose_rate for one in fields])
    shapes = positions[:, N_SINGLE:].copy()
    # A control point holds all leaves or none.
    shapes[1:][(shapes[1:] == shapes[:-1]).all(axis=1)] = np.nan
    first = fields[0]
    points = ControlPoints(
        mu=changes_only(mu[:, None])[:, 0],
        axes=changes_only(positions[:, :N_SINGLE]),
        leaves=shapes,
        line=np.zeros(len(mu), dtype=np.int64),
        energy=MappingProxyType(first.energies),
        dose_rate=MappingProxyType(
            {k: float(rate) for k, rate in enumerate(rates) if k == 0 or rate != rates[k - 1]}
        ),
        sub_beam=MappingProxyType(
            {
                start: SubBeam(seq, one.name, max_rad_time_s=one.max_time_s)
                for seq, (start, one) in enumerate(zip(starts, fields, strict=True))
            }
        ),
    )
    return Beam(
        id=first.number,
        mlc_model=first.mlc_model,
        control_points=points,
        accessories=first.slots,
        tolerances=MappingProxyType(first.tolerances),
        source=BeamSource(plan.path),
    )
