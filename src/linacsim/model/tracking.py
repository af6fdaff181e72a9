"""Tracking records of a beam (manual, Appendix A, Tracking)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tracking:
    """The Tracking element."""

    initial_capability_ratio: float | None = None
