"""The public listener, unmodified, on a whole live delivery: what it keeps has the right MU."""

import copy
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
    told = wait_for("Will wait 15 minutes", tmp_path / "listen.txt", 120.0)
    assert "ConnectionResetError" in told, "the listener must end by our reset, not by a gap"
    run.wait(60)
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


def two_fields(path: Path) -> None:
    """Write a plan of two short arcs of 8 and 6 MU that follow each other."""
    import pydicom

    plan = pydicom.dcmread(BEAMS / "elekta-arc.dcm")
    (first,) = plan.BeamSequence
    second = copy.deepcopy(first)
    second.BeamNumber, second.BeamName = first.BeamNumber + 1, "Second"
    for beam, angles in ((first, (0, 5, 10)), (second, (10, 15, 20))):
        for point, angle in zip(beam.ControlPointSequence, angles, strict=True):
            point.GantryAngle = angle
    plan.BeamSequence.append(second)
    (group,) = plan.FractionGroupSequence
    group.NumberOfBeams = 2
    group.ReferencedBeamSequence.append(copy.deepcopy(group.ReferencedBeamSequence[0]))
    for reference, beam, mu in zip(
        group.ReferencedBeamSequence, plan.BeamSequence, (8, 6), strict=True
    ):
        reference.ReferencedBeamNumber, reference.BeamMeterset = beam.BeamNumber, mu
    plan.save_as(path)


def test_pymedphys_keeps_the_fields_that_a_command_delivers(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], listener: str
) -> None:
    import pymedphys

    two_fields(tmp_path / "plan.dcm")
    kept, out = tmp_path / "kept", tmp_path / "out"
    kept.mkdir()
    place = HOST.removesuffix(".71") + ".72"
    run = started(
        *STARTS, "deliver", str(tmp_path / "plan.dcm"), "--machine", "agility",
        "--out", str(out), "--icom", f"{place}:1706",
        to=tmp_path / "run.txt",
    )  # fmt: skip
    wait_for("waits for a listener", tmp_path / "run.txt")
    started(listener, "icom", "listen", place, str(kept), to=tmp_path / "listen.txt")
    told = wait_for("Will wait 15 minutes", tmp_path / "listen.txt", 120.0)
    assert "ConnectionResetError" in told, "the stream must not end between two fields"
    assert run.wait(60) == 0
    (file,) = kept.glob("patients/EMULATOR_RESEARCH TEST ONLY/*.xz")
    with lzma.open(file) as stream:
        delivery = pymedphys.Delivery.from_icom(stream.read())
    logs = sorted(out.glob("*.trf"))
    assert len(logs) == 2
    assert delivery.mu[-1] == pytest.approx(14.0, abs=0.1)
    assert delivery.gantry[-1] == pytest.approx(20.0, abs=1.0)
    trf = pymedphys.Delivery.combine(*(pymedphys.Delivery.from_trf(log) for log in logs))
    assert delivery.mu[-1] - trf.mu[-1] == pytest.approx(0.0, abs=could_be_lost_mu(logs))


def could_be_lost_mu(logs: list[Path]) -> float:
    """Return what public readers can miss: step dose is cut off to 0.1 MU and begins anew.

    It begins anew after each hold, and a busy machine has some of its own. Where it does, the
    first row's increase is lost too, which is 0.2 MU at most in a row of 40 ms at 300 MU/min.
    """
    from pymedphys._trf.decode.trf2pandas import read_trf

    tables = (read_trf(log)[1] for log in logs)
    fell = sum((np.diff(t["Step Dose/Actual Value (Mu)"]) < 0).sum() for t in tables)
    return 0.1 * len(logs) + 0.3 * float(fell) + 0.01
