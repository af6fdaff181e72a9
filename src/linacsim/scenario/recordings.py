"""Whatever holds a delivery, opened as a recording: a log, a journal, or a beam as planned."""

from pathlib import Path

from linacsim.engines.journal import read_journal
from linacsim.engines.keep import KeepFrames
from linacsim.engines.replay import replay
from linacsim.formats.trajectory_log import beam_records, read_log
from linacsim.formats.trajectory_log.layout import SIGNATURE
from linacsim.formats.trf import is_trf, read_trf
from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import InputError, Place, Severity
from linacsim.model.messages import Load
from linacsim.review.planned import of_trajectory
from linacsim.review.recording import Recording, of_frames, of_log
from linacsim.review.trf_recording import of_trf
from linacsim.scenario.beam_file import open_beam

TRF_START = 20
"""Bytes by which a TRF log is known."""


def open_recording(
    path: Path,
    machine: MachineSpec | None = None,
    number: int | None = None,
    group: int | None = None,
) -> Recording:
    """Return the delivery in a file.

    A trajectory log or a TRF log is read, a journal is run again, a beam is planned for the
    machine, by default the shipped one that has its MLC; `number` chooses one of a plan, `group`
    one of its fraction groups.
    Raises InputError or OSError where that cannot be done.
    """
    if path.is_dir():
        raise InputError("this is a folder: name a log, a journal or a beam", Place(str(path)))
    if path.suffix == ".journal":
        return _replayed(path)
    if is_trf_log(path):
        return of_trf(read_trf(path))
    with path.open("rb") as file:
        start = file.read(len(SIGNATURE))
    if start == SIGNATURE or path.suffix.lower() == ".bin":
        return of_log(read_log(path))
    return _planned(path, machine, number, group)


def is_trf_log(path: Path) -> bool:
    """Return whether a file is a TRF log, by its suffix or how it begins; may raise OSError."""
    if path.suffix.lower() == ".trf":
        return True
    with path.open("rb") as file:
        return is_trf(file.read(TRF_START))


def machine_of(recording: Recording) -> MachineSpec | None:
    """Return the shipped machine that has the recording's MLC; None if there is none."""
    for name in machine_names():
        machine = load_machine(name)
        if machine.mlc.model == recording.mlc_model:
            return machine
    return None


def _planned(
    path: Path, machine: MachineSpec | None, number: int | None, group: int | None
) -> Recording:
    file = open_beam(path, machine, number, group)
    trajectory = file.plan.trajectory if file.plan else None
    if file.beam is None or trajectory is None:
        errors = [str(f) for f in file.findings if f.severity is Severity.ERROR]
        first = errors[0] if errors else "there is nothing to deliver in it"
        raise InputError(f"the beam cannot be planned: {first}", Place(str(path)))
    return of_trajectory(trajectory, file.beam, name=path.name)


def _replayed(path: Path) -> Recording:
    journal = read_journal(path)
    loads = [m for messages in journal.inputs.values() for m in messages if isinstance(m, Load)]
    if not loads:
        raise InputError("no beam was loaded in this run", Place(str(path)))
    kept = KeepFrames()
    replay(journal, [kept])
    beam = loads[0].beam
    return of_frames(
        kept.blocks,
        journal.machine.layout,
        name=path.name,
        beam=beam.name,
        mlc_model=journal.machine.mlc.model,
        subbeams=beam_records(beam),
    )
