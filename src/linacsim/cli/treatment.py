"""Treatment records of `linacsim deliver --record`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.model.findings import InputError, Place

if TYPE_CHECKING:
    from linacsim.machines.spec import MachineSpec
    from linacsim.scenario.beam_file import BeamFile
    from linacsim.scenario.recorder import Files
    from linacsim.scenario.treatment import Field, TreatmentTape


@dataclass(slots=True)
class Records:
    """The records of one delivery of a plan, sequence after sequence."""

    plan: Path
    sequences: "list[list[Field]]"
    """Fields of each sequence that is still to come."""
    _tapes: "list[TreatmentTape]" = field(default_factory=list)

    @classmethod
    def of(cls, path: Path, number: int | None, files: "Sequence[BeamFile]") -> "Records":
        """Return the records of a plan's delivery. Raises InputError where it is no plan."""
        from linacsim.formats.rtplan import is_dicom, read_plan
        from linacsim.scenario.plan_file import wanted_references
        from linacsim.scenario.treatment import fields_of, split_by_sequence

        if not is_dicom(path):
            raise InputError("--record: only deliveries of DICOM plans have one", Place(str(path)))
        plan = read_plan(path).plan
        beams = [file.beam for file in files if file.beam is not None]
        fields = fields_of(plan, wanted_references(plan, number))
        return cls(path, split_by_sequence(fields, beams))

    def tape(self) -> "TreatmentTape":
        """Return the sink for the next sequence."""
        from linacsim.scenario.treatment import TreatmentTape

        self._tapes.append(TreatmentTape())
        return self._tapes[-1]

    def write(self, files: "Files", machine: "MachineSpec") -> list[Path]:
        """Write the records of the sequence that was delivered last; none without a log."""
        from datetime import datetime

        from linacsim.scenario.treatment import write_records

        fields = self.sequences.pop(0)
        if files.log is None:
            return []
        pieces = list(self._tapes.pop().pieces(fields))
        return write_records(
            self.plan, pieces, machine=machine.name, started=datetime.now(), log=files.log
        )
