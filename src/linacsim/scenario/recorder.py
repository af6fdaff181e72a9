"""The files of a run: trajectory log with its companion text, journal, TRF log. All or none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from linacsim.engines.journal import JournalWriter
from linacsim.formats.trajectory_log import (
    LogHeader,
    TrajectoryLogWriter,
    beam_records,
    log_bytes,
    log_file_name,
    ready_folder,
)
from linacsim.formats.trajectory_log.records import EMULATED_PATIENT_ID
from linacsim.formats.trf.frames import TrfSink, has_trf
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Right
from linacsim.model.joints import FrameSink
from linacsim.model.signals import Inputs
from linacsim.model.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """Where and how a run is recorded."""

    folder: Path
    version: str = "3.0"
    interval_ms: int = 20
    trf_version: int = 3
    """Of the TRF log, which machines write that deliver fields with 80 leaf pairs."""


@dataclass(frozen=True, slots=True)
class Files:
    """What was written; None: nothing, because no beam was started or none was asked for."""

    log: Path | None = None
    journal: Path | None = None
    trf: Path | None = None
    log_full: bool = False
    """Whether the run went on after the end of the log, which records no longer than a real one."""

    def paths(self) -> list[Path]:
        """Return all that were written."""
        return [path for path in (self.log, self.journal, self.trf) if path is not None]


class Recorder:
    """Writes the files of one run while it goes on."""

    def __init__(
        self,
        options: RecordOptions,
        beam: Beam,
        trajectory: Trajectory | None,
        machine: MachineSpec,
        seed: int,
        rights: Right,
    ) -> None:
        """Open the files.

        Raises LogWriteError where the folder does not take them, before anything is delivered.
        """
        duration_s = trajectory.duration_s if trajectory else 0.0
        interval_ms = options.interval_ms
        size = log_bytes(
            machine.layout, duration_s, version=options.version, interval_ms=interval_ms
        )
        ready_folder(options.folder, size)
        path, when = _free_path(options.folder, beam)
        self._log = TrajectoryLogWriter(
            path,
            machine.layout,
            _header(beam, trajectory, machine),
            version=options.version,
            interval_ms=interval_ms,
        )
        self._trf = _trf_sink(path.with_suffix(".trf"), options, beam, machine, when)
        try:
            self._journal = JournalWriter(path.with_suffix(".journal"), machine, seed, rights)
        except InputError:
            self._log.abandon()
            raise

    @property
    def sinks(self) -> tuple[FrameSink, ...]:
        """The sinks of frames; `close` closes them."""
        return (self._log, self._journal, *([self._trf] if self._trf else []))

    def record(self, tick: int, inputs: Inputs) -> None:
        """Take the inputs of a tick."""
        self._journal.record(tick, inputs)

    def note(self, timing: dict[str, Any]) -> None:
        """Keep how punctual a live run was."""
        self._journal.note(timing)

    def close(self, *, truncated: bool = False) -> Files:
        """Finish the files and return where they are; if one fails, none stays."""
        try:
            trf = self._trf.close(truncated=truncated) if self._trf else None
            self._journal.close(truncated=truncated)
            log = self._log.close(truncated=truncated)
        except (InputError, OSError):
            self.abandon()
            raise
        return Files(log, self._journal.path, trf, self._log.full)

    def abandon(self) -> None:
        """Leave no file behind."""
        self._log.abandon()
        self._journal.abandon()
        if self._trf:
            self._trf.abandon()


def _trf_sink(
    path: Path, options: RecordOptions, beam: Beam, machine: MachineSpec, when: datetime
) -> TrfSink | None:
    """Return what writes the TRF log of a field; None where the machine writes none."""
    if not has_trf(machine):
        return None
    return TrfSink(
        path,
        machine.layout,
        field=f"{beam.id}/{beam.name}",
        mu=float(beam.resolved_mu()[-1]),
        when=when,
        version=options.trf_version,
    )


_ENDINGS = (".bin", ".txt", ".journal", ".trf", ".png")


def _free_path(folder: Path, beam: Beam) -> tuple[Path, datetime]:
    """Return a path for the log, and its time, moved on while files of that name exist."""
    when = datetime.now().astimezone()
    while True:
        name = log_file_name(EMULATED_PATIENT_ID, _plan_name(beam), beam.name, when)
        path = folder / name
        if not any(path.with_suffix(end).exists() for end in _ENDINGS):
            return path, when
        when += timedelta(seconds=1)


def _plan_name(beam: Beam) -> str:
    return Path(beam.source.path).stem if beam.source.path else "beam"


def _header(beam: Beam, trajectory: Trajectory | None, machine: MachineSpec) -> LogHeader:
    return LogHeader(
        plan_name=_plan_name(beam),
        beam_name=beam.name,
        original_mu=float(beam.resolved_mu()[-1]),
        energy=beam.energy,
        mlc_model=machine.mlc.log_code,
        subbeams=beam_records(beam, _lit_s(beam, trajectory) if trajectory else None),
        beam_number=beam.id,
    )


def _lit_s(beam: Beam, trajectory: Trajectory) -> Floats:
    """Return (n_points - 1,) the planned time with beam of each segment."""
    spent = trajectory.cp_time_s[1:] - trajectory.cp_departure_s[:-1]
    return np.where(np.diff(beam.resolved_mu()) > 0, spent, 0.0)
