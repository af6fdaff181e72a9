"""Names, texts, CRC, sampling, storage: the parts of the trajectory log one by one."""

import binascii
import errno
import math
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from linacsim.formats.trajectory_log import (
    BeamRecord,
    LogWriteError,
    RecordingWindow,
    beam_records,
    log_file_name,
    ready_folder,
)
from linacsim.formats.trajectory_log.crc import PERIOD, LogCrc, log_crc
from linacsim.formats.trajectory_log.errors import write_error
from linacsim.formats.trajectory_log.header import EMULATOR_MARK
from linacsim.formats.trajectory_log.sampling import Sampler
from linacsim.formats.trajectory_log.text import decode_metadata, decode_name, encode_name
from linacsim.model.beam import Beam, ControlPoints, SubBeam
from linacsim.model.findings import InputError
from linacsim.model.signals import State


@pytest.mark.parametrize(
    "length", [0, 1, 2, 3, 100, PERIOD - 1, PERIOD, PERIOD + 1, 2 * PERIOD, 3 * PERIOD + 17]
)
def test_crc_equals_the_plain_division(length: int) -> None:
    data = np.random.default_rng(length).integers(0, 256, length, dtype=np.uint8)
    assert log_crc(data) == binascii.crc_hqx(data.tobytes(), 0xFFFF)


def test_crc_of_parts_in_any_order() -> None:
    data = np.random.default_rng(3).integers(0, 256, 100_000, dtype=np.uint8)
    crc = LogCrc()
    for start, end in ((1584, 70_000), (70_000, 70_001), (70_001, 100_000), (0, 1584)):
        crc.add(data[start:end], start)
    assert crc.value(len(data)) == binascii.crc_hqx(data.tobytes(), 0xFFFF)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("KVCBCT_Setup", b"KVCBCT+AF8-Setup"),
        ("1.3:TX", b"1.3:TX"),
        ("a+b", b"a+-b"),
        ("__", b"+AF8AXw-"),
        ("Größe", b"Gr+APYA3w-e"),
        ("+_", b"+-+AF8-"),
        ("\U0001f600", b"+2D3eAA-"),
        ("", b""),
    ],
)
def test_names_in_utf7_as_machines_write_it(name: str, data: bytes) -> None:
    field = encode_name(name, 512, utf7=True)
    assert field == data.ljust(512, b"\0")
    assert decode_name(field, utf7=True) == name


def test_name_that_is_no_utf7_is_shown_and_steers_nothing() -> None:
    assert decode_name(b"+AF\xff\0", utf7=True) == "+AFÿ"
    assert decode_name(b"\x1b[2Jx", utf7=False) == "\ufffd[2Jx"
    assert decode_name(b"+2AA-", utf7=True) == "\ufffd"


def test_metadata_lines_with_and_without_tab() -> None:
    block = b"Patient ID:\tA:B\r\nPlan Name:C\r\nnonsense\r\n".ljust(745, b"\0")
    assert decode_metadata(block) == {"Patient ID": "A:B", "Plan Name": "C"}


def test_mark_fits_its_place() -> None:
    assert len(EMULATOR_MARK) <= 64


def test_file_name_as_machines_make_it() -> None:
    name = log_file_name("QA", "4DC Treatment", "PG0C9:TX", datetime(2014, 7, 12, 9, 41, 19))
    assert name == "QA_4DC Treatment_PG0C9_TX_20140712094119.bin"


def test_file_name_cannot_leave_its_folder_or_grow_too_long() -> None:
    name = log_file_name("../../etc", 'a/b\\c*?"<>|\n', "b" * 500, datetime(2026, 1, 1))
    assert not set(name) & set('/\\:*?"<>|\n')
    assert len(name) < 250


LIT_S = np.array([10.7, 0.0, 0.9])


def _beam(subs: dict[int, SubBeam]) -> Beam:
    points = ControlPoints(
        mu=np.array([0.0, 107, 107, 116]),
        axes=np.full((4, 12), np.nan),
        leaves=np.zeros((4, 120)),
        line=np.zeros(4, dtype=np.int64),
        sub_beam=subs,
    )
    return Beam(id=7, mlc_model="NDS120", control_points=points)


def test_subbeams_of_a_sequence() -> None:
    subs = {0: SubBeam(0, "1.5:TX"), 1: SubBeam(1, "1.6:TX")}
    assert beam_records(_beam(subs), LIT_S) == (
        BeamRecord(0, 107.0, 10.7, 0, "1.5:TX"),
        BeamRecord(1, 9.0, 0.9, 1, "1.6:TX"),
    )


def test_the_time_that_a_subbeam_states_is_its_beam_time() -> None:
    """As in a real log of two fields, of 107 and 9 MU: 21 and 9 s."""
    subs = {0: SubBeam(0, "a", max_rad_time_s=21.0), 1: SubBeam(1, "b", max_rad_time_s=9.0)}
    times = [record.radiation_time_s for record in beam_records(_beam(subs), LIT_S)]
    assert times == [21.0, 9.0]


def test_beam_without_subbeam_still_has_one_record() -> None:
    assert beam_records(_beam({}), LIT_S) == (BeamRecord(0, 116.0, pytest.approx(11.6), 0, "7"),)
    assert beam_records(_beam({})) == (BeamRecord(0, 116.0, 0.0, 0, "7"),)


def _chosen(states: list[State], counts: list[int], **window: float) -> list[int]:
    state = np.repeat(np.array(states, dtype=np.uint8), counts)
    sampler = Sampler(RecordingWindow(**window), 20)  # type: ignore[arg-type]
    return sampler.choose(np.arange(len(state)), state).tolist()


READY, ON, HELD, OFF, DONE = (
    State.READY,
    State.DELIVERING,
    State.HOLDING,
    State.INTERRUPTED,
    State.COMPLETE,
)


def test_recording_starts_with_delivery_and_trails() -> None:
    assert _chosen([READY, ON, DONE], [5, 6, 20]) == [5, 7, 9, 11, 13, 15]


def test_lead_in_and_phase() -> None:
    assert _chosen([READY, ON, DONE], [5, 6, 20], lead_in_rows=2, trailing_rows=0) == [
        1,
        3,
        5,
        7,
        9,
    ]
    assert _chosen([READY, ON, DONE], [5, 6, 20], phase_ticks=1, trailing_rows=0) == [6, 8, 10]


def test_hold_is_recorded_whole() -> None:
    assert _chosen([ON, HELD, ON], [2, 500, 2], trailing_rows=0) == list(range(0, 504, 2))


def test_interruption_is_recorded_for_half_a_second() -> None:
    rows = _chosen([ON, OFF, ON], [10, 1000, 10], trailing_rows=0)
    assert rows == [*range(0, 60, 2), *range(1010, 1020, 2)]
    assert len(_chosen([ON, OFF], [10, 1000], interrupted_s=math.inf)) == 505


def test_nothing_before_delivery() -> None:
    assert _chosen([READY, OFF], [50, 50], lead_in_rows=5) == []


def test_writable_folder_leaves_no_probe(tmp_path: Path) -> None:
    ready_folder(tmp_path, 1000)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    ready_folder(tmp_path / "results" / "today", 1)
    assert list((tmp_path / "results" / "today").iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/out"])
def test_a_file_is_no_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogWriteError, match="not a folder"):
        ready_folder(tmp_path / place, 1)


def test_too_little_space_is_told_with_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=3_000_000))
    ready_folder(tmp_path, 1_000_000)
    with pytest.raises(LogWriteError, match=r"66\.0 MB and the disk has 3\.0 MB"):
        ready_folder(tmp_path, 66_000_000)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "No space left"),
        (errno.EROFS, "Read-only"),
        (errno.EACCES, "Permission denied"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_disk_errors_in_words(code: int, words: str) -> None:
    told = write_error(OSError(code, f"[errno {code}]"), Path("log.bin"))
    assert isinstance(told, InputError)
    assert words in str(told)
    assert str(told).startswith("log.bin: cannot write")
