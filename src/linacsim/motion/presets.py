"""Sensors that come with the package: numbers with their sources in data/sensors.toml."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from linacsim.model.findings import InputError

DATA = Path(__file__).with_name("data") / "sensors.toml"

_UPPER = {
    "rate_hz": 1000.0,
    "latency_ms": 10_000.0,
    "latency_jitter_ms": 1000.0,
    "clock_jitter_ms": 1000.0,
    "noise_cm": 5.0,
    "angle_noise_deg": 45.0,
    "quantum_cm": 1.0,
    "loss_share": 1.0,
    "max_age_ms": 60_000.0,
}
"""Numbers of a sensor with the greatest that is allowed; the least is 0."""
_SPANS = "occluded_gantry_deg"
NUMBERS = frozenset({*_UPPER, _SPANS})
"""Members of an entry that belong to the sensor; the rest is the chain behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSpec:
    """How a sensor sees; spreads are standard deviations."""

    title: str = ""
    stands_for: str = ""
    """Tracking source as which a beam knows it, such as `NDI`."""
    rate_hz: float
    latency_ms: float = 0.0
    """From measuring to the machine's having it."""
    latency_jitter_ms: float = 0.0
    clock_jitter_ms: float = 0.0
    """Of the moment of measuring."""
    noise_cm: float = 0.0
    """In each axis."""
    angle_noise_deg: float | None = None
    """About each axis; None: it sees points only, and no rotation."""
    quantum_cm: float = 0.0
    """Step of the numbers sent; 0: none."""
    loss_share: float = 0.0
    """Share of single samples in which the marker is not seen."""
    max_age_ms: float = 500.0
    """Older samples are not to be used."""
    occluded_gantry_deg: tuple[tuple[float, float], ...] = ()
    """Gantry angles, from and to (Varian internal scale), at which the marker is hidden."""
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be; InputError names the number."""
        for name, upper in _UPPER.items():
            value = getattr(self, name)
            if value is None:
                continue
            if not (math.isfinite(value) and 0 <= value <= upper):
                raise InputError(f"sensor: {name} is {value:g}; allowed: 0 to {upper:g}")
        if self.rate_hz == 0:
            raise InputError("sensor: rate_hz must be more than 0")


def sensor_names() -> tuple[str, ...]:
    """Return the names of the sensors that come with the package."""
    return tuple(name for name, entry in _document().items() if isinstance(entry, dict))


def sensor_spec(name: str) -> SensorSpec:
    """Return a sensor by name; InputError for one that is not known."""
    numbers = {key: number for key, number in sensor_entry(name).items() if key in NUMBERS}
    values = {key: number["value"] for key, number in numbers.items()}
    spans = tuple((float(low), float(high)) for low, high in values.pop(_SPANS))
    sources = MappingProxyType({key: str(number["source"]) for key, number in numbers.items()})
    return SensorSpec(
        title=str(sensor_entry(name)["title"]),
        stands_for=str(sensor_entry(name)["stands_for"]),
        occluded_gantry_deg=spans,
        sources=sources,
        **values,
    )


def sensor_entry(name: str) -> Mapping[str, Any]:
    """Return all that is written of a sensor: its title, and numbers with value and source.

    Raises InputError for one that is not known.
    """
    known = sensor_names()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"unknown sensor {name!r}{hint}; known: {', '.join(known)}")
    entry: Mapping[str, Any] = _document()[name]
    return entry


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))
