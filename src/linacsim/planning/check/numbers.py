"""Words for numbers, and small questions about beams that several rule families ask."""

import math
from collections.abc import Iterable
from difflib import get_close_matches

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam

TOLERANCE = 1e-6
"""Slack for decimal numbers in cm and deg that binary ones cannot hold exactly."""


def given(value: float | None) -> bool:
    """Return whether a number is there; the reader has reported NaN where it is not."""
    return value is not None and not math.isnan(value)


def outside(value: float | None, lower: float, upper: float) -> bool:
    """Return whether a number is there and not in the closed interval."""
    return value is not None and given(value) and not lower <= value <= upper


def negative(value: float | None) -> bool:
    """Return whether a number is there and is below 0 or infinite."""
    return value is not None and given(value) and not 0 <= value < math.inf


def has_mv(energy: str, machine: MachineSpec) -> bool:
    """Return whether an energy is an MV beam; `0k` is not (manual, element Cp, units)."""
    known = machine.energies.get(energy)
    return known.max_dose_rate_mu_per_min > 0 if known else not energy.endswith("k")


def is_image_only(beam: Beam) -> bool:
    """Return whether the beam takes images outside treatment."""
    return beam.imaging is not None and beam.imaging.outside_treatment is not None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a mend for an unknown name: the known one that is most alike, or nothing."""
    by_lower = {item.lower(): item for item in known}
    alike = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    return f"did you mean {by_lower[alike[0]]}?" if alike else ""
