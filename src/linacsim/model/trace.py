"""A recorded motion trace: what a sensor or a phantom's file says, sample by sample.

Axes are those of the fixed room system with the couch at its reference position: X across, Y along
the axis of gantry rotation, Z up (manual, "The Fixed Room coordinate system"). A breathing signal
with one amplitude lies along one of them, Z where nothing else is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

import numpy as np

from linacsim.model.arrays import Bools, Bytes8, Floats, Ints, readonly
from linacsim.model.findings import Finding
from linacsim.model.time import NS_PER_S
from linacsim.model.trace_format import TraceFormat as TraceFormat


class TraceMark(IntEnum):
    """Mark of a sample in a VXP file."""

    NONE = 0
    ZERO = 1
    """`Z`: nearest to phase 0."""
    PI = 2
    """`P`: nearest to phase pi."""


LOST = -1
"""Valid flag of a sample whose marker was lost or whose video was bad."""

IRREGULAR = -2
"""Valid flag of a sample measured while breathing was irregular."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """n samples; all arrays are read-only. None: the source has no such column."""

    times_ns: Ints
    """(n,) since the first sample, strictly increasing."""
    positions: Floats
    """(n, 3) cm along X, Y, Z; NaN where nothing was measured."""
    valid: Bools
    """(n,) whether the sample may be used."""
    format: TraceFormat
    version: str = ""
    """As the file states it."""
    path: str | None = None
    axes: str = "xyz"
    """Axes that the source knows: one letter for a signal with one amplitude."""
    clock_origin_ns: int = 0
    """What the source's own clock said at the first sample."""
    stated_rate_hz: float | None = None
    """Rate that the header claims; None where it claims none."""
    phase_deg: Floats | None = None
    """(n,) 0 to 360."""
    flags: Ints | None = None
    """(n,) valid flags of RPM: below 0 for lost (-1) and irregular (-2)."""
    marks: Bytes8 | None = None
    """(n,) `TraceMark`."""
    beam_enable: Bools | None = None
    """(n,) whether the beam was enabled."""
    ttl_in: Bools | None = None
    """(n,) TTL from the scanner; which level means scanning depends on the site."""
    ttl_out: Bools | None = None
    """(n,) whether the scanner was triggered."""
    rotations_deg: Floats | None = None
    """(n, 3) about X, Y, Z."""
    gate_limits_cm: tuple[float, float] | None = None
    """Gate that the source states: lower and upper amplitude."""
    header: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Other entries of the header; those that may lead to a patient are left out."""
    findings: tuple[Finding, ...] = ()
    """What was odd about the file and what was done about it."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        readonly(self.times_ns)
        readonly(self.positions)
        readonly(self.valid)
        for array in (
            *(self.phase_deg, self.flags, self.marks, self.rotations_deg),
            *(self.beam_enable, self.ttl_in, self.ttl_out),
        ):
            if array is not None:
                readonly(array)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.times_ns)

    @property
    def duration_s(self) -> float:
        """From the first sample to the last."""
        return float(self.times_ns[-1]) / NS_PER_S

    @property
    def step_ns(self) -> int:
        """Median time from sample to sample."""
        return int(np.median(np.diff(self.times_ns)))

    @property
    def rate_hz(self) -> float:
        """Rate that the median step makes."""
        return NS_PER_S / self.step_ns
