"""Golden segmented treatment tables of enhanced dynamic wedges, by energy."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from linacsim.machines.tables import DATA
from linacsim.model.arrays import Floats, readonly

_STEP_CM = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class GoldenTable:
    """How much of the MU of a 60 degree wedge is given where the moving jaw stands."""

    places_cm: Floats
    """(n,) positions of the jaw, rising; positive is across the beam axis."""
    mu: Floats
    """(n,) cumulative MU in any unit, rising."""
    source: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        readonly(self.places_cm)
        readonly(self.mu)


@dataclass(frozen=True, slots=True)
class DynamicWedges:
    """What is known of dynamic wedges."""

    angles_deg: tuple[int, ...]
    tables: Mapping[str, GoldenTable]
    """By energy, such as `6x`."""


@cache
def dynamic_wedges() -> DynamicWedges:
    """Return the angles that a machine has and the golden tables."""
    document = tomllib.loads((DATA / "catalogues" / "dynamic_wedges.toml").read_text("utf-8"))
    tables = {}
    for energy, entry in document["table"].items():
        mu = np.array(entry["mu"])
        places = document["first_cm"] + _STEP_CM * np.arange(len(mu))
        tables[energy] = GoldenTable(places, mu, entry["source"])
    return DynamicWedges(tuple(document["angles_deg"]), MappingProxyType(tables))
