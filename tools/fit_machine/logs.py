"""The logs that are fitted: read, and refused where they are not of one machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linacsim.formats.trajectory_log import TrajectoryLog, read_companion, read_log
from linacsim.invariants import LogColumns
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError, Place
from linacsim.model.time import TICK_NS, seconds
from linacsim.review.log_check import columns_of
from linacsim.review.recording import Recording, of_log

FULL_RATE = 0.95
"""Share of a log's greatest dose rate from which the dose rate may be what limits."""
CREEP_CM_PER_S = 0.02
"""Carriages creep by up to 0.012 cm/s without that being a move (log-formats 6.1)."""
_TICK_S = seconds(TICK_NS)


@dataclass(frozen=True)
class Source:
    """One log."""

    number: int
    digest: str
    """First digits of its SHA-256: names of log files may hold those of patients."""
    recording: Recording
    columns: LogColumns
    energy: str
    """Empty: unknown."""
    serial: str

    @property
    def dt_s(self) -> float:
        """Time from row to row."""
        return self.columns.dt_s

    @property
    def layout(self) -> AxisLayout:
        """Columns."""
        return self.recording.layout

    def rounding(self, column: int) -> float:
        """Return what single precision does to one position of an axis."""
        return float(self.columns.rounding[column]) / 4

    def by_dose(self) -> Bools:
        """(n - 1,) steps in which the dose rate may be what limits."""
        rise = np.diff(self.recording.mu_expected)
        return np.asarray((rise > FULL_RATE * rise.max(initial=0.0)) & (rise > 0))

    def carried(self, column: int) -> Bools:
        """(n,) rows in which a leaf travels with its carriage."""
        if column < self.layout.leaves.start:
            return np.zeros(len(self.recording), dtype=bool)
        in_a = column < self.layout.bank_a.stop
        carriage = self.recording.expected[:, Axis.CARRIAGE_A if in_a else Axis.CARRIAGE_B]
        moves = np.abs(np.gradient(carriage, self.dt_s)) > CREEP_CM_PER_S
        return np.asarray(np.convolve(moves, np.ones(5), mode="same") > 0)


def read_sources(paths: Sequence[Path], energy: str | None) -> tuple[Source, ...]:
    """Return the logs; InputError where one cannot be read or they are not of one machine."""
    if not paths:
        raise InputError("no logs: name at least one trajectory log of the machine")
    sources: list[Source] = []
    for path in paths:
        source = _source(len(sources), path, energy)
        if source.digest in {other.digest for other in sources}:
            raise InputError("this log was given before: name each once", Place(str(path)))
        if sources:
            _same_machine(sources[0], source, path)
        sources.append(source)
    if not any(len(source.columns.moving) or _dose(source.recording) for source in sources):
        raise InputError(
            "nothing moves and no dose is given in any of the logs: nothing can be fitted"
        )
    return tuple(sources)


def section_columns(layout: AxisLayout, section: str, column: int | None) -> Ints:
    """Return the columns that share a section of a machine file."""
    if column is not None:
        return np.array([column])
    part = layout.carriages if section == "carriage" else layout.leaves
    return np.arange(part.start, part.stop)


def _source(number: int, path: Path, energy: str | None) -> Source:
    log = read_log(path)
    recording = of_log(log)
    return Source(
        number=number,
        digest=hashlib.sha256(path.read_bytes()).hexdigest()[:10],
        recording=recording,
        columns=columns_of(recording),
        energy=energy if energy is not None else _energy(log, path),
        serial=log.header.machine_serial,
    )


def _energy(log: TrajectoryLog, path: Path) -> str:
    return (log.header.metadata.get("Energy", "") or read_companion(path).get("Energy", "")).strip()


def _same_machine(first: Source, other: Source, path: Path) -> None:
    one, two = first.recording, other.recording
    place = Place(file=str(path))
    if one.mlc_model != two.mlc_model:
        raise InputError(
            f"this log is of a machine with MLC {two.mlc_model}, the first one of {one.mlc_model}: "
            "fit one machine at a time",
            place,
        )
    if first.serial and other.serial and first.serial != other.serial:
        raise InputError(
            "this log has another machine's serial number than the first one: fit one machine at "
            "a time",
            place,
        )
    if one.emulated != two.emulated:
        raise InputError(
            "some of the logs are of an emulator and some of a machine: fit one at a time", place
        )


def _dose(recording: Recording) -> bool:
    return bool(recording.mu_expected.max() > recording.mu_expected.min())


def speed_of(positions: Floats, dt_s: float) -> Floats:
    """Return (n,) speed over the tick that ends at each row, from the rows around it."""
    speed = np.gradient(positions, dt_s)
    speed[1:-1] -= np.diff(positions, 2) / dt_s**2 * _TICK_S / 2
    return np.asarray(speed)
