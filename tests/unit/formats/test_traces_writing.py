"""Traces are written so that they can be read again, and what is lost is told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.traces import read_trace, write_trace
from linacsim.model.findings import InputError
from linacsim.model.trace import Trace, TraceFormat
from tests.traces import read_text, robot_rows, trace_of, vxp, vxp_rows

COLUMNS = ("phase_deg", "flags", "marks", "beam_enable", "ttl_in", "ttl_out")


def same(first: Trace, second: Trace) -> bool:
    return (
        np.array_equal(first.times_ns, second.times_ns)
        and first.clock_origin_ns == second.clock_origin_ns
        and np.array_equal(first.positions, second.positions, equal_nan=True)
        and np.array_equal(first.valid, second.valid)
        and all(
            np.array_equal(getattr(first, name), getattr(second, name))
            for name in COLUMNS
            if getattr(first, name) is not None
        )
    )


def test_vxp_rows_come_back_as_they_were(tmp_path: Path) -> None:
    rows = vxp_rows()
    rows[3] = rows[3].replace(",,", ",Z,")
    text = vxp(rows)
    told = write_trace(read_text(tmp_path, text), tmp_path / "out.vxp")
    assert told == ()
    written = (tmp_path / "out.vxp").read_bytes().decode()
    assert written.split("[Data]")[1] == text.split("[Data]")[1]
    assert len(written.split("[Data]")[0].splitlines()) == 9
    assert "SECRET" not in written


def test_csv_holds_every_column(tmp_path: Path) -> None:
    rows = vxp_rows()
    rows[4] = rows[4].replace(",0,1,,0", ",-1,0,P,1")
    trace = read_text(tmp_path, vxp(rows))
    assert write_trace(trace, tmp_path / "out.csv") == ()
    assert same(trace, read_trace(tmp_path / "out.csv"))


def test_robot_columns_come_back(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "\n".join(robot_rows()))
    assert write_trace(trace, tmp_path / "out.txt") == ()
    assert same(trace, read_trace(tmp_path / "out.txt"))


def test_what_a_format_cannot_hold_is_told(tmp_path: Path) -> None:
    rows = vxp_rows()
    rows[4] = rows[4].replace(",0,1,,0", ",-1,1,,0")
    told = write_trace(read_text(tmp_path, vxp(rows)), tmp_path / "out.txt")
    assert [item.found for item in told] == [
        "the format cannot hold phase_deg, flags, marks, ttl_in, ttl_out",
        "1 sample that are invalid are written like valid ones",
    ]


def test_three_axes_need_a_choice_for_vxp(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "\n".join(robot_rows()))
    with pytest.raises(InputError, match="name one"):
        write_trace(trace, tmp_path / "out.vxp")
    assert not (tmp_path / "out.vxp").exists()
    told = write_trace(trace, tmp_path / "out.vxp", axis="y")
    assert [item.rule for item in told] == ["trace.one-axis", "trace.phase-made"]


def test_phase_is_made_from_low_turns(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "\n".join(robot_rows()))
    write_trace(trace, tmp_path / "out.vxp", axis="y")
    made = read_trace(tmp_path / "out.vxp")
    truth = (np.arange(500) * 0.2 / 4 * 360 + 90) % 360
    assert made.phase_deg is not None
    assert made.flags is not None
    assert made.marks is not None
    known = made.flags == 0
    assert known.sum() > 450
    off = (made.phase_deg[known] - truth[known] + 180) % 360 - 180
    assert np.abs(off).max() < 0.01
    assert (made.marks == 1).sum() == 25
    assert (made.marks == 2).sum() == 24


def test_existing_file_is_kept(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "\n".join(robot_rows()))
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(InputError, match="exists and is kept"):
        write_trace(trace, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "mine"
    write_trace(trace, tmp_path / "out.csv", overwrite=True)
    assert len(read_trace(tmp_path / "out.csv")) == 500


@pytest.mark.parametrize(
    ("name", "format", "told"),
    [
        ("out.xyz", None, "suffix '.xyz' names no format"),
        ("no/such/folder.csv", None, "cannot write the trace: No such file"),
    ],
)
def test_where_nothing_can_be_written(
    tmp_path: Path, name: str, format: TraceFormat | None, told: str
) -> None:
    trace = read_text(tmp_path, "\n".join(robot_rows()))
    with pytest.raises(InputError, match=told):
        write_trace(trace, tmp_path / name, format)


def regular(folder: Path) -> Trace:
    """Return 20 s at 15 Hz along z, which every format can hold, with what some hold besides."""
    times = np.rint(np.arange(301) * 1e9 / 15)
    positions = np.zeros((301, 3))
    positions[:, 2] = 0.7 * np.cos(2 * np.pi * times / 4e9)
    beam = np.arange(301) % 60 > 20
    made = trace_of(times, positions, axes="z")
    return replace(made, beam_enable=beam, gate_limits_cm=(-0.7, -0.2))


@pytest.mark.parametrize("last", TraceFormat)
@pytest.mark.parametrize("first", TraceFormat)
def test_each_format_becomes_each_other(
    tmp_path: Path, first: TraceFormat, last: TraceFormat
) -> None:
    trace = regular(tmp_path)
    for k, format in enumerate((first, last)):
        path = tmp_path / f"{k}"
        write_trace(trace, path, format, axis="z")
        trace = read_trace(path)
        assert trace.format is format
    original = regular(tmp_path)
    assert len(trace) == len(original)
    assert np.abs(trace.positions[:, 2] - original.positions[:, 2]).max() < 6e-4, "1 ms of motion"
    assert np.abs(trace.times_ns - original.times_ns).max() <= 1_000_000
    held = {TraceFormat.CSV, TraceFormat.RPM_DAT, TraceFormat.TREATMENT}
    if {first, last} <= held:
        assert np.array_equal(trace.beam_enable, original.beam_enable)
    if {first, last} <= held - {TraceFormat.CSV}:
        assert trace.gate_limits_cm == pytest.approx(original.gate_limits_cm)


def test_a_treatment_trace_holds_three_axes_exactly(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "\n".join(robot_rows()))
    write_trace(trace, tmp_path / "out", TraceFormat.TREATMENT)
    back = read_trace(tmp_path / "out")
    assert np.array_equal(back.positions, trace.positions)
    assert np.array_equal(back.times_ns, trace.times_ns)


def test_a_cbct_trace_is_resampled_and_that_is_told(tmp_path: Path) -> None:
    trace = read_text(tmp_path, vxp(vxp_rows()))
    told = write_trace(trace, tmp_path / "out", TraceFormat.CBCT)
    assert "trace.resampled" in [item.rule for item in told]
    back = read_trace(tmp_path / "out")
    assert back.duration_s == pytest.approx(trace.duration_s, abs=1 / 15)
    at = back.times_ns / 1e9
    assert np.abs(back.positions[:, 2] - 0.5 * np.cos(2 * np.pi * at / 4)).max() < 0.002
