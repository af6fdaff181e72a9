"""The public listener, unmodified, on a whole live delivery: what it keeps has the right MU."""

import importlib.util
import lzma
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import read_log
from tests.conftest import need

HOST = f"127.0.{os.getpid() % 200 + 20}.71"
"""The listener's port is fixed, so each test run has its own address of the loopback network."""
SCENARIO = f"""schema: 1
title: A delivery that is listened to
machine: truebeam-m120
beam: beam.xml
seed: 7
icom: {{host: {HOST}, await_listener: true}}
expect:
  state: COMPLETE
"""
BEAMS = Path(__file__).parents[2] / "scenarios" / "beams"
STARTS = (sys.executable, "-m", "linacsim")


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def start(*command: str, to: Path) -> subprocess.Popen[str]:
        with to.open("w") as file:
            running.append(
                subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, text=True)
            )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def listener() -> str:
    found = shutil.which("pymedphys", path=str(Path(sys.executable).parent))
    need(found is not None and importlib.util.find_spec("pymedphys") is not None, "pymedphys")
    need(sys.platform == "linux", "a loopback network of many addresses (Linux)")
    return str(found)


def wait_for(text: str, file: Path, limit_s: float = 60.0) -> str:
    end = time.monotonic() + limit_s
    while text not in (told := file.read_text() if file.exists() else ""):
        assert time.monotonic() < end, f"{text!r} did not come: {told}"
        time.sleep(0.05)
    return told


def test_pymedphys_keeps_a_whole_delivery(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], listener: str
) -> None:
    import pymedphys

    beam = (BEAMS / "arc-short.xml").read_text().replace("NDS120HD", "NDS120")
    (tmp_path / "beam.xml").write_text(beam)
    (tmp_path / "live.yaml").write_text(SCENARIO)
    kept, out = tmp_path / "kept", tmp_path / "out"
    kept.mkdir()
    out.mkdir()
    run = started(
        *STARTS, "run", str(tmp_path / "live.yaml"), "--realtime", "--out", str(out),
        to=tmp_path / "run.txt",
    )  # fmt: skip
    wait_for("waits for a listener", tmp_path / "run.txt")
    started(listener, "icom", "listen", HOST, str(kept), to=tmp_path / "listen.txt")
    told = wait_for("Will wait 15 minutes", tmp_path / "listen.txt")
    assert "ConnectionResetError" in told, "the listener must end by our reset, not by a gap"
    run.wait(30)
    (file,) = kept.glob("patients/EMULATOR_RESEARCH TEST ONLY/*.xz")
    with lzma.open(file) as stream:
        delivery = pymedphys.Delivery.from_icom(stream.read())
    log = read_log(next(out.glob("*.bin")))
    assert delivery.mu[0] == 0.0
    assert delivery.mu[-1] == pytest.approx(float(log.mu.actual[-1]), abs=0.011)
    gantry = np.array(delivery.gantry)
    ends = 180.0 - log.gantry.actual[[0, -1]]
    ends = (ends + 180.0) % 360.0 - 180.0
    assert gantry[-1] == pytest.approx(ends[-1], abs=0.2)
    assert np.array(delivery.mlc).shape[1:] == (80, 2)
