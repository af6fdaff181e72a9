"""Tolerances of a comparison, by file."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.review.tolerance_file import Value, tolerance_values

_AXIS_KEYS = {
    Axis.GANTRY_RTN: "gantry_deg",
    Axis.COLL_RTN: "collimator_deg",
    Axis.COUCH_RTN: "couch_deg",
    Axis.COUCH_PIT: "couch_deg",
    Axis.COUCH_ROL: "couch_deg",
    Axis.COUCH_VRT: "couch_cm",
    Axis.COUCH_LAT: "couch_cm",
    Axis.COUCH_LNG: "couch_cm",
    Axis.X1: "jaw_cm",
    Axis.X2: "jaw_cm",
    Axis.Y1: "jaw_cm",
    Axis.Y2: "jaw_cm",
    Axis.CARRIAGE_A: "carriage_cm",
    Axis.CARRIAGE_B: "carriage_cm",
}


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Values by their keys in the file, such as `time.hold_s`."""

    values: dict[str, Value]

    def __getitem__(self, key: str) -> float:
        """Return a number by its key."""
        return float(self.values[key])

    @property
    def judge_standing_couch(self) -> bool:
        """Whether a couch that stands elsewhere is a difference."""
        return bool(self.values["couch.judge_standing"])

    def of_axes(self, column: str, layout: AxisLayout) -> Floats:
        """Return (n_axes,) tolerances of `expected` or `actual` positions."""
        keys = [_AXIS_KEYS[axis] for axis in Axis]
        keys += ["leaf_cm"] * (layout.n_axes - len(keys))
        return np.array([self[f"{column}.{key}"] for key in keys])


def load_tolerances(path: Path | None = None) -> Tolerances:
    """Return the default tolerances, with those of a file in their place.

    Raises InputError that names the key where the file holds anything that is not a tolerance.
    """
    return Tolerances(tolerance_values(default_text(), path, zero=False))


def default_text() -> str:
    """Return the default file, for people to start from."""
    return (files(__package__) / "tolerances.toml").read_text(encoding="utf-8")
