"""DICOM plans to TrueBeam XML (manual, "Using a DICOM file as a starting point")."""

from dataclasses import dataclass
from pathlib import Path

from linacsim.formats.rtplan import is_dicom
from linacsim.formats.targets import check_free
from linacsim.formats.truebeam_xml import write_beam
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError, Place
from linacsim.scenario.beam_file import BeamFile, open_beams


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a plan."""

    files: tuple[BeamFile, ...]
    """The sequences that it makes, with all findings."""
    written: tuple[Path, ...]
    """One XML beam for each; none where one of them cannot be delivered."""


def convert_plan(
    path: Path,
    out: Path,
    machine: MachineSpec | None = None,
    number: int | None = None,
    group: int | None = None,
    *,
    overwrite: bool = False,
) -> Conversion:
    """Write the beams of a plan, as strict as for delivery, to a file or into an existing folder.

    Raises InputError where the plan cannot be read, several beams do not fit into one file, or a
    file cannot be written or is there already and may not be overwritten.
    """
    if not is_dicom(path) and path.exists():
        raise InputError("this is no DICOM file: only DICOM plans are converted", Place(str(path)))
    files = open_beams(path, machine, number, group)
    beams = [file.beam for file in files if file.beam is not None]
    if not all(file.deliverable for file in files):
        return Conversion(files, ())
    if any(file.field is not None for file in files):
        name = files[0].machine.name if files[0].machine else ""
        raise InputError(
            f"{name} delivers prescribed fields, of which no TrueBeam XML is made: "
            "name a TrueBeam (--machine)",
            Place(str(path)),
        )
    targets = _targets(path, out, beams)
    for target in targets:
        check_free(target, overwrite=overwrite)
    for beam, target in zip(beams, targets, strict=True):
        write_beam(beam, target)
    return Conversion(files, tuple(targets))


def _targets(path: Path, out: Path, beams: list[Beam]) -> list[Path]:
    if out.is_dir():
        return [out / f"{path.stem}-beam{beam.id}.xml" for beam in beams]
    if len(beams) > 1:
        starts = ", ".join(str(beam.id) for beam in beams)
        raise InputError(
            f"the plan makes {len(beams)} XML beams, which start at beams {starts}: "
            "choose one with --beam, or name an existing folder",
            Place(str(out)),
        )
    if out.exists() and out.samefile(path):
        raise InputError("this is the plan itself: name another file", Place(str(out)))
    return [out]
