"""Beam-hold devices (manual, Appendix A, BeamHoldDevices)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeamHoldDevice:
    """One Dev element; None where the attribute is absent."""

    id: int | None
    mv_beam_impact: bool | None = None
    motion_impact: bool | None = None
    sync_stop: bool | None = None
