"""What one message of the stream tells, in the machine's own names and units."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError

PAIRS = 80


@dataclass(frozen=True, slots=True)
class Field:
    """The field that is loaded."""

    patient_id: str
    patient_name: str
    site: str
    field_id: str


EMULATED = Field("EMULATOR", "RESEARCH TEST ONLY", "EMULATED", "FIELD")
"""There is no patient; listeners keep a delivery only under a name."""


@dataclass(frozen=True, slots=True, eq=False)
class IcomRecord:
    """One moment. Raises InputError where leaves or diaphragms are not as many as they must be."""

    field: Field | None
    """None: nothing is loaded."""
    machine: str
    radiation: str
    energy: str
    segment: int
    total_mu: float
    delivered_mu: float
    backup_mu: float
    segment_mu: float
    beam_min: float
    """Time with beam."""
    gantry_deg: float
    """IEC 61217, -180 to 180."""
    collimator_deg: float
    table_isocentric_deg: float
    table_vertical_cm: float
    table_longitudinal_cm: float
    table_lateral_cm: float
    leaves_cm: Floats
    """(80, 2) from IEC -Y: banks Y2 and Y1, where they stand along IEC X."""
    diaphragms_cm: Floats
    """(2,) X2 (at IEC -Y) and X1, positive outward."""
    interlocks: tuple[str, ...] = ()
    wedge: str = "OUT"

    def __post_init__(self) -> None:
        """Look at the arrays."""
        if self.leaves_cm.shape != (PAIRS, 2):
            shape = " x ".join(map(str, self.leaves_cm.shape))
            raise InputError(f"the iCom stream has {PAIRS} x 2 leaf positions, given are {shape}")
        if self.diaphragms_cm.shape != (2,):
            raise InputError("the iCom stream has two diaphragms")
        if not (np.isfinite(self.leaves_cm).all() and np.isfinite(self.diaphragms_cm).all()):
            raise InputError("a leaf or diaphragm of the iCom stream is no number")
