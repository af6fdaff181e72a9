"""How a camera is used."""

from dataclasses import dataclass

from linacsim.devices.ndi.calibration import Calibration
from linacsim.devices.ndi.forms import ReplyForm
from linacsim.devices.ndi.frame_clock import FRAME_HZ
from linacsim.devices.sample import Limits


@dataclass(frozen=True, slots=True)
class PolarisSettings:
    """What a scenario says of it, in the units of the driver."""

    tool_file: bytes
    calibration: Calibration
    limits: Limits
    rate_hz: int = FRAME_HZ
    latency_ns: int = 14_200_000
    """From a frame to its earliest reply; published for a Vega (s13014-021-01804-7)."""
    reply: ReplyForm = ReplyForm.BX
    """BX2 and streams are asked for where the camera offers them, else BX."""
    baud: int | None = 115_200
    """Rate to switch a serial line to; None: leave the line as it is (TCP)."""
    serial: str | None = None
    """Serial number that the camera must have; None: any, but then the same again."""
    source: str = "NDI"
    """Tracking source it stands for."""
