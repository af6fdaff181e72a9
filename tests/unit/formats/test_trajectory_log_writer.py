"""The writer: layout byte by byte, both columns, recording limit, failures of the disk."""

import binascii
import errno
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import (
    BeamRecord,
    LogWriteError,
    RecordingWindow,
    TrajectoryLogWriter,
    log_bytes,
    read_companion,
    read_log,
)
from linacsim.formats.trajectory_log import writer as writer_module
from linacsim.formats.trajectory_log.crc import LogCrc
from linacsim.formats.trajectory_log.layout import MISSING, AxisCode
from linacsim.formats.trajectory_log.storage import PendingFile
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.model.signals import State

LAYOUT = AxisLayout(60)
ORDER = [1, 0, 10, 11, 8, 9, 2, 4, 3, 5, 6, 7]
"""Collimator, gantry, Y1, Y2, X1, X2, couch vrt, lng, lat, rtn, pitch, roll as model columns."""


def write(path: Path, frames, header, **options) -> Path:
    with TrajectoryLogWriter(path, LAYOUT, header, sync=False, **options) as writer:
        writer.write(frames)
    return path


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
@pytest.mark.parametrize("interval_ms", [10, 20])
def test_read_back_is_what_was_given(
    tmp_path: Path, make_frames, header, version: str, interval_ms: int
) -> None:
    frames = make_frames()
    log = read_log(
        write(tmp_path / "a.bin", frames, header, version=version, interval_ms=interval_ms)
    )
    stride = interval_ms // 10
    ticks = np.arange(20, 120 + 3 * stride, stride)
    order = ORDER[:10] if version == "2.1" else ORDER
    for got, position, mu, hold in (
        (log.expected, frames.expected, frames.mu_expected, frames.hold_expected),
        (log.actual, frames.actual, frames.mu_actual, frames.hold_actual),
    ):
        head = len(order)
        assert np.array_equal(got[:, :head], position[ticks][:, order].astype("f4"))
        assert np.array_equal(got[:, head], mu[ticks].astype("f4"))
        assert np.array_equal(got[:, head + 1], hold[ticks])
        assert np.array_equal(got[:, head + 2], frames.cp[ticks].astype("f4"))
        assert np.array_equal(got[:, head + 3 :], position[ticks, 12:].astype("f4"))
    assert log.header.emulated
    assert log.header.interval_ms == interval_ms
    assert log.header.subbeams == header.subbeams
    assert log.header.axis_scale == 1


@pytest.mark.parametrize(("version", "start"), [("2.1", 1104), ("3.0", 1584), ("4.0", 1584)])
def test_layout_byte_by_byte(tmp_path: Path, make_frames, header, version: str, start: int) -> None:
    data = write(tmp_path / "a.bin", make_frames(), header, version=version).read_bytes()
    n = 14 if version == "2.1" else 16
    codes = [*range(n - 4), 40, 41, 42, 50]
    assert data[:16] == b"VOSTL".ljust(16, b"\0")
    assert data[16:32] == version.encode().ljust(16, b"\0")
    assert struct.unpack_from("<3i", data, 32) == (1024, 20, n)
    assert list(struct.unpack_from(f"<{n}i", data, 44)) == codes
    assert list(struct.unpack_from(f"<{n}i", data, 44 + 4 * n)) == [1] * (n - 1) + [122]
    assert struct.unpack_from("<5i", data, 44 + 8 * n) == (1, 1, 0, 53, 2)
    assert struct.unpack_from("<iffi", data, 1024) == (0, 9.5, 60.0, 0)
    assert data[1040:1046] == b"1.1:TX"
    assert data[start - 32 : start - 26] == b"1.1:TX"
    assert len(data) == start + 53 * 8 * (n - 1 + 122) + 2
    crc = binascii.crc_hqx(data[:-2], 0xFFFF)
    assert data[-2:] == struct.pack("<H", crc)


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_header_equals_a_real_one_but_for_counts_and_mark(
    shared_data: Path, tmp_path: Path, make_frames, header, version: str
) -> None:
    name = {"2.1": "tlog-v2.1-m120-picketfence-static", "3.0": "tlog-v3.0-m120-static-midbeam-hold"}
    real = (shared_data / "logs" / f"{name[version]}.bin").read_bytes()
    ours = write(tmp_path / "a.bin", make_frames(), header, version=version).read_bytes()
    n = 14 if version == "2.1" else 16
    snapshots = 44 + 8 * n + 12
    assert ours[:snapshots] == real[:snapshots]
    assert ours[snapshots + 4 : 960] == real[snapshots + 4 : 960]
    assert b"EMULATOR" in ours[960:1024]


def test_metadata_block_of_version_4(tmp_path: Path, make_frames, header) -> None:
    path = write(tmp_path / "a.bin", make_frames(), header, version="4.0")
    block = path.read_bytes()[192 : 192 + 745]
    assert block.rstrip(b"\0") == (
        b"Patient ID:\tLINACSIM\r\nPlan Name:\tArc plan\r\nPlan UID:\t1.2.3\r\n"
        b"Original MU:\t9.6\r\nRemaining MU:\t9.6\r\nEnergy:\t6x\r\nBeamName:\t1.1:TX\r\n"
    )
    assert read_log(path).header.metadata["Plan Name"] == "Arc plan"


def test_axis_the_machine_lacks(tmp_path: Path, make_frames, header) -> None:
    header = replace(header, lacking=frozenset({Axis.COUCH_PIT, Axis.COUCH_ROL}))
    log = read_log(write(tmp_path / "a.bin", make_frames(), header))
    for code in (AxisCode.COUCH_PITCH, AxisCode.COUCH_ROLL):
        assert not log.has(code)
        assert (log.axis(code).expected == np.float32(MISSING)).all()
        assert (log.axis(code).actual == np.float32(MISSING)).all()
    assert log.has(AxisCode.COUCH_RTN)


def test_nothing_recorded_leaves_nothing(tmp_path: Path, make_frames, header) -> None:
    writer = TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, header)
    frames = make_frames(ticks=0, after=0)
    writer.write(frames)
    assert writer.close() is None
    assert list(tmp_path.iterdir()) == []


def test_temporary_file_only_until_close(tmp_path: Path, make_frames, header) -> None:
    writer = TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, header)
    writer.write(make_frames())
    assert not (tmp_path / "a.bin").exists()
    assert writer.close() == tmp_path / "a.bin"
    assert {path.name for path in tmp_path.iterdir()} == {"a.bin", "a.txt"}
    with pytest.raises(LogWriteError, match="closed already"):
        writer.write(make_frames())


def test_earlier_log_is_kept(tmp_path: Path, make_frames, header) -> None:
    path = write(tmp_path / "a.bin", make_frames(), header)
    before = path.read_bytes()
    with pytest.raises(LogWriteError, match="exists and is kept"):
        TrajectoryLogWriter(path, LAYOUT, header)
    writer = TrajectoryLogWriter(path, LAYOUT, header, overwrite=True)
    writer.write(make_frames(ticks=10))
    writer.abandon()
    assert path.read_bytes() == before
    write(path, make_frames(ticks=10), header, overwrite=True)
    assert len(read_log(path)) == 8


def test_log_that_appears_meanwhile_is_kept(tmp_path: Path, make_frames, header) -> None:
    writer = TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, header, keep_partial=True)
    writer.write(make_frames())
    (tmp_path / "a.bin").write_bytes(b"someone else's")
    with pytest.raises(LogWriteError, match="exists and is kept"):
        writer.close()
    assert (tmp_path / "a.bin").read_bytes() == b"someone else's"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def _deliver_and_raise(path: Path, header, frames, error: type[BaseException]) -> None:
    with TrajectoryLogWriter(path, LAYOUT, header) as writer:
        writer.write(frames)
        raise error


def test_interrupted_program_leaves_a_valid_truncated_log(
    tmp_path: Path, make_frames, header
) -> None:
    path = tmp_path / "a.bin"
    with pytest.raises(KeyboardInterrupt):
        _deliver_and_raise(path, header, make_frames(ticks=2000, after=0), KeyboardInterrupt)
    log = read_log(path)
    assert log.header.truncated
    assert len(log) == 1000


def test_other_exception_leaves_nothing(tmp_path: Path, make_frames, header) -> None:
    with pytest.raises(ZeroDivisionError):
        _deliver_and_raise(tmp_path / "a.bin", header, make_frames(ticks=2000), ZeroDivisionError)
    assert list(tmp_path.iterdir()) == []


def test_program_interrupted_between_two_steps_leaves_a_valid_log(
    tmp_path: Path, make_frames, header, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after a block is on the disk but before it is counted."""
    add = LogCrc.add
    calls = []

    def interrupted(self: LogCrc, data: np.ndarray, offset: int) -> None:
        add(self, data, offset)
        calls.append(offset)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(LogCrc, "add", interrupted)
    frames = make_frames(ticks=3000, after=0)
    with pytest.raises(KeyboardInterrupt):
        _deliver_and_raise(tmp_path / "a.bin", header, frames, ZeroDivisionError)
    log = read_log(tmp_path / "a.bin")
    assert log.header.truncated
    assert np.array_equal(log.mu.actual, frames.mu_actual[20::2][: len(log)].astype("f4"))


def test_recording_limit(
    tmp_path: Path, make_frames, header, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "RECORDING_LIMIT_S", 1)
    log = read_log(write(tmp_path / "a.bin", make_frames(ticks=300), header))
    assert len(log) == 50
    assert log.header.truncated


def test_recording_limit_is_20_minutes(tmp_path: Path, make_frames, header) -> None:
    frames = make_frames(ticks=1000, ready=0, after=0)
    with TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, header, sync=False) as writer:
        for block in range(121):
            writer.write(replace(frames, tick=frames.tick + 1000 * block))
    log = read_log(tmp_path / "a.bin")
    assert len(log) == 60_000
    assert log.header.truncated


class FullDisk(PendingFile):
    """Takes a given number of bytes and no more."""

    capacity = 1_000_000

    def write(self, data: memoryview | bytes, offset: int) -> None:
        room = self.capacity - offset
        if len(data) > room:
            super().write(memoryview(data)[:room], offset)
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(data, offset)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linacsim.formats.trajectory_log.log_file.PendingFile", FullDisk)


@pytest.mark.usefixtures("full_disk")
def test_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, make_frames, header) -> None:
    writer = TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, header)
    with pytest.raises(LogWriteError, match=r"a\.bin.*No space left on device") as caught:
        writer.write(make_frames(ticks=3000))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("full_disk")
def test_full_disk_can_keep_what_was_recorded(tmp_path: Path, make_frames, header) -> None:
    frames = make_frames(ticks=3000, ready=0)
    writer = TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, header, keep_partial=True)
    with pytest.raises(LogWriteError, match=r"recorded is in .*a\.partial\.bin"):
        writer.write(frames)
    log = read_log(tmp_path / "a.partial.bin")
    assert log.header.truncated
    assert len(log) == (1_000_000 - 1584 - 2) // 1096
    assert np.array_equal(log.mu.actual, frames.mu_actual[: 2 * len(log) : 2].astype("f4"))


def test_text_that_cannot_be_written_is_told_and_the_log_stays(
    tmp_path: Path, make_frames, header, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer_module, "write_whole", refuse)
    with pytest.raises(LogWriteError, match=r"the text beside a\.bin, which is complete"):
        write(tmp_path / "a.bin", make_frames(), header)
    assert read_log(tmp_path / "a.bin").crc_ok


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"version": "5.1"}, "log version '5.1' is not written"),
        ({}, {"interval_ms": 15}, "log interval in ms 15"),
        ({"plan_name": "a\tb"}, {"version": "4.0"}, "control character"),
        ({"plan_name": "Übung"}, {"version": "4.0"}, "outside ASCII"),
        ({"plan_name": "x" * 800}, {"version": "4.0"}, "room for 745"),
        ({"subbeams": (BeamRecord(0, 1, 1, 0, "b" * 33),)}, {"version": "2.1"}, "room for 32"),
        ({"subbeams": (BeamRecord(0, 1, 1, 0, "ö"),)}, {"version": "2.1"}, "outside ASCII"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(
    tmp_path: Path, header, change: dict[str, object], options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        TrajectoryLogWriter(tmp_path / "a.bin", LAYOUT, replace(header, **change), **options)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_told(tmp_path: Path, header) -> None:
    with pytest.raises(LogWriteError, match="the folder does not exist"):
        TrajectoryLogWriter(tmp_path / "no" / "a.bin", LAYOUT, header)


def test_expected_size_covers_the_real_one(tmp_path: Path, make_frames, header) -> None:
    path = write(tmp_path / "a.bin", make_frames(ticks=500), header)
    expected = log_bytes(LAYOUT, 5.0)
    assert path.stat().st_size <= expected <= path.stat().st_size + 8192


def test_companion_lists_the_middle_of_the_beam(tmp_path: Path, make_frames, header) -> None:
    path = write(tmp_path / "a.bin", make_frames(), header)
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert text.startswith("Patient ID:\tLINACSIM\nNotice:\tmade by the linacsim emulator")
    values = read_companion(path)
    assert "research and test use only" in values["Notice"]
    assert float(values["MU1"]) == pytest.approx(4.8, abs=0.2)
    assert float(values["DoseRate (MU/min)"]) == pytest.approx(600, rel=0.05)
    assert float(values["Gantry Rotation Angle (deg)"]) == pytest.approx(0.06 * 49, abs=0.13)
    assert "MU2" not in values


def test_companion_without_beam_states_no_dose(tmp_path: Path, make_frames, header) -> None:
    frames = make_frames()
    frames = replace(
        frames,
        hold_expected=np.full_like(frames.hold_expected, 2),
        hold_actual=np.full_like(frames.hold_actual, 2),
    )
    values = read_companion(write(tmp_path / "a.bin", frames, replace(header, energy="0k")))
    assert values["Energy"] == "0k"
    assert "MU1" not in values


def test_window_is_passed_on(tmp_path: Path, make_frames, header) -> None:
    frames = make_frames(end=State.TERMINATED)
    window = RecordingWindow(lead_in_rows=4, trailing_rows=7, phase_ticks=1)
    log = read_log(write(tmp_path / "a.bin", frames, header, window=window))
    ticks = np.arange(13, 134, 2)
    assert np.array_equal(log.mu.actual, frames.mu_actual[ticks].astype("f4"))
