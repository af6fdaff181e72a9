"""Devices that speak LLP/1, each as a process of its own on a pseudo terminal."""

import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import need

FIRMWARE = Path(__file__).parents[1] / "firmware_stubs" / "llp_marker"
_HERE = [sys.executable, "-m", "linacsim", "stub"]
_GATE = ["gate-box", "--hold", "1+0.5", "--every", "2"]


@functools.cache
def built() -> Path:
    """Return the folder with the C reference, built for this machine."""
    need(bool(shutil.which("make") and shutil.which("cc")), "make and a C compiler")
    folder = Path(tempfile.mkdtemp(prefix="llp-"))
    subprocess.run(["make", "-s", "-C", FIRMWARE, f"BUILD={folder}"], check=True)
    return folder


def command_of(peer: str, *options: str) -> list[str]:
    """Return the command that runs a peer."""
    if peer == "python marker":
        return [*_HERE, "llp-marker", *options]
    if peer == "python gate":
        return [*_HERE, *_GATE, *options]
    host = str(built() / "llp_host")
    return [host, *options] if peer == "c marker" else [host, "--gate", *options]


@contextmanager
def running(peer: str, *options: str) -> Iterator[str]:
    """Run a peer; give its URL."""
    process = subprocess.Popen(
        command_of(peer, *options), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " SIM at " in line, f"{peer} said {line!r}"
        yield line.split(" at ")[1].strip()
    finally:
        process.kill()
        process.wait()
