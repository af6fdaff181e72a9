"""What a log says about its beam, given to the writer and found by the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam

EMULATED_PATIENT_ID = "LINACSIM"
"""Patient ID of logs made here, unless the caller has another: no patient was near this beam."""


@dataclass(frozen=True, slots=True)
class BeamRecord:
    """One subbeam record (research/log-formats.md 1.3)."""

    start_control_point: int
    """Control points are numbered through the whole sequence."""
    planned_mu: float
    radiation_time_s: float
    """Planned beam timer."""
    sequence: int
    name: str


@dataclass(frozen=True, slots=True)
class LogHeader:
    """What the writer must be told about the beam."""

    plan_name: str
    beam_name: str
    original_mu: float
    energy: str
    mlc_model: int
    """MLC code of the log, `MlcGeometry.log_code` of the machine."""
    subbeams: tuple[BeamRecord, ...]
    patient_id: str = EMULATED_PATIENT_ID
    plan_uid: str = ""
    beam_number: int | None = None
    remaining_mu: float | None = None
    """MU not yet given before this delivery; None: all of `original_mu`."""
    lacking: frozenset[Axis] = frozenset()
    """Axes that the machine does not have; their columns hold float32 maximum."""

    def metadata(self) -> Mapping[str, str]:
        """Return the texts of the metadata block, by key."""
        remaining = self.original_mu if self.remaining_mu is None else self.remaining_mu
        return {
            "Patient ID": self.patient_id,
            "Plan Name": self.plan_name,
            "Plan UID": self.plan_uid,
            "Original MU": f"{self.original_mu:.10g}",
            "Remaining MU": f"{remaining:.10g}",
            "Energy": self.energy,
            "BeamName": self.beam_name,
        }


@dataclass(frozen=True, slots=True)
class FileHeader:
    """The header of a log file as found (research/log-formats.md 1.1)."""

    version: str
    interval_ms: int
    axes: tuple[int, ...]
    """Axis enumeration."""
    samples: tuple[int, ...]
    """Samples per axis."""
    axis_scale: int
    truncated: bool
    """The recording limit was reached, or the recording was cut off."""
    snapshots: int
    mlc_model: int
    subbeams: tuple[BeamRecord, ...]
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    emulated: bool = False
    """The file says that an emulator made it."""
    machine_serial: str = ""
    """Version 5.1 only."""

    @property
    def columns(self) -> int:
        """Return the number of columns of a snapshot, each expected and actual."""
        return sum(self.samples)


def beam_records(beam: Beam, lit_s: Floats | None = None) -> tuple[BeamRecord, ...]:
    """Return one record for each SubBeam of `beam`, or a single one where it has none.

    Each has its own planned beam time (research/log-formats.md 1.3): its MaxRadTime, else the sum
    over its part of `lit_s` (n_points - 1,), the planned time with beam of each segment; None is 0.
    """
    mu = beam.resolved_mu()
    lit_s = np.zeros(len(mu) - 1) if lit_s is None else lit_s
    starts = sorted(beam.control_points.sub_beam.items())
    if not starts:
        return (BeamRecord(0, float(mu[-1] - mu[0]), float(lit_s.sum()), 0, beam.name),)
    ends = [start for start, _ in starts[1:]] + [len(mu) - 1]
    return tuple(
        BeamRecord(
            start_control_point=start,
            planned_mu=float(mu[end] - mu[start]),
            radiation_time_s=sub.max_rad_time_s or float(lit_s[start:end].sum()),
            sequence=sequence,
            name=sub.name or beam.name,
        )
        for sequence, ((start, sub), end) in enumerate(zip(starts, ends, strict=True))
    )
