"""Imaging records of a beam (manual, Appendix A, ImagingParameters)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImagingParameters:
    """The ImagingParameters element."""
