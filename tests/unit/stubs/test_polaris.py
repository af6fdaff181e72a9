"""The Polaris stub refuses what the camera refuses."""

import pytest

from linacsim.devices.ndi.packets import ascii_reply, command
from linacsim.motion.waveforms import Uniform
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Polaris


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
