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
BRIDGE = Path(__file__).parent / "firmware" / "simavr_bridge.c"
_HERE = [sys.executable, "-m", "linacsim", "stub"]
_GATE = ["gate-box", "--hold", "1+0.5", "--every", "2"]


@functools.cache
def built() -> Path:
    """Return the folder with the C reference, built for this machine."""
    need(bool(shutil.which("make") and shutil.which("cc")), "make and a C compiler")
    folder = Path(tempfile.mkdtemp(prefix="llp-"))
    subprocess.run(["make", "-s", "-C", FIRMWARE, f"BUILD={folder}"], check=True)
    return folder


@functools.cache
def emulated() -> Path:
    """Return the folder with the AVR firmware and what runs it here."""
    programs = ("make", "cc", "avr-gcc", "simavr")
    header = Path("/usr/include/simavr/sim_avr.h")
    have = all(map(shutil.which, programs)) and header.exists()
    need(have, "gcc-avr, avr-libc, simavr, libsimavr-dev and libelf-dev")
    folder = Path(tempfile.mkdtemp(prefix="avr-"))
    make = ["make", "-s", "-C", str(FIRMWARE), f"BUILD={folder}", "avr"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    strict = ["-O2", "-std=c99", "-Wall", "-Wextra", "-Werror"]
    libraries = ["-lsimavr", "-lelf"]
    subprocess.run(["cc", *strict, "-o", folder / "bridge", BRIDGE, *libraries], check=True)
    return folder


def command_of(peer: str, *options: str) -> list[str]:
    """Return the command that runs a peer."""
    if peer == "python marker":
        return [*_HERE, "llp-marker", *options]
    if peer == "python gate":
        return [*_HERE, *_GATE, *options]
    if peer == "python stage":
        return [*_HERE, "llp-stage", *options]
    if peer.startswith("avr"):
        return [str(emulated() / "bridge"), str(emulated() / f"llp_{peer.split()[1]}.elf")]
    host = str(built() / "llp_host")
    kind = {"c marker": [], "c gate": ["--gate"], "c stage": ["--stage"]}[peer]
    return [host, *kind, *options]


@contextmanager
def running(peer: str, *options: str) -> Iterator[str]:
    """Run a peer; give its URL."""
    process = subprocess.Popen(
        command_of(peer, *options), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        # simavr says first what it has loaded.
        line = next((line for line in process.stdout if " SIM at " in line), "")
        assert line, f"{peer} did not say where it is"
        yield line.split(" at ")[1].strip()
    finally:
        process.kill()
        process.wait()
