"""The stub's camera: a marker block in motion, seen with noise at its frame rate."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.random import default_rng  # by name: NumPy imports it late, which holds up a frame

from linacsim.devices.ndi.calibration import AT_THE_FOOT, MM_PER_CM, Calibration
from linacsim.devices.ndi.replies import PortStatus, Pose
from linacsim.model.time import NS_PER_S
from linacsim.motion.source import Motion
from linacsim.stubs.distortion import distorted, resolved
from linacsim.stubs.faults import Fault, Faults, Kind
from linacsim.stubs.ndi.tools import Tool
from linacsim.stubs.ndi.tracking import FRAME_HZ, Seen, out_of_volume

VEGA_LATENCY_NS = 14_200_000
"""Published for a Polaris Vega (research/hil-protocols.md 1.11): from a frame to its reply."""
VEGA_NOISE_MM = 0.045
"""Published static error, RMS (same place)."""


@dataclass(slots=True)
class Camera:
    """What the camera sees at a time; the same seed gives the same noise for the same frames."""

    motion: Motion
    """Of the block, in the room."""
    calibration: Calibration = AT_THE_FOOT
    rate_hz: int = FRAME_HZ
    noise_mm: float = VEGA_NOISE_MM
    latency_ns: int = VEGA_LATENCY_NS
    seed: int = 0
    faults: Faults = field(default_factory=Faults)
    _frame: int = field(default=-1, init=False)
    _pose: Pose | None = field(default=None, init=False)

    @property
    def step(self) -> int:
        """By how much the number of a frame exceeds that of the one before."""
        return FRAME_HZ // self.rate_hz

    def frame_at(self, now_ns: int, since_ns: int) -> int:
        """Return the number of the newest frame that a reply can hold, counted at 60 Hz."""
        stopped = self._stopped(now_ns)
        return self.counted(stopped.start_ns if stopped else now_ns, since_ns)

    def counted(self, now_ns: int, since_ns: int) -> int:
        """Return the number of the newest frame by the clock, taken or not."""
        seen_ns = max(0, now_ns - since_ns - self.latency_ns)
        return seen_ns * self.rate_hz // NS_PER_S * self.step

    def ready_ns(self, frame: int, since_ns: int) -> int:
        """Return from when on a reply can hold a frame."""
        return since_ns + self.latency_ns - (-frame * NS_PER_S // FRAME_HZ)

    def took(self, frame: int, since_ns: int) -> bool:
        """Return whether a frame was taken at all."""
        return self._stopped(self.ready_ns(frame, since_ns)) is None

    def _stopped(self, now_ns: int) -> Fault | None:
        return self.faults.on(Kind.DROPOUT, now_ns) or self.faults.on(Kind.REPEAT, now_ns)

    def see(self, tools: list[tuple[int, Tool]], frame: int, since_ns: int) -> list[Seen]:
        """Return all tools in a frame; they are all on the same block."""
        time_ns = since_ns + frame * NS_PER_S // FRAME_HZ
        if frame != self._frame:
            self._frame, self._pose = frame, self._measure(frame, time_ns)
        out = []
        for handle, tool in tools:
            status = tool.status
            if self._pose is not None and out_of_volume(self._pose):
                status |= PortStatus.OUT_OF_VOLUME
            if self.faults.on(Kind.RANGE, time_ns):
                status |= PortStatus.OUT_OF_VOLUME
            missing = self.faults.on(Kind.MISSING, time_ns)
            out.append(Seen(handle, None if missing else self._pose, status))
        return out

    def _measure(self, frame: int, time_ns: int) -> Pose:
        faults = self.faults
        if faults.on(Kind.FREEZE, time_ns) and self._pose is not None:
            return self._pose
        room_cm = self.motion.positions(np.array([time_ns], dtype=np.int64))[0]
        x, y, z = (room_cm * MM_PER_CM).tolist()
        place_cm = [mm / MM_PER_CM for mm in distorted(faults, (x, y, z), time_ns)]
        noise_mm = default_rng((self.seed, frame)).normal(0.0, self.noise_mm, 3)
        off_mm = math.nan if faults.on(Kind.NAN, time_ns) else 0.0
        seen_mm = np.array(self.calibration.to_camera_mm(place_cm)) + noise_mm + off_mm
        x, y, z = seen_mm.tolist()
        x, y, z = resolved(faults, (x, y, z), time_ns)
        error_mm = faults.value(Kind.POOR_FIT, time_ns) or self.noise_mm
        return Pose((1.0, 0.0, 0.0, 0.0), (x, y, z), error_mm)
