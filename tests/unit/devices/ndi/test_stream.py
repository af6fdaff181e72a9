"""The driver with a camera that sends each frame by itself, on a simulated wire."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.ndi.forms import ReplyForm
from linacsim.devices.ndi.packets import binary_reply, command, stream_packet
from linacsim.model.messages import DeviceNote, Standing
from linacsim.model.time import NS_PER_S
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Polaris, model_of
from tests.unit.devices.ndi.rig import (
    BREATH,
    MS,
    SECOND,
    SETTINGS,
    Asked,
    Rig,
    rig,
    samples,
    standings,
)

STREAM = replace(SETTINGS, reply=ReplyForm.STREAM)
FRAME_NS = NS_PER_S // 60


def streaming(stub: Polaris | None = None) -> Rig:
    """Return a driver that has been tracking for a while."""
    made = rig(STREAM, stub)
    made.run(3 * SECOND)
    return made


def test_nothing_is_asked_for_but_how_the_camera_is() -> None:
    camera = Asked(Camera(BREATH))
    made = rig(STREAM, camera)
    seen = samples(made.run(10 * SECOND))
    assert len(seen) > 9 * 60
    assert camera.questions.count("STREAM") == 1
    assert 8 <= camera.questions.count("BX") <= 11
    assert "BX2" not in camera.questions


def test_each_frame_comes_as_soon_as_the_camera_has_it() -> None:
    seen = samples(rig(STREAM).run(10 * SECOND))
    waits_ms = [(sample.received_ns - sample.measured_ns) / MS for sample in seen]
    assert np.median(waits_ms) == pytest.approx(14.2, abs=0.01), "what a Vega takes itself"
    assert max(waits_ms) < 20, "an answer may be before it on the wire"


def test_whoever_stands_still_loses_no_frame() -> None:
    """What the camera sends meanwhile waits in the system's buffer."""
    made = streaming()
    stub, driver, now_ns = made.stub, made.driver, 3 * SECOND + 5 * FRAME_NS
    stub.wake(now_ns)
    driver.receive(stub.take(), now_ns)
    seen = samples(list(driver.messages()))
    assert len(seen) == 5
    assert driver.guard.counts[Condition.DROPPED] == 0


def test_a_stream_that_somebody_else_has_stopped_is_asked_for_again() -> None:
    camera = Asked(Camera(BREATH))
    made = streaming(camera)
    camera.receive(command("USTREAM", "--id=linacsim"), 3 * SECOND)
    made.run(6 * SECOND)
    assert camera.questions.count("STREAM") == 2
    assert len(samples(made.run(7 * SECOND))) >= 59


def test_after_a_restart_it_is_asked_for_again() -> None:
    camera = Asked(Camera(BREATH, faults=Faults([fault_of("reboot@5")])))
    made = rig(STREAM, camera)
    assert standings(made.run(12 * SECOND))[-1] == (Standing.GOOD, "")
    assert camera.questions.count("STREAM") == 2
    assert len(samples(made.run(13 * SECOND))) >= 59


def test_what_an_earlier_client_left_streaming_is_not_used() -> None:
    made = rig(STREAM)
    made.driver.opened(0)
    made.driver.receive(stream_packet("linacsim", binary_reply(b"anything")), 0)
    made.run(3 * SECOND)
    before = len(samples(made.run(4 * SECOND)))
    made.driver.receive(stream_packet("another", binary_reply(b"anything")), 4 * SECOND)
    assert not samples(list(made.driver.messages()))
    assert before == pytest.approx(60, abs=1)


def test_frames_that_make_no_sense_end_the_dialogue_which_begins_again() -> None:
    made = streaming()
    made.driver.receive(stream_packet("linacsim", binary_reply(b"anything")), 3 * SECOND)
    told = standings(list(made.driver.messages()))
    assert told[-1][0] is not Standing.GOOD
    assert "not a BX2 reply" in told[-1][1]
    assert standings(made.run(9 * SECOND))[-1] == (Standing.GOOD, "")


def test_a_camera_too_old_for_streams_is_asked_with_bx_and_that_is_told() -> None:
    camera = Asked(Camera(BREATH), model_of("Polaris Spectra 7"))
    told = rig(STREAM, camera).run(4 * SECOND)
    assert samples(told)
    assert "STREAM" not in camera.questions
    (note,) = [m.text for m in told if isinstance(m, DeviceNote) and "streams" in m.text]
    assert note == "the camera's API, revision G.001.000, has no streams: it is asked with BX"


def test_the_last_words_stop_stream_and_tracking() -> None:
    made = streaming()
    made.driver.take()
    made.driver.leave(3 * SECOND)
    assert made.driver.take() == command("USTREAM", "--id=linacsim") + command("TSTOP")
