"""Wires that are not what they should be: one clear line each, and a process that stays in hand."""

import ast
import os
import pty
import signal
import stat
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from ruamel.yaml import YAML

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.devices.serial_port import UNREAD_CHUNKS, PortError, SerialPort
from linacsim.model.findings import InputError
from linacsim.scenario.live import run_live
from linacsim.scenario.running import prepare
from tests.hil.fault_bench import OF_STAGE
from tests.hil.stubs import stub

ROOT = Path(__file__).resolve().parents[2]
BEAM = ROOT / "scenarios" / "beams" / "beam-on.xml"
PATIENCE_S = 30
NOBODY = 65_534
KINDS = ("llp-marker", "ndi-polaris", "grbl-stage", "zaber-stage")


def scenario(folder: Path, *urls: tuple[str, str], wait_s: float) -> Path:
    """Write a scenario of devices, each (kind, URL)."""
    devices = [
        {"name": f"d{k}", "kind": kind, "url": url, "allow_simulated": True}
        | ({"play": "motion", **OF_STAGE[kind]} if kind in OF_STAGE else {"source": f"S{k}"})
        for k, (kind, url) in enumerate(urls)
    ]
    path = folder / "bad.yaml"
    keys = {
        "schema": 1,
        "title": "A wire that is not what it should be",
        "machine": "truebeam-hd120",
        "beam": str(BEAM),
        "seed": 1,
        "motion": {"kind": "sine", "period_s": 4.0, "travel_cm": 1.5, "power": 2},
        "devices": devices,
        "real_time": {"wait_s": wait_s, "late": {"hold_after": None, "stop_ms": None}},
        "expect": {"state": "COMPLETE"},
    }
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(keys, file)
    return path


def refusal(path: Path) -> tuple[str, list[str]]:
    """Return why a scenario was not begun, and what was told meanwhile."""
    lines: list[str] = []
    with pytest.raises(InputError) as refused:
        run_live(prepare(path), tell=lines.append)
    assert "\n" not in str(refused.value)
    return str(refused.value), lines


def test_a_port_that_is_not_there_is_tried_again_for_all_to_see(tmp_path: Path) -> None:
    url = str(tmp_path / "ttyNONE")
    told, lines = refusal(scenario(tmp_path, ("llp-marker", url), wait_s=1.5))
    assert f"not ready within 1.5 s: d0: {url} is not there: is it plugged in?" in told
    tries = [line for line in lines if "(try " in line]
    assert len(tries) >= 2, lines


def test_another_device_on_the_port_never_becomes_live(tmp_path: Path) -> None:
    kinds = ("ndi-polaris", "grbl-stage", "zaber-stage")
    with ExitStack() as stubs:
        urls = [(kind, stubs.enter_context(stub("llp-marker"))) for kind in kinds]
        told, _ = refusal(scenario(tmp_path, *urls, wait_s=7.0))
    assert told.startswith("not ready within 7 s: d0: ")
    for name in ("d0: ", "d1: ", "d2: "):
        assert "(fault " in told.partition(name)[2].partition("; d")[0], told


def denied_text(url: str) -> str:
    """Return what opening a port says to a user who may not; a child becomes that user."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        text = "opened"
        try:
            if os.geteuid() == 0:
                os.seteuid(NOBODY)
            SerialPort(url, 9600, time.monotonic_ns, lambda *_: None, lambda _: None).close()
        except PortError as error:
            text = str(error)
        finally:
            os.write(writer, text.encode())
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        return said.read()


def test_a_port_that_is_not_ours_to_open_says_what_to_do() -> None:
    master, slave = pty.openpty()
    url = os.ttyname(slave)
    os.chmod(url, stat.S_IRUSR & 0)
    text = denied_text(url)
    os.close(master)
    os.close(slave)
    assert text == (
        f"{url}: permission denied: add yourself to the group that owns the port (often dialout)"
    )


NOISE = """
import os, pty, sys, tty
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
noise = os.urandom(1 << 16)
sent = 0
while True:
    sent += os.write(master, noise)
"""
"""As much as the reader takes; a pseudo terminal has no baud rate that would hold it back."""


@contextmanager
def noise() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", NOISE], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def started(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "linacsim", "run", "--realtime", str(path)],
        stderr=subprocess.PIPE,
        text=True,
    )


def resident_mb(process: "subprocess.Popen[str]") -> float:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_noise_at_full_speed_leaves_the_loop_running(tmp_path: Path) -> None:
    with ExitStack() as sources:
        urls = [(kind, sources.enter_context(noise())) for kind in KINDS]
        process = started(scenario(tmp_path, *urls, wait_s=4.0))
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "not ready within 4 s: d0: " in told
    assert told.count("\n") < 40, "noise is not told byte by byte"


def test_noise_at_full_speed_does_not_keep_ctrl_c_waiting(tmp_path: Path) -> None:
    with noise() as one, noise() as other:
        path = scenario(tmp_path, ("llp-marker", one), ("ndi-polaris", other), wait_s=60.0)
        process = started(path)
        assert process.stderr is not None
        for line in process.stderr:
            if "(fault " in line:
                break
        before_mb = resident_mb(process)
        time.sleep(2.0)
        grown_mb = resident_mb(process) - before_mb
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert grown_mb < 20


def test_bytes_that_nobody_takes_wait_in_the_system() -> None:
    """Row 30: a reader that is too slow costs no memory of ours, and loses nothing."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    got: list[bytes] = []
    port = SerialPort(
        os.ttyname(slave), 9600, time.monotonic_ns, lambda d, _t: got.append(d), lambda _r: None
    )
    port.start()
    sent, block = b"", bytes(range(250)) * 4
    full_s = time.monotonic() + 0.5
    while time.monotonic() < full_s:
        try:
            sent += block[: os.write(master, block)]
        except BlockingIOError:
            time.sleep(0.01)
    waiting = len(got)
    deadline_s = time.monotonic() + PATIENCE_S
    consumed = 0
    while sum(map(len, got)) < len(sent) and time.monotonic() < deadline_s:
        while consumed < len(got):
            port.consumed()
            consumed += 1
        time.sleep(0.005)
    port.close()
    os.close(master)
    os.close(slave)
    assert waiting == UNREAD_CHUNKS
    assert b"".join(got) == sent


def test_a_device_is_safe_soon_after_its_host_was_killed(tmp_path: Path) -> None:
    """Row 45: the watchdog is the device's own."""
    with stub("llp-marker") as where:
        path = scenario(tmp_path, ("llp-marker", where), wait_s=60.0)
        process = started(path)
        assert process.stderr is not None
        for line in process.stderr:
            if "d0: live" in line:
                break
        process.kill()
        process.communicate()
        heard = b""
        descriptor = os.open(where, os.O_RDONLY | os.O_NOCTTY)
        deadline_s = time.monotonic() + PATIENCE_S
        while b"outputs safe" not in heard and time.monotonic() < deadline_s:
            heard = heard[-200:] + os.read(descriptor, 4096)
        os.close(descriptor)
    assert b"host silent: outputs safe" in heard


def test_nothing_of_ours_reads_a_clock_that_can_be_set() -> None:
    """Row 33: only what tells the date, or has it told, looks at the wall clock."""
    settable = {"time", "time_ns", "now", "utcnow", "today", "localtime"}
    for room in ("devices", "engines", "stubs"):
        for file in sorted((ROOT / "src" / "linacsim" / room).rglob("*.py")):
            if file.parts[-2:] in (("mqtt", "link.py"), ("icom", "server.py")):
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    clock = node.value.id in ("time", "datetime", "date")
                    assert not (clock and node.attr in settable), f"{file}: {node.lineno}"


@pytest.mark.parametrize("name", ["ndi-polaris", "grbl"])
def test_a_stub_killed_and_run_again_is_found_again(name: str, tmp_path: Path) -> None:
    """As for LLP in test_llp_link.py; the wire is TCP, whose port stays the same."""
    kind = {"grbl": "grbl-stage"}.get(name, name)
    with stub(name, "--tcp", "127.0.0.1:0") as where:
        place = where.removeprefix("socket://")
        process = started(scenario(tmp_path, (kind, where), wait_s=60.0))
        assert process.stderr is not None
        for line in process.stderr:
            if "(linacsim" in line or "SIM" in line:
                break
    with stub(name, "--tcp", place):
        lost = back = False
        for line in process.stderr:
            lost = lost or "was lost" in line or "nobody listens" in line
            back = lost and ("d0: live" in line or "d0: playing" in line)
            if back:
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert back
