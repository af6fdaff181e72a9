"""Beam-hold devices (manual, Appendix A, Dev and BeamHoldDevices)."""

from dataclasses import dataclass, field

RESPIRATORY_GATE = 4
"""Id of the machine's own respiratory gate (manual, example 12)."""
OPTICAL_CAMERA = "NDI"
"""Tracking source of the respiratory gate, and of 1.x gating that names none (manual, "Activating
the Gating Hardware")."""
HIGHEST_ID = 15
"""Ids are 0 to 15 (manual, BeamHoldDevices, rule 4)."""


@dataclass(frozen=True, slots=True)
class BeamHoldDevice:
    """One Dev element; None where the attribute is absent."""

    id: int | None = None
    """Number 0 to 15; 4 is the machine's own respiratory gate (manual, example 12)."""
    mv_beam_impact: bool | None = None
    """Default true."""
    motion_impact: bool | None = None
    """Default true."""
    sync_stop: bool | None = None
    """Default false."""
    line: int = field(default=0, compare=False)

    @property
    def holds_beam(self) -> bool:
        """Whether its line stops the MV beam."""
        return self.mv_beam_impact is not False

    @property
    def holds_motion(self) -> bool:
        """Whether its line stops motion."""
        return self.motion_impact is not False
