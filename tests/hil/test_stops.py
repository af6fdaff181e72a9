"""How a live run ends from outside: no stub outlives it, and nobody calls a stop a defect."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
PATIENCE_S = 20


def linacsim(*arguments: str, stderr: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "linacsim", *arguments]
    return subprocess.Popen(command, stderr=stderr, text=True, cwd=SCENARIOS)


def wait_for(text: str, process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"{text!r} was never told")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_latency_measurement_is_no_defect(number: signal.Signals) -> None:
    process = linacsim("latency", "live-marker.yaml", stderr=subprocess.PIPE)
    wait_for("marker: live", process)
    process.send_signal(number)
    _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert rest == "linacsim: stopped by Ctrl-C: nothing was measured\n"


DROPPED = """
import signal, time, weakref
from linacsim.cli.interrupts import insist_on_interrupts
insist_on_interrupts()
class Thing: pass
thing = Thing()
kept = weakref.ref(thing, lambda _ref: signal.raise_signal(signal.SIGINT))
try:
    del thing
    try:
        time.sleep(20)
    except BaseException:
        pass
    time.sleep(20)
except KeyboardInterrupt:
    print("stopped")
"""
"""Dropped twice: by Python, which runs such callbacks at the end of each import, and by a library.
"""


def test_no_ctrl_c_is_lost_by_who_drops_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DROPPED],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == ("stopped\n", "")


IGNORING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "-m", "linacsim", "latency", "live-marker.yaml"])
"""
"""As a shell starts what it puts in the background."""


def test_a_job_in_the_background_obeys_polite_kills() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", IGNORING], stderr=subprocess.PIPE, text=True, cwd=SCENARIOS
    )
    wait_for("marker: live", process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130


RUN = """
import subprocess, sys, time
command = [sys.executable, "-m", "linacsim", "stub", "bench", "live-marker.yaml", "--await-epoch"]
stub = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
stub.stdin.write(f"{time.monotonic_ns()}\\n")
stub.stdin.flush()
stub.wait()
"""
"""Starts stubs as a run does, which then share its standard output."""


def test_stubs_end_with_a_run_that_is_killed() -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True, cwd=SCENARIOS
    )
    assert run.stdout is not None
    assert run.stdout.readline().startswith("marker SIM at ")
    run.kill()
    run.communicate(timeout=PATIENCE_S)  # comes to the end once the stub has gone, too
    assert run.returncode == -signal.SIGKILL
