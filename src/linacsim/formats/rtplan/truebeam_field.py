"""One beam of a plan with its numbers as a TrueBeam counts them, and what keeps it from one."""

from dataclasses import dataclass

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.dynamic_wedge import expand_wedges
from linacsim.formats.rtplan.reading import Reading
from linacsim.formats.rtplan.truebeam_axes import leaves, single_axes
from linacsim.formats.rtplan.truebeam_fitments import Slots, in_beam, slots_of, stays
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis
from linacsim.model.rt_plan import RtBeam, RtPlan

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
class TrueBeamField:
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

    @property
    def named(self) -> Bools:
        """(12 + 2 * pairs,) whether the first point places each column."""
        return np.asarray(~np.isnan(self.positions[0]))

    def follows(self, other: "TrueBeamField") -> bool:
        """Return whether this field can be in one sequence with another."""
        return (
            (self.energy, self.mlc_model, self.slots, self.tolerances)
            == (other.energy, other.mlc_model, other.slots, other.tolerances)
            and self.positions.shape[1] == other.positions.shape[1]
            and bool((self.named == other.named).all())
        )


def truebeam_field(
    plan: RtPlan, beam: RtBeam, meterset: float, machine: MachineSpec, reading: Reading
) -> TrueBeamField:
    """Return a beam of `meterset` MU; findings for what a TrueBeam cannot deliver of it."""
    energies = beam.energies
    _check_geometry(beam, reading)
    rates = _dose_rates(beam, energies[0], machine, reading)
    slots = slots_of(beam, reading)
    mu = beam.cumulative_mu(meterset)
    positions = np.hstack([single_axes(beam.points), _leaves(beam, machine, reading)])
    mu, positions, rates = expand_wedges(beam, energies[0], mu, positions, rates, reading)
    return TrueBeamField(
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
    )


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
        elif not stays(beam, wedge):
            reading.report(
                "wedge",
                where,
                tags.WEDGE_POSITION,
                "the wedge goes in or out within the beam",
                allowed="IN or OUT throughout: nobody mounts a wedge of a TrueBeam meanwhile",
                mend="make a beam with the wedge and one without it",
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
