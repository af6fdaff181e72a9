"""Real clients, unmodified, against the stage stubs as processes of their own."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.hil.stubs import stub

PLACES = [(), ("--tcp", "127.0.0.1:0")]


def client(name: str) -> ModuleType:
    """Return the module of a client; skip without it, fail in CI."""
    try:
        return importlib.import_module(name)
    except ImportError:
        reason = f"needs {name}: pip install '.[dev]'"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@pytest.fixture
def sender() -> Iterator[Callable[[str], object]]:
    """Make unmodified GRBL senders, and disconnect them at the end."""
    module = client("pygrbl_streamer")
    made = []

    def make(where: str) -> object:
        made.append(module.GrblStreamer(where, auto_unlock=False))
        made[-1].connect()
        return made[-1]

    yield make
    for one in made:
        one.disconnect()


def test_a_grbl_sender_homes_and_streams_a_trace(sender) -> None:
    with stub("grbl") as where:
        machine = sender(where)
        assert machine.home(timeout=30)
        lines = [f"G90 G1 X{-50 + 10 * (k % 2):.3f} Y-20 F6000" for k in range(30)]
        assert machine.stream(["G21", *lines, "G0 X-40.5"], stop_on_error=True)
        assert "MPos:-40.500,-20.000" in machine.last_status["raw"]


def test_a_grbl_sender_is_told_what_is_wrong(sender) -> None:
    with stub("grbl") as where:
        machine = sender(where)
        assert not machine.command("G1 X-10 F100"), "locked until homed"
        assert machine.home(timeout=30)
        assert not machine.command("G5 X-10"), "error:20"
        assert not machine.command("$J=X-500 F100"), "error:15: beyond the travel, and no alarm"
        assert machine.command("$J=X-5 F1000")
        assert machine.sync().name == "IDLE"


def test_a_grbl_sender_meets_the_soft_limits(sender) -> None:
    with stub("grbl") as where:
        machine = sender(where)
        assert machine.home(timeout=30)
        assert not machine.stream(["G90 G1 X-500 F6000"])
        assert machine.sync().name == "ALARM"
        assert machine.reset(unlock=True), "a reset, then unlocked"


def test_a_second_grbl_sender_runs_a_job_as_its_own_process(tmp_path: Path) -> None:
    """GPL, so never imported here: run as a program if somebody has installed it."""
    if subprocess.run([sys.executable, "-c", "import grbl_streamer"], check=False).returncode:
        pytest.skip("needs grbl-streamer, which is GPL and no dependency: pip install it")
    script = tmp_path / "job.py"
    script.write_text(
        "import sys, time\n"
        "from grbl_streamer import GrblStreamer\n"
        "seen = []\n"
        "g = GrblStreamer(lambda event, *data: seen.append(event))\n"
        "g.setup_logging()\n"
        "g.cnect(sys.argv[1], 115200)\n"
        "time.sleep(3)\n"
        "g.poll_start()\n"
        "g.send_immediately('$H')\n"
        "time.sleep(8)\n"
        "g.write('G90\\nG1 X-20 F3000\\nG1 X-30 F3000')\n"
        "g.job_run()\n"
        "time.sleep(3)\n"
        "print(g.cmpos)\n"
        "g.disconnect()\n",
        encoding="utf-8",
    )
    with stub("grbl") as where:
        ended = subprocess.run(
            [sys.executable, str(script), where],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "-30.0" in ended.stdout, ended.stdout + ended.stderr


@pytest.mark.parametrize("place", PLACES, ids=["pty", "tcp"])
def test_zaber_motion_homes_and_moves(place: tuple[str, ...]) -> None:
    ascii_protocol = client("zaber_motion.ascii")
    with stub("zaber", *place) as where:
        if where.startswith("socket://"):
            host, port = where.removeprefix("socket://").split(":")
            connection = ascii_protocol.Connection.open_tcp(host, int(port))
        else:
            connection = ascii_protocol.Connection.open_serial_port(where)
        with connection:
            (device,) = connection.detect_devices(identify_devices=False)
            axis = device.get_axis(1)
            assert not axis.is_homed()
            axis.home()
            assert axis.is_homed()
            axis.move_absolute(20_000)
            assert axis.get_position() == 20_000
            axis.move_relative(-5_000, velocity=50_000)
            assert axis.get_position() == 15_000
            axis.move_velocity(10_000)
            assert axis.is_busy()
            axis.stop()
            assert axis.get_position() >= 15_000
            with pytest.raises(client("zaber_motion").CommandFailedException, match="BADDATA"):
                axis.move_absolute(10_000_000)
