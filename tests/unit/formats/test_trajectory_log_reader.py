"""The reader, on real machine logs and on damaged copies of one written here."""

import struct
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import AxisCode, TrajectoryLogWriter, parse_log, read_log
from linacsim.formats.trajectory_log.log_file import LogFile
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError

REAL = {
    "tlog-v2.1-m120-picketfence-static.bin": ("2.1", 760, 2, ["PF180:TX"]),
    "tlog-v3.0-hd120-T3-mlc-speed-arc.bin": ("3.0", 1235, 3, ["4.T3MLCSpeed"]),
    "tlog-v3.0-hd120-kv-rotation-aborted.bin": ("3.0", 1238, 3, ["KVCBCT_Setup"]),
    "tlog-v3.0-hd120-vmat-jaw-tracking.bin": ("3.0", 1312, 3, ["1.7:TX"]),
    "tlog-v3.0-m120-field.bin": ("3.0", 1450, 2, ["1.5:TX", "1.6:TX"]),
    "tlog-v3.0-m120-static-midbeam-hold.bin": ("3.0", 1395, 2, ["1.1:TX"]),
}


@pytest.fixture
def written(tmp_path: Path, make_frames, header) -> Path:
    path = tmp_path / "log.bin"
    with TrajectoryLogWriter(path, AxisLayout(60), header, version="4.0") as writer:
        writer.write(make_frames())
    return path


def damaged(path: Path, offset: int, replacement: bytes) -> np.ndarray:
    data = bytearray(path.read_bytes())
    data[offset : offset + len(replacement)] = replacement
    return np.frombuffer(bytes(data), dtype=np.uint8)


@pytest.mark.parametrize("name", REAL)
def test_real_log_is_read_whole(shared_data: Path, name: str) -> None:
    version, snapshots, mlc, names = REAL[name]
    log = read_log(shared_data / "logs" / name)
    assert (log.header.version, len(log), log.header.mlc_model) == (version, snapshots, mlc)
    assert [record.name for record in log.header.subbeams] == names
    assert log.crc_ok
    assert log.length_ok
    assert not log.header.truncated
    assert not log.header.emulated
    assert log.header.interval_ms == 20


def test_every_real_log_is_listed(shared_data: Path) -> None:
    assert {path.name for path in (shared_data / "logs").glob("tlog*.bin")} == set(REAL)


@pytest.mark.parametrize("name", REAL)
def test_real_log_written_back_is_the_same_file(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    log = read_log(shared_data / "logs" / name)
    copy = tmp_path / "copy.bin"
    file = LogFile(copy, log.header, overwrite=False, sync=False)
    file.append(np.stack([log.expected, log.actual], axis=2))
    file.finish(truncated=log.header.truncated)
    assert copy.read_bytes() == (shared_data / "logs" / name).read_bytes()


def test_columns_of_a_real_arc(shared_data: Path) -> None:
    log = read_log(shared_data / "logs" / "tlog-v3.0-hd120-T3-mlc-speed-arc.bin")
    assert log.gantry.expected[[0, -1]] == pytest.approx([10, 148])
    assert log.mu.expected[-1] == 120
    assert log.control_point.expected[-1] == 24
    assert log.jaws.expected[0] == pytest.approx([6, 6, 10, 10])
    assert log.leaves.actual.shape == (1235, 120)
    assert log.carriages.expected[0] == pytest.approx([6.25, 6.25])
    assert not log.has(AxisCode.COUCH_PITCH)
    expected, actual = log.positions()
    assert expected[0, Axis.GANTRY_RTN] == pytest.approx(10)
    assert np.isnan(actual[:, Axis.COUCH_PIT]).all()
    assert actual[0, Axis.COUCH_LNG] == pytest.approx(80.829, abs=1e-3)


def test_mid_beam_hold_of_a_real_log(shared_data: Path) -> None:
    log = read_log(shared_data / "logs" / "tlog-v3.0-m120-static-midbeam-hold.bin")
    held = np.flatnonzero(log.beam_hold.actual == 2)
    held = held[held > 10]
    assert len(held) * 0.02 == pytest.approx(7.36, abs=0.05)
    assert log.mu.expected[held[5]] == pytest.approx(176.6896, abs=1e-3)


def test_arrays_cannot_be_changed(written: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        read_log(written).actual[0, 0] = 1


def test_any_changed_byte_is_found(written: Path) -> None:
    size = written.stat().st_size
    for offset in (1000, 1700, size // 2, size - 3, size - 1):
        data = damaged(written, offset, bytes([written.read_bytes()[offset] ^ 0x10]))
        with pytest.raises(InputError, match=f"byte {size - 2}: the CRC is wrong"):
            parse_log(data)
        log = parse_log(data, strict=False)
        assert not log.crc_ok
        assert log.length_ok
        assert len(log) == read_log(written).header.snapshots


def test_truncated_file_gives_whole_snapshots_when_asked(written: Path) -> None:
    data = np.frombuffer(written.read_bytes()[:-5000], dtype=np.uint8)
    with pytest.raises(InputError, match=r"cut short: \d+ of \d+ bytes"):
        parse_log(data, written)
    log = parse_log(data, written, strict=False)
    assert not log.length_ok
    assert len(log) == log.header.snapshots - 5
    assert np.array_equal(log.actual, read_log(written).actual[:-5])


def test_bytes_after_the_end_are_told(written: Path) -> None:
    with written.open("ab") as file:
        file.write(b"\0" * 100_000)
    with pytest.raises(InputError, match="longer than"):
        read_log(written)
    assert not read_log(written, strict=False).length_ok


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [
        (0, b"X", "byte 0 .*VOSTL"),
        (16, b"9.9", "byte 16: log version '9.9' is not known"),
        (32, struct.pack("<i", 2048), "byte 32: header size is 2048"),
        (36, struct.pack("<i", 0), "byte 36: sampling interval is 0"),
        (40, struct.pack("<i", 2**31 - 1), "byte 40: number of axes"),
        (40, struct.pack("<i", -1), "byte 40: number of axes"),
        (48, struct.pack("<i", 0), "byte 48: axis is 0; allowed: each axis once"),
        (108, struct.pack("<i", -4), "byte 108: samples of axis 0"),
        (176, struct.pack("<i", 2**30), "byte 176: number of subbeams"),
        (184, struct.pack("<i", -7), "byte 184: number of snapshots is -7"),
        (184, struct.pack("<i", 0), "byte 184: the log holds no snapshots"),
        (184, struct.pack("<i", 2**31 - 1), "cut short"),
        (172, struct.pack("<i", 9), "byte 172: axis scale 9"),
        (188, struct.pack("<i", 77), "byte 188: MLC model 77"),
        (44, struct.pack("<i", 99), r"axis codes \[99\] are not known"),
    ],
)
def test_absurd_header_is_told_with_its_byte(
    written: Path, offset: int, value: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_log(damaged(written, offset, value), written)
    assert "\n" not in str(caught.value)
    assert str(written) in str(caught.value)


def test_no_snapshots_can_be_looked_at(written: Path) -> None:
    log = parse_log(damaged(written, 184, struct.pack("<i", 0)), strict=False)
    assert len(log) == 0
    assert log.gantry.actual.shape == (0,)


@pytest.mark.parametrize("length", [0, 3, 500, 1023, 1100])
def test_file_shorter_than_its_header(tmp_path: Path, written: Path, length: int) -> None:
    short = tmp_path / "short.bin"
    short.write_bytes(written.read_bytes()[:length])
    with pytest.raises(InputError):
        read_log(short, strict=False)


def test_missing_file_and_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.bin.*No such file"):
        read_log(tmp_path / "nothing.bin")
    with pytest.raises(InputError, match="not a file"):
        read_log(tmp_path)


def test_text_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n" * 1000)
    with pytest.raises(InputError, match="not a trajectory log"):
        read_log(path)
