"""`linacsim stub icom` tells a log to the public listener."""

import lzma
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hil.test_icom_listener import STARTS, listener, started, wait_for
from tests.trf_twin import twin

__all__ = ["listener", "started"]
HOST = f"127.0.{os.getpid() % 200 + 20}.72"


def test_pymedphys_keeps_a_log_that_is_told_again(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], listener: str
) -> None:
    import pymedphys

    kept, log = tmp_path / "kept", twin(tmp_path)
    kept.mkdir()
    stub = started(
        *STARTS, "stub", "icom", str(log), "--tcp", f"{HOST}:1706", "--speed", "8",
        to=tmp_path / "stub.txt",
    )  # fmt: skip
    wait_for("icom SIM at", tmp_path / "stub.txt")
    started(listener, "icom", "listen", HOST, str(kept), to=tmp_path / "listen.txt")
    files = kept / "patients" / "EMULATOR_RESEARCH TEST ONLY"
    end = time.monotonic() + 60
    # It is told again and again. The listener may come in the middle of the first time, and the
    # stub ends in the middle of the last.
    while len(list(files.glob("*.xz"))) < 2:
        assert time.monotonic() < end
        assert stub.poll() is None
        time.sleep(0.05)
        assert "Traceback" not in (tmp_path / "listen.txt").read_text()
    stub.send_signal(signal.SIGTERM)
    assert stub.wait(10) == 0
    with lzma.open(sorted(files.glob("*.xz"))[1]) as stream:
        delivery = pymedphys.Delivery.from_icom(stream.read())
    assert delivery.mu[-1] == pytest.approx(40.0, abs=0.02)
    assert delivery.jaw[-1] == pytest.approx([0.0, 100.0], abs=0.2)


def test_bad_places_and_files_get_one_line(tmp_path: Path) -> None:
    def told(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "linacsim", "stub", "icom", *words],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        return done.stderr

    log = str(twin(tmp_path))
    assert "write HOST:PORT" in told(log, "--tcp", "here")
    assert "add --any-host" in told(log, "--tcp", "0.0.0.0:1706")
    assert "No such file" in told(str(tmp_path / "none.trf"))
    (tmp_path / "bad.trf").write_bytes(b"nothing")
    assert "ends inside the date" in told(str(tmp_path / "bad.trf"))
