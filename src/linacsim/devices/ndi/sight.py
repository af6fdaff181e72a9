"""What a camera tells about its tool, as samples: each frame once, in order."""

import math

from linacsim.devices.health import SampleGuard
from linacsim.devices.ndi.calibration import MM_PER_CM, Calibration
from linacsim.devices.ndi.frame_clock import FrameClock
from linacsim.devices.ndi.marks import marks_of
from linacsim.devices.ndi.replies import SystemStatus, ToolState, Tracking
from linacsim.devices.sample import Mark, RawSample
from linacsim.model.messages import Samples

_NOWHERE = (math.nan,) * 3


class Sight:
    """The tool as it is seen from one start of tracking to the next."""

    def __init__(self, guard: SampleGuard, calibration: Calibration, source: str) -> None:
        """Take the judge of the samples, where the camera stands, and what it stands for."""
        self._guard = guard
        self._calibration = calibration
        self._source = source
        self._samples: list[Samples] = []
        self.begin(0, 0, Mark.NONE)

    def begin(self, handle: int, latency_ns: int, always: Mark) -> None:
        """Look for a tool whose frames begin anew, marking each sample with `always`.

        `latency_ns` is the time from a frame to its earliest reply.
        """
        self._handle = handle
        self._clock = FrameClock(latency_ns)
        self._always = always
        # Frame 0 is told as soon as tracking is on, before it can have been taken: no time for it.
        self._last_frame = 0
        self._system = SystemStatus(0)

    def learn(self, tracking: Tracking) -> None:
        """Take how the camera itself is, which holds until it is told again."""
        if tracking.system is not None:
            self._system = tracking.system

    def look(self, tracking: Tracking, now_ns: int) -> bool:
        """Take what is told about the tool; return whether that is a new frame."""
        self.learn(tracking)
        tool = self._new(tracking)
        if tool is None:
            return False
        self._last_frame = tool.frame
        sample = self._guard.take(self._raw(tool, now_ns), now_ns)
        if sample is not None:
            self._samples.append(Samples(self._source, (sample,)))
        return True

    def take(self) -> list[Samples]:
        """Return and forget the samples for the machine."""
        samples, self._samples = self._samples, []
        return samples

    def is_behind(self, tracking: Tracking) -> bool:
        """Return whether this tells of a newer frame than all that was looked at."""
        return self._new(tracking) is not None

    def _new(self, tracking: Tracking) -> ToolState | None:
        tool = tracking.tool(self._handle)
        return tool if tool is not None and tool.frame > self._last_frame else None

    def _raw(self, tool: ToolState, now_ns: int) -> RawSample:
        measured_ns = self._clock.measured_ns(tool.frame, now_ns)
        position, error_cm = _NOWHERE, 0.0
        if tool.pose is not None:
            position = self._calibration.to_room_cm(tool.pose.position_mm)
            error_cm = tool.pose.error_mm / MM_PER_CM
        marks = marks_of(tool, self._system) | self._always
        return RawSample(position, measured_ns, tool.frame, marks, error_cm)
