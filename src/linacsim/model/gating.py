"""Beam-hold devices (manual, Appendix A, BeamHoldDevices)."""

from dataclasses import dataclass, field


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
