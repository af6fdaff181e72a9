"""Where the deliveries of a stored fraction group stand: which fraction is next, what is begun."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linacsim.model.findings import InputError

COMPLETE, NOT_COMPLETE, ABANDONED = "COMPLETE", "NOT COMPLETE", "ABANDONED"
"""States of a delivery; an abandoned one was not complete and is not gone on with."""


@dataclass(frozen=True, slots=True)
class Course:
    """The deliveries of one fraction group so far."""

    fraction: int
    """Number of the fraction that is delivered next, or gone on with."""
    begun: tuple[Mapping[str, Any], ...]
    """Deliveries of this fraction, none of them complete."""
    attempts: int
    """Deliveries of this fraction, abandoned ones included."""

    @classmethod
    def of(cls, deliveries: Sequence[Mapping[str, Any]]) -> "Course":
        """Return how the deliveries of the database, oldest first, stand."""
        done = [k for k, one in enumerate(deliveries) if one["state"] == COMPLETE]
        since = deliveries[done[-1] + 1 :] if done else deliveries
        begun = tuple(one for one in since if one["state"] != ABANDONED)
        return cls(len(done) + 1, begun, len(since))

    @property
    def begun_mu(self) -> float:
        """What the fraction that is gone on with has had."""
        return math.fsum(one["mu"] for one in self.begun)

    def plan_name(self, prescribed: str) -> str:
        """Return a name for the plan as it is delivered, one that no delivery before had."""
        more = f"_{self.attempts + 1}" if self.attempts else ""
        return f"{prescribed}_fraction{self.fraction}{more}.dcm"

    def records(self) -> list[Path]:
        """Return the treatment records of this fraction so far."""
        return [
            Path(name)
            for one in self.begun
            for name in one["files"]
            if "_record" in Path(name).name and name.endswith(".dcm")
        ]

    def check(self, *, remaining: bool, anew: bool) -> None:
        """Raise InputError unless it is clear whether MU are delivered again or not."""
        if remaining and anew:
            raise InputError("--remaining and --anew: give one of them")
        if remaining and not self.begun:
            raise InputError(f"--remaining: fraction {self.fraction} has not been begun")
        if self.begun and not (remaining or anew):
            raise InputError(
                f"fraction {self.fraction} was begun and is not complete: deliver what is left "
                "with --remaining, or all of it once more with --anew"
            )
