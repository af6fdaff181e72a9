"""What control proposes for the next ticks, before the plant has answered."""

from dataclasses import dataclass

from linacsim.model.arrays import Floats, Ints
from linacsim.model.signals import BeamHold, Commands


@dataclass(frozen=True, slots=True)
class Proposal:
    """Commands for n ticks and the expected side of the frames they will make."""

    commands: Commands
    expected: Floats | None
    """(n, n_axes); None: the expected column repeats the actual one."""
    leg: Ints
    """(n,) leg of the trajectory, -1 for none."""
    cp: Floats
    """(n,) fractional control point."""
    mu_expected: Floats
    """(n,)"""
    cursor_ns: Ints
    """(n,) trajectory time reached."""
    hold: BeamHold
    """Beam-hold line, the same for all n ticks."""

    def __len__(self) -> int:
        """Return the number of ticks."""
        return len(self.cp)
