"""Random feasible beams, made from a seed and a few choices so that failures shrink."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from linacsim.model.beam import Beam
from tests.beams import make_beam

KINDS = ("arc", "static", "motion", "step and shoot", "mixed")
STARTS = {"GantryRtn": 180.0, "CollRtn": 180.0, "CouchLng": 100.0, "X1": 5.0, "Y2": 5.0}
STEPS = {"GantryRtn": 6.0, "CollRtn": 3.0, "CouchLng": 0.8, "X1": 0.5, "Y2": 0.3}


@dataclass(frozen=True)
class Recipe:
    """What a random beam is made of."""

    kind: str
    points: int
    leaves: bool
    energy: str
    dose_rate: float
    seed: int

    def beam(self, **rest: Any) -> Beam:
        """Return the beam; it is small and the machine can deliver it."""
        rng = np.random.default_rng(self.seed)
        axes = [name for name in STARTS if rng.random() < 0.6] or ["GantryRtn"]
        at = {name: STARTS[name] for name in axes}
        mu, leaves = 0.0, np.full(120, 2.0)
        points: list[dict[str, Any]] = [self._point(mu, at, leaves)]
        for k in range(self.points):
            moves, shoots = self._segment(rng, k)
            if moves:
                at = {name: at[name] + rng.uniform(-1, 1) * STEPS[name] for name in axes}
                leaves = np.clip(leaves + rng.uniform(-0.6, 0.6, 120), 0.5, 4.0)
            mu += rng.uniform(0.2, 4.0) if shoots else 0.0
            points.append(self._point(mu, at, leaves))
        return make_beam(*points, energy=self.energy, dose_rate=self.dose_rate, **rest)

    def _segment(self, rng: np.random.Generator, k: int) -> tuple[bool, bool]:
        """Return whether a segment moves axes and whether it gives dose."""
        if self.kind == "mixed":
            return bool(rng.random() < 0.7), bool(rng.random() < 0.6)
        return {
            "arc": (True, True),
            "static": (False, True),
            "motion": (True, False),
            "step and shoot": (k % 2 == 1, k % 2 == 0),
        }[self.kind]

    def _point(self, mu: float, at: dict[str, float], leaves: np.ndarray) -> dict[str, Any]:
        shape = {"leaves": leaves} if self.leaves else {}
        return {"Mu": mu, **at, **shape}


RECIPES = st.builds(
    Recipe,
    kind=st.sampled_from(KINDS),
    points=st.integers(1, 6),
    leaves=st.booleans(),
    energy=st.sampled_from(["6x", "6x", "15x", "10xFFF"]),
    dose_rate=st.sampled_from([600.0, 300.0, 100.0]),
    seed=st.integers(0, 2**32 - 1),
)
