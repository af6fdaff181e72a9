"""Real clients, unmodified, against the Polaris stub as a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linacsim.devices.ndi.tool_file import make_tool_file
from tests.hil.stubs import needs, stub

ndicapy = pytest.importorskip("ndicapy", reason="needs ndicapi: pip install '.[dev]'")


@contextmanager
def opened(where: str) -> Iterator[object]:
    """Open a stub with ndicapi, probing it first where it is on a terminal."""
    if where.startswith("socket://"):
        host, port = where.removeprefix("socket://").split(":")
        device = ndicapy.ndiOpenNetwork(host, int(port))
    else:
        assert ndicapy.ndiProbe(where) == ndicapy.NDI_OKAY
        device = ndicapy.ndiOpen(where)
    assert device
    try:
        yield device
    finally:
        (ndicapy.ndiCloseNetwork if where.startswith("socket") else ndicapy.ndiClose)(device)


def set_up(device: object, rom: Path) -> str:
    """Initialise, upload the tool and track; return the handle."""
    assert ndicapy.ndiCommand(device, "INIT:") == "OKAY"
    assert "Polaris Vega 008" in ndicapy.ndiVER(device, 0)
    handle = ndicapy.ndiCommand(device, "PHRQ:*********1****")
    ndicapy.ndiPVWRFromFile(device, int(handle, 16), str(rom))
    assert ndicapy.ndiCommand(device, f"PINIT:{handle}") == "OKAY"
    assert ndicapy.ndiCommand(device, f"PENA:{handle}D") == "OKAY"
    assert ndicapy.ndiCommand(device, f"PHINF:{handle}0001").endswith("31")
    assert ndicapy.ndiCommand(device, "TSTART:80") == "OKAY"
    return handle


@pytest.fixture
def rom(tmp_path: Path) -> Path:
    path = tmp_path / "block.rom"
    path.write_bytes(make_tool_file())
    return path


@pytest.mark.parametrize("place", [(), ("--tcp", "127.0.0.1:0")], ids=["pty", "tcp"])
def test_ndicapi_probes_uploads_and_tracks_by_tx_and_bx(place: tuple[str, ...], rom: Path) -> None:
    with stub("ndi-polaris", "--travel-cm", "0", *place) as where, opened(where) as device:
        handle = set_up(device, rom)
        text = ndicapy.ndiCommand(device, "TX:0801")
        assert re.match(r"^01" + handle + r"\+10000", text)
        ndicapy.ndiCommand(device, "BX:0801")
        transform = ndicapy.ndiGetBXTransform(device, bytes.fromhex(handle))
        assert transform[6] == pytest.approx(-1788.85, abs=0.5), "mm before the camera"
        frames = []
        while len(set(frames)) < 5:
            ndicapy.ndiCommand(device, "BX:0801")
            frames.append(ndicapy.ndiGetBXFrame(device, bytes.fromhex(handle)))
        assert frames == sorted(frames)
        assert ndicapy.ndiCommand(device, "TSTOP:") == "OKAY"
        with pytest.raises(OSError, match="0x0c"):
            ndicapy.ndiCommand(device, "TX:0001")


@pytest.mark.parametrize("tag", ["Polaris Vega 008", " Polaris Spectra Rev 999"])
def test_scikit_surgery_tracks_over_tcp(tag: str, rom: Path) -> None:
    """One tag makes it use TX, the other BX; it asks the program `ping` first."""
    trackers = pytest.importorskip("sksurgerynditracker.nditracker", reason="pip install '.[dev]'")
    needs("ping", "iputils-ping")
    where = ("ndi-polaris", "--tcp", "127.0.0.1:0", "--freeze-tag", tag)
    with stub(*where) as url:
        host, port = url.removeprefix("socket://").split(":")
        tracker = trackers.NDITracker(
            {
                "tracker type": "vega",
                "ip address": host,
                "port": int(port),
                "romfiles": [str(rom)],
            }
        )
        tracked(tracker)


def test_scikit_surgery_tracks_over_a_terminal(rom: Path) -> None:
    trackers = pytest.importorskip("sksurgerynditracker.nditracker", reason="pip install '.[dev]'")
    with stub("ndi-polaris") as url:
        settings = {"tracker type": "polaris", "serial port": url, "romfiles": [str(rom)]}
        tracked(trackers.NDITracker(settings))


def tracked(tracker) -> None:
    tracker.start_tracking()
    try:
        _, _, frames, tracking, quality = tracker.get_frame()
        assert len(tracking) == 1
        assert tracking[0][2, 3] < -1700
        assert quality[0] < 1
        assert frames[0] >= 0
    finally:
        tracker.stop_tracking()
        tracker.close()


def test_the_stub_ends_politely_and_takes_its_link_away(tmp_path: Path) -> None:
    link = tmp_path / "camera"
    with stub("ndi-polaris", "--pty", str(link)) as where:
        assert where == str(link)
        assert link.is_symlink()
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tcp", "0.0.0.0:0"], "other machines could connect"),
        (["--tcp", "here"], "write HOST:PORT"),
        (["--tcp", "127.0.0.1:0", "--serial", "/dev/x"], "give one of"),
        (["--rate-hz", "50"], "20, 30 or 60"),
        (["--trace", "nowhere.vxp"], "nowhere.vxp"),
        (["--serial", "/dev/ttyNOWHERE"], "cannot open"),
    ],
)
def test_bad_options_are_one_line(arguments: list[str], told: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "linacsim", "stub", "ndi-polaris", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert told in ended.stderr
    assert ended.stderr.count("\n") == 1
