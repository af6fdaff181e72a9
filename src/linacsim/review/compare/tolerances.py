"""Tolerances of a comparison, by file."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError, Place

SCHEMA = 1
Value = float | bool

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
    values = dict(_default())
    if path is not None:
        values |= _read(path, values)
    return Tolerances(values)


def default_text() -> str:
    """Return the default file, for people to start from."""
    return (files(__package__) / "tolerances.toml").read_text(encoding="utf-8")


def _default() -> Iterator[tuple[str, Value]]:
    return _flat(tomllib.loads(default_text()))


def _flat(content: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    for section, keys in content.items():
        if isinstance(keys, dict):
            yield from ((f"{section}.{key}", value) for key, value in keys.items())


def _read(path: Path, known: dict[str, Value]) -> dict[str, Value]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not TOML: {error}", Place(str(path))) from None
    if content.get("schema") != SCHEMA:
        raise InputError(f"must say schema = {SCHEMA}", Place(str(path), element="schema"))
    sections = {key.split(".")[0] for key in known}
    for name, keys in content.items():
        if name != "schema" and (name not in sections or not isinstance(keys, dict)):
            raise _unknown(path, name, sorted(sections))
    values = dict(_flat(content))
    for key, value in values.items():
        _check(path, key, value, known)
    return values


def _check(path: Path, key: str, value: object, known: dict[str, Value]) -> None:
    place = Place(str(path), element=key)
    if key not in known:
        raise _unknown(path, key, list(known))
    if isinstance(known[key], bool):
        if not isinstance(value, bool):
            raise InputError(f"must be true or false, not {value!r}", place)
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not isfinite(value) or value <= 0:  # type: ignore[arg-type, operator]
        raise InputError(f"must be a number above 0, not {value!r}", place)


def _unknown(path: Path, key: str, known: list[str]) -> InputError:
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return InputError(f"unknown key; {hint}", Place(str(path), element=key))
