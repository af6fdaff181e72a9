"""Image modes and the range of the kV source (manual, "Imaging Modes")."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from linacsim.machines.spec import Range
from linacsim.machines.tables import DATA


@dataclass(frozen=True, slots=True)
class ImagingMode:
    """One image mode of one beam; a name may stand for a mode of each beam."""

    id: str
    beam: str
    """`kV` or `MV`."""
    continuous: bool
    """Whether it takes rows of images, not single ones."""


@cache
def imaging_modes() -> tuple[ImagingMode, ...]:
    """Return all modes."""
    return tuple(
        ImagingMode(row["id"], row["beam"], row["technique"] == "continuous")
        for row in _document()["mode"]
    )


@cache
def kv_source_ranges() -> Mapping[str, Range]:
    """Return what the kV source can do, by field of `KvParameters`."""
    return MappingProxyType(
        {
            name: Range(float(entry["lower"]), float(entry["upper"]))
            for name, entry in _document()["kv_source"].items()
        }
    )


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((DATA / "catalogues" / "imaging.toml").read_text("utf-8"))
