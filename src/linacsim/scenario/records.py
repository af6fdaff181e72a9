"""Treatment records of a plan's delivery: written beside its logs, and read again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from linacsim.formats.rtplan import is_dicom, read_plan
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError, Place
from linacsim.model.rt_plan import BeamReference, RtPlan
from linacsim.planning.fields.metersets import rounded
from linacsim.scenario.beam_file import BeamFile
from linacsim.scenario.plan_file import wanted_references
from linacsim.scenario.recorder import Files
from linacsim.scenario.treatment import Field, Piece, TreatmentTape


@dataclass(slots=True)
class Records:
    """The records of one delivery of a plan, sequence after sequence."""

    plan: Path
    sequences: list[list[Field]]
    """Fields of each sequence that is still to come."""
    group: int | None = None
    """Number of the fraction group; None: the first that has the beam."""
    fraction: int | None = None
    """Which fraction it is; None: nobody counts."""
    mu: float = 0.0
    """MU in all records written so far."""
    _tapes: list[TreatmentTape] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        path: Path,
        number: int | None,
        files: Sequence[BeamFile],
        *,
        group: int | None = None,
        fraction: int | None = None,
    ) -> "Records":
        """Return the records of a plan's delivery. Raises InputError where it is no plan."""
        if not is_dicom(path):
            raise InputError("--record: only deliveries of DICOM plans have one", Place(str(path)))
        plan = read_plan(path).plan
        if not plan.sop_instance_uid:
            text = "--record: the plan has no SOP Instance UID (0008,0018) that records could name"
            raise InputError(text, Place(str(path)))
        fields = fields_of(plan, wanted_references(plan, number, group))
        if any(file.field for file in files):
            by_number = {one.number: one for one in fields}
            sequences = [
                [_as_prescribed(by_number[file.beam.id or 0], file)] for file in files if file.beam
            ]
        else:
            sequences = split_by_sequence(fields, [file.beam for file in files if file.beam])
        return cls(path, sequences, group, fraction)

    def tape(self) -> TreatmentTape:
        """Return the sink for the next sequence."""
        self._tapes.append(TreatmentTape())
        return self._tapes[-1]

    def write(self, files: Files, machine: MachineSpec) -> list[Path]:
        """Write the records of the sequence that was delivered last; none without a log."""
        fields = self.sequences.pop(0)
        if files.log is None:
            return []
        pieces = list(self._tapes.pop().pieces(fields))
        self.mu += sum(piece.delivered_mu for piece in pieces)
        return write_records(
            self.plan,
            pieces,
            machine=machine.name,
            started=datetime.now(),
            log=files.log,
            group=self.group,
            fraction=self.fraction,
        )


def _as_prescribed(planned: Field, file: BeamFile) -> Field:
    """Return a beam with the MU that a machine of fields holds, and what is left of them."""
    assert file.field is not None
    assert file.machine is not None
    assert file.machine.field_rules is not None
    mu = rounded(planned.planned_mu, file.machine.field_rules.mu_step)
    return replace(planned, planned_mu=mu, start_mu=file.field.start_mu)


def delivered_mu(path: Path, records: Iterable[Path], group: int | None = None) -> dict[int, float]:
    """Return the MU that treatment records say the beams of a plan have had, by number.

    Those of a beam count from its last record on that does not continue another. Raises InputError
    for a file that is no record of this plan, or of another fraction group than `group`; without
    one it is the first that has the beam.
    """
    plan = read_plan(path).plan
    out: dict[int, float] = {}
    for session in sorted(
        (_session(one, plan, group) for one in records), key=lambda one: one.when
    ):
        before = out.get(session.number, 0.0) if session.is_continuation else 0.0
        out[session.number] = before + session.mu
    return out


class _Session(NamedTuple):
    """What a treatment record says."""

    when: str
    number: int
    mu: float
    is_continuation: bool


def _session(path: Path, plan: RtPlan, group: int | None) -> _Session:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        record = dcmread(path)
        about = record.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID
        (beam,) = record.TreatmentSessionBeamSequence
        found = _Session(
            f"{record.TreatmentDate}{record.TreatmentTime}",
            int(beam.ReferencedBeamNumber),
            float(beam.DeliveredPrimaryMeterset),
            beam.TreatmentDeliveryType == "CONTINUATION",
        )
        given = int(record.ReferencedFractionGroupNumber)
    except (InvalidDicomError, AttributeError, IndexError, TypeError, ValueError):
        place = Place(str(path))
        raise InputError("this is no RT Beams Treatment Record of linacsim's", place) from None
    if about != plan.sop_instance_uid:
        raise InputError("this treatment record is of another plan", Place(str(path)))
    wanted = plan.reference(found.number, group)
    if wanted is None or wanted[0].number != given:
        text = f"this treatment record is of fraction group {given}, which is not delivered"
        raise InputError(text, Place(str(path)))
    return found


def fields_of(plan: RtPlan, references: Sequence[BeamReference]) -> list[Field]:
    """Return the beams of references as fields; those without a meterset are left out."""
    out = []
    for reference in references:
        beam = plan.beam(reference.number)
        if beam is not None and reference.meterset is not None:
            out.append(Field(beam.number, beam.cumulative_mu(reference.meterset)))
    return out


def split_by_sequence(fields: Sequence[Field], beams: Sequence[Beam]) -> list[list[Field]]:
    """Return the fields of each sequence: those that its sub-beams are, in order."""
    left = list(fields)
    out = []
    for beam in beams:
        count = max(len(beam.control_points.sub_beam), 1)
        out.append(left[:count])
        left = left[count:]
    return out


def write_records(
    plan: Path,
    pieces: Sequence[Piece],
    *,
    machine: str,
    started: datetime,
    log: Path,
    group: int | None = None,
    fraction: int | None = None,
) -> list[Path]:
    """Write a DICOM file per piece beside a log and return where; OSError goes up."""
    from pydicom import dcmread

    from linacsim.dicom import treatment_record as records

    read, dataset = read_plan(plan).plan, dcmread(plan, force=True)
    paths = []
    for k, piece in enumerate(pieces, 1):
        points = tuple(
            records.Passed(
                point.index,
                point.specified_mu,
                point.delivered_mu,
                started + timedelta(seconds=point.after_s),
            )
            for point in piece.points
        )
        made = records.Piece(
            beam_number=piece.number,
            started=points[0].when,
            specified_mu=piece.specified_mu,
            delivered_mu=piece.delivered_mu,
            termination=records.Termination(piece.ended_by),
            is_continuation=piece.is_continuation,
            points=points,
        )
        path = log.with_name(f"{log.stem}_beam{piece.number}_record{k}.dcm")
        found = read.reference(piece.number, group)
        assert found is not None  # a beam without a meterset is not delivered
        record = records.treatment_record(dataset, made, machine, found[0].number, fraction)
        with path.open("xb") as file:
            file.write(records.encoded(record))
        paths.append(path)
    return paths
