"""DICOM RT Plans in (DICOM PS3.3, A.20; research/real-data.md 2).

`read_plan` reads a file, `parse_plan` bytes and `plan_of` a pydicom dataset into an `RtPlan`, which
is the same for every machine. Needs the extra `dicom`.
"""

from linacsim.formats.rtplan.file import is_dicom
from linacsim.formats.rtplan.plan import PlanRead, parse_plan, plan_of, read_plan

__all__ = ["PlanRead", "is_dicom", "parse_plan", "plan_of", "read_plan"]
