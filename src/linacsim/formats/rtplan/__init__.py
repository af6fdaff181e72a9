"""DICOM RT Plans in (DICOM PS3.3, A.20; research/real-data.md 2).

`read_plan` reads a file, `parse_plan` bytes and `plan_of` a pydicom dataset into an `RtPlan`, which
is the same for every machine; `truebeam_sequences` makes beams for a TrueBeam of it. Reading needs
the extra `dicom`.
"""

from linacsim.formats.rtplan.file import is_dicom
from linacsim.formats.rtplan.plan import PlanRead, parse_plan, plan_of, read_plan
from linacsim.formats.rtplan.truebeam import truebeam_sequences
from linacsim.formats.rtplan.truebeam_field import MLC_MODELS
from linacsim.formats.rtplan.wholeness import whole_elements

__all__ = [
    "MLC_MODELS",
    "PlanRead",
    "is_dicom",
    "parse_plan",
    "plan_of",
    "read_plan",
    "truebeam_sequences",
    "whole_elements",
]
