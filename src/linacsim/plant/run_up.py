"""How the beam of some machines comes on: slowly at first, then within a moment at full rate.

Public TRF logs show some 5 % of the rate for half a second and more (research/log-formats.md 2.4).
"""

from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import FieldRules
from linacsim.model.arrays import Floats
from linacsim.plant.pursuit import TICK_S


@dataclass(frozen=True, slots=True)
class RunUp:
    """The ceiling of the dose while a beam comes on."""

    slow_s: float = 0.0
    slow_share: float = 1.0
    ramp_s: float = 0.0

    @classmethod
    def of(cls, rules: FieldRules | None) -> "RunUp":
        """Return the run-up of a machine; without rules the beam is there at once."""
        if rules is None:
            return cls()
        return cls(rules.run_up_s, rules.run_up_share, rules.run_up_ramp_s)

    @property
    def ticks(self) -> int:
        """Ticks in which the beam runs up."""
        return round((self.slow_s + self.ramp_s) / TICK_S)

    def shares(self, lit: int, n: int) -> Floats:
        """Return (n,) full ticks' worth of dose that may have come `lit` + 1 and more ticks in."""
        time_s = (lit + 1 + np.arange(n)) * TICK_S
        ramp = np.clip(time_s - self.slow_s, 0.0, self.ramp_s)
        ramped = self.slow_share * ramp
        if self.ramp_s > 0:
            ramped = ramped + 0.5 * (1.0 - self.slow_share) * ramp**2 / self.ramp_s
        return np.asarray((self.slow_share * np.minimum(time_s, self.slow_s) + ramped) / TICK_S)
