"""Questions that come as soon as a new frame can be there."""

import pytest

from linacsim.devices.ndi.pacing import Pacing
from linacsim.model.time import NS_PER_MS, NS_PER_S


def asked(rate_hz: int, phase_ns: int, frames: int, late_ns: dict[int, int], drift: float = 0.0):
    """Return how long after it was there each frame was asked for, None for one that was lost.

    Frames are there from `phase_ns` on; `late_ns` tells by how much some questions come late.
    """
    period_ns = NS_PER_S / rate_hz * (1 + drift)
    pacing, now_ns, last = Pacing(rate_hz, 0), 0, -1
    waited: list[int | None] = []
    questions = 0
    while len(waited) < frames:
        frame = int((now_ns - phase_ns) // period_ns)
        new = frame > last
        if new:
            waited += [None] * (frame - last - 1 if last >= 0 else 0)
            waited.append(int(now_ns - phase_ns - frame * period_ns))
            last = frame
        now_ns = pacing.next_ns(new=new, now_ns=now_ns + NS_PER_MS // 5)
        questions += 1
        now_ns += late_ns.get(questions, 0)
    return waited, questions


@pytest.mark.parametrize("rate_hz", [20, 30, 60])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("drift", [-1e-4, 0.0, 1e-4])
def test_each_frame_is_asked_for_soon_and_seldom_twice(rate_hz, phase, drift) -> None:
    period_ns = NS_PER_S // rate_hz
    waited, questions = asked(rate_hz, int(phase * period_ns), 600, {}, drift)
    assert None not in waited
    assert max(wait for wait in waited[20:] if wait is not None) <= period_ns // 8
    assert questions < 1.1 * 600


def test_a_late_question_does_not_make_the_next_ones_late() -> None:
    period_ns = NS_PER_S // 60
    late = 14 * NS_PER_MS
    waited, _ = asked(60, 5 * NS_PER_MS, 300, {150: late})
    assert None not in waited, "it had nearly the whole period left"
    slow = [wait for wait in waited[20:] if wait is not None and wait > period_ns // 8]
    assert len(slow) == 1


def test_a_stall_of_many_frames_loses_them_and_no_others() -> None:
    waited, _ = asked(60, 0, 300, {100: NS_PER_S})
    assert 58 <= waited.count(None) <= 60
    assert max(wait for wait in waited[200:] if wait is not None) <= NS_PER_S // 60 // 8


def test_a_camera_without_new_frames_is_asked_at_leisure() -> None:
    pacing, now_ns = Pacing(60, 0), 0
    times = []
    while now_ns < NS_PER_S:
        now_ns = pacing.next_ns(new=False, now_ns=now_ns)
        times.append(now_ns)
    assert 115 <= len(times) <= 125, "twice a frame, and a little more at first"
