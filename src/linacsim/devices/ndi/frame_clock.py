"""From the camera's frame numbers to host time.

The camera counts frames at 60 Hz whatever its sample rate and stamps nothing else. A reply reaches
the host some time after its frame was taken: never less than the shortest way takes, often more.
So the earliest arrivals of late show where the camera's clock stands (research/hil-protocols.md
1.11: never the arrival time of a reply itself).

Allowances: any jitter of arrival, polling faster or slower than frames come, a camera clock up to
`DRIFT` off. Restrictions: the shortest way itself (exposure, camera, transport) cannot be seen; it
is a parameter with a source, `latency_ns`.
"""

from collections import deque

from linacsim.model.time import NS_PER_S

FRAME_HZ = 60
WINDOW_FRAMES = 600
"""Ten seconds: a clock that drifts by `DRIFT` moves by a millisecond in it."""
DRIFT = 100e-6
"""Greatest rate error of a crystal that is allowed for."""


class FrameClock:
    """Fits host time to frame numbers; forget it by making a new one after a reset."""

    def __init__(self, latency_ns: int) -> None:
        """Take the time from a frame to its earliest arrival."""
        self._latency_ns = latency_ns
        self._earliest: deque[tuple[int, int]] = deque()
        """Frames with their offset, offsets rising: the first is the least of the window."""
        self._last_ns = -(1 << 62)

    def measured_ns(self, frame: int, arrived_ns: int) -> int:
        """Return when a frame was taken; frames come in order, each once.

        Times rise from frame to frame and never lie after the arrival.
        """
        offset_ns = arrived_ns - self._frame_ns(frame)
        while self._earliest and self._earliest[-1][1] >= offset_ns:
            self._earliest.pop()
        self._earliest.append((frame, offset_ns))
        while self._earliest[0][0] < frame - WINDOW_FRAMES:
            self._earliest.popleft()
        seen_frame, least_ns = self._earliest[0]
        # The camera's clock may have run away by this much since the least was seen.
        slack_ns = round(DRIFT * self._frame_ns(frame - seen_frame))
        estimate_ns = self._frame_ns(frame) + min(offset_ns, least_ns + slack_ns)
        self._last_ns = max(estimate_ns - self._latency_ns, self._last_ns + 1)
        return min(self._last_ns, arrived_ns)

    @staticmethod
    def _frame_ns(frame: int) -> int:
        return frame * NS_PER_S // FRAME_HZ
