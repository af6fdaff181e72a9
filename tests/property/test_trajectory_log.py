"""What must hold for any frames: reading gives back what was written, however it was cut."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linacsim.formats.trajectory_log import (
    BeamRecord,
    LogHeader,
    RecordingWindow,
    TrajectoryLogWriter,
    parse_log,
    read_log,
)
from linacsim.formats.trajectory_log.crc import LogCrc, log_crc
from linacsim.formats.trajectory_log.text import decode_name, encode_name
from linacsim.model.axes import AxisLayout
from linacsim.model.findings import InputError
from linacsim.model.signals import Frames, State

LAYOUT = AxisLayout(4)
TMP_OK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STATES = [State.READY, State.DELIVERING, State.HOLDING, State.INTERRUPTED, State.COMPLETE]


def frames_of(state: np.ndarray, seed: int) -> Frames:
    n = len(state)
    rng = np.random.default_rng(seed)
    return Frames(
        tick=np.arange(n) + 7,
        state=state,
        segment=np.zeros(n, dtype=np.int64),
        cp=rng.uniform(0, 9, n),
        mu_expected=rng.uniform(0, 99, n),
        mu_actual=rng.uniform(0, 99, n),
        hold_expected=rng.integers(0, 4, n, dtype=np.uint8),
        hold_actual=rng.integers(0, 4, n, dtype=np.uint8),
        expected=rng.uniform(-20, 370, (n, LAYOUT.n_axes)),
        actual=rng.uniform(-20, 370, (n, LAYOUT.n_axes)),
        frozen=np.zeros(LAYOUT.n_axes, dtype=bool),
        beam_on=np.ones(n, dtype=bool),
        interlocks=np.zeros(n, dtype=np.int64),
    )


def part(frames: Frames, start: int, end: int) -> Frames:
    whole = {"frozen", "events", "field"}
    names = Frames.__dataclass_fields__
    values = {name: getattr(frames, name) for name in names}
    return Frames(**{name: v if name in whole else v[start:end] for name, v in values.items()})


def write(path: Path, frames: Frames, cuts: list[int], **options: object) -> bytes:
    record = BeamRecord(0, 99.0, 10.0, 0, "1.1:TX")
    header = LogHeader("plan", "1.1:TX", 99.0, "6x", 2, (record,))
    writer = TrajectoryLogWriter(
        path,
        LAYOUT,
        header,
        overwrite=True,
        sync=False,
        **options,  # type: ignore[arg-type]
    )
    edges = [0, *sorted(cuts), len(frames)]
    for start, end in pairwise(edges):
        writer.write(part(frames, start, end))
    return path.read_bytes() if writer.close() else b""


state_runs = st.lists(
    st.tuples(st.sampled_from(STATES), st.integers(1, 700)), min_size=1, max_size=6
)


@TMP_OK
@given(data=st.data(), runs=state_runs, seed=st.integers(0, 9))
def test_bytes_do_not_depend_on_how_frames_are_cut(
    tmp_path: Path, data: st.DataObject, runs: list[tuple[State, int]], seed: int
) -> None:
    state = np.repeat(np.array([run[0] for run in runs], dtype=np.uint8), [run[1] for run in runs])
    frames = frames_of(state, seed)
    options = {
        "version": data.draw(st.sampled_from(["2.1", "3.0", "4.0"])),
        "interval_ms": data.draw(st.sampled_from([10, 20])),
        "window": RecordingWindow(
            lead_in_rows=data.draw(st.integers(0, 5)),
            trailing_rows=data.draw(st.integers(0, 5)),
            phase_ticks=data.draw(st.integers(0, 1)),
        ),
    }
    cuts = data.draw(st.lists(st.integers(0, len(frames)), max_size=40))
    whole = write(tmp_path / "whole.bin", frames, [], **options)
    assert write(tmp_path / "cut.bin", frames, cuts, **options) == whole
    if data.draw(st.booleans()):
        single = list(range(1, len(frames)))
        assert write(tmp_path / "single.bin", frames, single, **options) == whole


@TMP_OK
@given(ticks=st.integers(1, 1500), seed=st.integers(0, 99))
def test_read_back_is_what_was_written(tmp_path: Path, ticks: int, seed: int) -> None:
    frames = frames_of(np.full(ticks, State.DELIVERING, dtype=np.uint8), seed)
    write(tmp_path / "log.bin", frames, [], interval_ms=10)
    log = read_log(tmp_path / "log.bin")
    expected, actual = log.positions()
    assert np.array_equal(expected, frames.expected.astype("f4"))
    assert np.array_equal(actual, frames.actual.astype("f4"))
    assert np.array_equal(log.mu.actual, frames.mu_actual.astype("f4"))
    assert np.array_equal(log.beam_hold.expected, frames.hold_expected)
    assert np.array_equal(log.control_point.expected, log.control_point.actual)


@TMP_OK
@given(data=st.data())
def test_no_damage_goes_unseen_or_unanswered(tmp_path: Path, data: st.DataObject) -> None:
    state = np.full(30, State.DELIVERING, dtype=np.uint8)
    whole = write(tmp_path / "log.bin", frames_of(state, 1), [])
    changed = bytearray(whole)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed[at] ^= data.draw(st.integers(1, 255))
    array = np.frombuffer(bytes(changed), dtype=np.uint8)
    with pytest.raises(InputError):
        parse_log(array)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(InputError):
        parse_log(np.frombuffer(whole[:cut], dtype=np.uint8))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=70_000), st.integers(0, 70_000))
def test_crc_of_two_parts_is_the_crc_of_the_whole(data: bytes, cut: int) -> None:
    array = np.frombuffer(data, dtype=np.uint8)
    crc = LogCrc()
    crc.add(array[cut:], cut)
    crc.add(array[:cut], 0)
    assert crc.value(len(array)) == log_crc(array)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=60))
def test_names_survive(name: str) -> None:
    assert decode_name(encode_name(name, 512, utf7=True), utf7=True) == name
