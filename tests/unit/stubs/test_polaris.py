"""The Polaris stub refuses what the camera refuses."""

import pytest

from linacsim.devices.ndi.packets import Reply, ReplyFramer, ascii_reply, command
from linacsim.model.time import NS_PER_S
from linacsim.motion.waveforms import Uniform
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Polaris, model_of


@pytest.mark.parametrize(
    ("name", "arguments", "reply"),
    [
        ("BEEP", "3", "1"),
        ("BEEP", "", "ERROR36"),
        ("BEEP", "12", "ERROR36"),
        ("ECHO", "hello", "hello"),
        ("DANCE", "", "ERROR01"),
        ("PHRQ", "*********1****", "ERROR10"),
    ],
)
def test_each_command_has_its_reply(name: str, arguments: str, reply: str) -> None:
    camera = Polaris(Camera(Uniform()))
    camera.receive(command(name, arguments), 0)
    assert camera.take() == ascii_reply(reply)


def tracking(*faults: str) -> Polaris:
    """Return a stub that has been tracking for a second."""
    camera = Polaris(Camera(Uniform(), faults=Faults([fault_of(text) for text in faults])))
    for name in ("INIT", "TSTART"):
        camera.receive(command(name), 0)
    camera.receive(b"", NS_PER_S)
    camera.take()
    return camera


def sent(camera: Polaris, until_ns: int) -> list[Reply]:
    """Return what it sends, woken as often as it wants to be."""
    framer, replies = ReplyFramer(), []
    while (due_ns := camera.next_ns()) is not None and due_ns <= until_ns:
        camera.wake(due_ns)
        replies += framer.receive(camera.take())
    return replies


@pytest.mark.parametrize(
    ("arguments", "stream", "per_second"),
    [
        ("--id=here BX2 --6d=tools", "here", 60),
        ("BX 0801", "BX 0801", 60),
        ("--interval=3 --id=here TX 0001", "here", 20),
        ('--cmd="BX2 --6d=tools" --id=here', "here", 60),
        ('--cmd="BX2 --6d=tools" --id=here --protocol=TCP', "here", 60),
    ],
)
def test_a_stream_brings_each_frame_or_each_of_some(arguments, stream, per_second) -> None:
    camera = tracking()
    camera.receive(command("STREAM", arguments), NS_PER_S)
    assert camera.take() == ascii_reply("OKAY")
    replies = sent(camera, 2 * NS_PER_S)
    assert {reply.stream for reply in replies} == {stream}
    assert len(replies) == pytest.approx(per_second, abs=1)
    camera.receive(command("USTREAM", f"--id={stream}"), 2 * NS_PER_S)
    assert (camera.take(), camera.next_ns()) == (ascii_reply("OKAY"), None)


def test_two_streams_run_side_by_side_and_a_wake_that_is_late_brings_all_frames() -> None:
    camera = tracking()
    for arguments in ("--id=a BX 0801", "--id=b --interval=2 BX 0801"):
        camera.receive(command("STREAM", arguments), NS_PER_S)
    camera.take()
    camera.wake(2 * NS_PER_S)
    replies = ReplyFramer().receive(camera.take())
    assert [reply.stream for reply in replies] == ["a", "a", "b"] * 30


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("STREAM", "--id=here"),
        ("STREAM", "--id=here BEEP 3"),
        ("STREAM", "--interval=0 BX 0801"),
        ("STREAM", "--interval=often BX 0801"),
        ("STREAM", "--protocol=UDP --port=54321 BX 0801"),
        ("STREAM", "--color=red BX 0801"),
        ("STREAM", '--cmd="BX 0801'),
        ("STREAM", "--id=taken BX 0801"),
        ("USTREAM", "--id=nobody"),
        ("USTREAM", ""),
    ],
)
def test_a_stream_that_makes_no_sense_is_refused(name: str, arguments: str) -> None:
    camera = tracking()
    camera.receive(command("STREAM", "--id=taken BX 0801"), NS_PER_S)
    camera.take()
    camera.receive(command(name, arguments), NS_PER_S)
    assert camera.take() == ascii_reply("ERROR36")


@pytest.mark.parametrize("name", ["RESET", "INIT", "TSTOP"])
def test_streams_end_with_tracking(name: str) -> None:
    camera = tracking()
    camera.receive(command("STREAM", "BX 0801"), NS_PER_S)
    camera.receive(command(name), NS_PER_S)
    assert camera.next_ns() is None


def test_nothing_streams_before_tracking_and_nothing_on_an_older_camera() -> None:
    camera = tracking()
    camera.receive(command("TSTOP") + command("STREAM", "BX 0801"), NS_PER_S)
    assert camera.take() == ascii_reply("OKAY") + ascii_reply("ERROR0C")
    older = Polaris(Camera(Uniform()), model_of("Polaris Spectra Rev 007"))
    for name in ("INIT", "TSTART"):
        older.receive(command(name), 0)
    older.take()
    older.receive(command("STREAM", "BX 0801"), NS_PER_S)
    assert older.take() == ascii_reply("ERROR01")


@pytest.mark.parametrize("fault", ["dropout@1.5+1", "repeat@1.5+1"])
def test_frames_that_were_not_taken_are_not_streamed(fault: str) -> None:
    camera = tracking(fault)
    camera.receive(command("STREAM", "BX 0801"), NS_PER_S)
    camera.take()
    assert len(sent(camera, 3 * NS_PER_S)) == pytest.approx(60, abs=1)
