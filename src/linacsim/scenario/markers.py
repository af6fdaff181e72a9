"""What drivers of markers must keep to, as a scenario says it."""

from linacsim.devices.ndi.calibration import Calibration
from linacsim.devices.sample import Limits, Mark
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.scenario.device_base import DeviceBase, UnprotectedBase
from linacsim.scenario.marker_base import CalibrationKeys, MarkerBase


def allowed_of(keys: DeviceBase) -> Mark:
    """Return which doubtful kinds of sources may release the beam all the same."""
    allowed = Mark.SIMULATED if keys.takes_stubs else Mark.NONE
    if isinstance(keys, UnprotectedBase) and keys.allow_unprotected:
        allowed |= Mark.UNPROTECTED
    return allowed


def limits_of(keys: MarkerBase, *, stride: float = 1.0) -> Limits:
    """Return what samples of a marker must keep to; `stride` as in `Limits`."""
    return Limits(
        period_ns=int(NS_PER_S / keys.rate_hz),
        stride=stride,
        least_age_ns=round(keys.least_age_limit_ms * NS_PER_MS),
        speed_cm_per_s=keys.speed_limit_cm_per_s,
        allowed=allowed_of(keys),
    )


def calibration_of(keys: CalibrationKeys | None, without: Calibration) -> Calibration:
    """Return where a device stands and how it looks. Raises InputError for axes that are none."""
    if keys is None:
        return without
    return Calibration.of(keys.origin_cm, (keys.x_axis, keys.y_axis, keys.z_axis))
