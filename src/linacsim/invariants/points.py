"""What the beam asks for, as the eye needs it: control points, energy, ceilings."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Control points of a beam, carried forward."""

    mu: Floats
    """(n,) cumulative MU."""
    positions: Floats
    """(n, n_axes); NaN for axes that the beam does not name, and for carriages."""
    energy: str = ""
    dose_rate: Floats | None = None
    """(n,) ceiling in MU/min in force from each point on; NaN or None: the energy's own."""
    max_speed: Floats | None = None
    """(n_axes,) ceiling in deg/s or cm/s; NaN or None: the machine's own."""

    @classmethod
    def of(cls, beam: Beam, max_speed: Floats | None = None) -> Self:
        """Return the points of a beam."""
        return cls(
            mu=beam.resolved_mu(),
            positions=beam.resolved_positions(),
            energy=beam.energy,
            dose_rate=beam.resolved_dose_rate(),
            max_speed=max_speed,
        )

    def moving(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Return the columns of axes that the beam moves."""
        change = np.nan_to_num(np.diff(self.positions, axis=0))
        return np.flatnonzero(change.any(axis=0))
