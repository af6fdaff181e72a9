"""What a marker's stand-in gets wrong about where it is: scale, axes, zero, resolution."""

from collections.abc import Iterable

from linacsim.model.time import NS_PER_S
from linacsim.stubs.faults import Faults, Kind

Place = tuple[float, float, float]


def told(faults: Faults, place_mm: Iterable[float], noise_mm: float, time_ns: int) -> Place:
    """Return a place as a device tells it: with noise, distorted, as finely as it can."""
    gauss = faults.random.gauss
    x, y, z = (float(mm) + gauss(0.0, noise_mm) for mm in place_mm)
    return resolved(faults, distorted(faults, (x, y, z), time_ns), time_ns)


def distorted(faults: Faults, place_mm: Place, time_ns: int) -> Place:
    """Return a place as a device tells it that commits faults of the kinds looked at here."""
    x, y, z = place_mm
    if faults.on(Kind.SWAP, time_ns):
        y, z = z, y
    if faults.on(Kind.INVERT, time_ns):
        x, y, z = -x, -y, -z
    scale = faults.value(Kind.SCALE, time_ns)
    if scale is not None:
        x, y, z = x * scale, y * scale, z * scale
    spike = faults.happened(Kind.SPIKE, time_ns) or faults.on(Kind.SPIKE, time_ns)
    z += spike.value if spike else 0.0
    z += faults.value(Kind.STEP, time_ns) or 0.0
    drift = faults.on(Kind.DRIFT, time_ns)
    z += drift.value * (time_ns - drift.start_ns) / (60 * NS_PER_S) if drift else 0.0
    return x, y, z


def resolved(faults: Faults, place_mm: Place, time_ns: int) -> Place:
    """Return a place, noise and all, as finely as the device can tell it."""
    step = faults.value(Kind.COARSE, time_ns)
    if not step:
        return place_mm
    x, y, z = (round(mm / step) * step for mm in place_mm)
    return x, y, z
