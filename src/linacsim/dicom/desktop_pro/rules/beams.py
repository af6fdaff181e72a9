"""Beams as a whole: the first rows of Table 14."""

from collections.abc import Iterator

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.request import Beam, Request
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule, each_beam, twice

RADIATIONS = ("PHOTON", "ELECTRON")


def _numbers(request: Request) -> Iterator[Fault]:
    yield from twice((beam.data for beam in request.beams), tags.BEAM_NUMBER)


@each_beam
def _radiation(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.radiation not in RADIATIONS:
        yield Fault(beam.data.where, f"is {beam.radiation or 'empty'}, not PHOTON or ELECTRON")


@each_beam
def _machine(beam: Beam, _request: Request) -> Iterator[Fault]:
    if not beam.data.text(tags.MACHINE):
        yield Fault(beam.data.where, "is missing or empty")


@each_beam
def _linac(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        yield Fault(beam.data.where, f"no linac {beam.data.text(tags.MACHINE)!r}")


@each_beam
def _serial(beam: Beam, _request: Request) -> Iterator[Fault]:
    stated = beam.data.text(tags.SERIAL)
    if stated and beam.linac and beam.linac.serial and stated != beam.linac.serial:
        yield Fault(beam.data.where, f"is {stated!r}, not the linac's")


@each_beam
def _unit(beam: Beam, _request: Request) -> Iterator[Fault]:
    if (stated := beam.data.text(tags.UNIT)) not in ("", "MU"):
        yield Fault(beam.data.where, f"is {stated}, not MU")


@each_beam
def _tolerances(beam: Beam, request: Request) -> Iterator[Fault]:
    if Mask.TOLERANCE_TABLES in request.masks:
        return
    found = beam.data.integer(tags.REFERENCED_TOLERANCES)
    if found is not None and found not in request.numbers(
        tags.TOLERANCE_TABLES, tags.TOLERANCE_NUMBER
    ):
        yield Fault(beam.data.where, f"tolerance table {found} is not in the plan")


@each_beam
def _setup(beam: Beam, request: Request) -> Iterator[Fault]:
    found = beam.data.integer(tags.REFERENCED_SETUP)
    if found is not None and found not in request.numbers(tags.SETUPS, tags.SETUP_NUMBER):
        yield Fault(beam.data.where, f"setup {found} is not in the plan")


@each_beam
def _delivery_type(beam: Beam, _request: Request) -> Iterator[Fault]:
    if (stated := beam.data.text(tags.DELIVERY_TYPE)) not in ("", "TREATMENT"):
        yield Fault(beam.data.where, f"is {stated}, not TREATMENT")


@each_beam
def _energy(beam: Beam, request: Request) -> Iterator[Fault]:
    if beam.linac is None or Mask.ENERGY in request.masks:
        return
    photons = beam.radiation == "PHOTON"
    known = beam.linac.photons_mv if photons else beam.linac.electrons_mev
    for point in beam.points.items:
        value = point.number(tags.ENERGY)
        if value is not None and value not in known:
            yield Fault(point.where, f"{value:g} {'MV' if photons else 'MeV'} is not the linac's")


@each_beam
def _energy_changes(beam: Beam, request: Request) -> Iterator[Fault]:
    stated = beam.points.stated["energy"]
    numbers = {value for value in stated.tolist() if value == value}
    if len(numbers) > 1 and Mask.ENERGY not in request.masks:
        for point, value in zip(beam.points.items, stated.tolist(), strict=True):
            if value != value:
                yield Fault(point.where, "is missing, though the energy changes")


RULES = (
    Rule(
        "beam-number",
        "Table 14, Note IX",
        tags.BEAM_NUMBER,
        Code.BEAM_SEQUENCE,
        "unique within the sequence",
        _numbers,
    ),
    Rule("radiation", "Table 14", tags.RADIATION, Code.ENERGY, "PHOTON or ELECTRON", _radiation),
    Rule("machine-name", "Table 14", tags.MACHINE, Code.NO_MACHINE, "not empty", _machine),
    Rule("linac", "Table 14", tags.MACHINE, Code.UNKNOWN_LINAC, "a linac of the console", _linac),
    Rule(
        "linac-id",
        "Table 14",
        tags.SERIAL,
        Code.UNKNOWN_LINAC,
        "the linac's ID, where it is stated",
        _serial,
    ),
    Rule("dosimeter-unit", "Table 14", tags.UNIT, Code.DOSIMETER_UNIT, "MU, where stated", _unit),
    Rule(
        "beam-tolerance-table",
        "Table 14, Note IV",
        tags.REFERENCED_TOLERANCES,
        Code.TOLERANCE_TABLES,
        "a tolerance table that the plan has",
        _tolerances,
    ),
    Rule(
        "beam-setup",
        "Table 14",
        tags.REFERENCED_SETUP,
        Code.PATIENT_SETUPS,
        "a setup that the plan has",
        _setup,
    ),
    Rule(
        "delivery-type",
        "Table 14",
        tags.DELIVERY_TYPE,
        Code.DELIVERY_TYPE,
        "TREATMENT, where it is stated",
        _delivery_type,
    ),
    Rule(
        "energy",
        "Table 14",
        tags.ENERGY,
        Code.ENERGY,
        "one that the linac has, for the radiation",
        _energy,
    ),
    Rule(
        "energy-changes",
        "Table 14, Note XV",
        tags.ENERGY,
        Code.ENERGY_CHANGES,
        "at every control point, if it changes",
        _energy_changes,
    ),
)
