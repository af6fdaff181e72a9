"""From a sample to dose: what of a gating system comes after the sensor, as published.

Times are in ms. A part that is None is the machine's own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from linacsim.model.findings import InputError
from linacsim.motion.presets import sensor_entry

_LONGEST_MS = 60_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatingChain:
    """Transport and decision of a gating system, and the linac that it was measured with."""

    transport_ms: float | None = None
    """From the sensor to the gating system, on top of the sensor's own latency."""
    decision_ms: float | None = None
    """From the arrival of a sample to the edge of the gate's line."""
    beam_on_ms: float | None = None
    """From the edge to the first dose."""
    beam_off_ms: float | None = None
    """From the edge to the end of dose."""
    beam_on_at_rate_ms: Mapping[str, Sequence[tuple[float, float]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By energy: dose rates in MU/min in rising order, each with its beam-on; between them straight
    lines, beyond them the nearest."""
    published_on_ms: Sequence[float] = ()
    """End to end, mean and where known standard deviation."""
    published_off_ms: Sequence[float] = ()

    def __post_init__(self) -> None:
        """Refuse times that cannot be; InputError names the part."""
        for name in ("transport_ms", "decision_ms", "beam_on_ms", "beam_off_ms"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and 0 <= value <= _LONGEST_MS):
                raise InputError(f"sensor: {name} is {value:g}; allowed: 0 to {_LONGEST_MS:g}")

    def on_ms(self, energy: str, rate_mu_per_min: float) -> float | None:
        """Return the linac's beam-on for a beam; it may depend on energy and dose rate."""
        points = self.beam_on_at_rate_ms.get(energy)
        if not points:
            return self.beam_on_ms
        below = [point for point in points if point[0] <= rate_mu_per_min]
        above = [point for point in points if point[0] > rate_mu_per_min]
        if not below or not above:
            return (below[-1] if below else above[0])[1]
        (low, at_low), (high, at_high) = below[-1], above[0]
        return at_low + (at_high - at_low) * (rate_mu_per_min - low) / (high - low)


def chain_of(name: str) -> GatingChain:
    """Return what is known of the chain behind a sensor; InputError for an unknown sensor."""
    known = {item.name for item in fields(GatingChain)}
    entry = sensor_entry(name)
    return GatingChain(**{key: number["value"] for key, number in entry.items() if key in known})
