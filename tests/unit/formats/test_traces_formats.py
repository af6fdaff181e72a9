"""Each format of traces is read as its description says."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.traces import ColumnMap, ReadOptions, column_map_from, read_trace
from linacsim.model.findings import InputError
from linacsim.model.trace import TraceFormat, TraceMark
from tests.traces import read_text, robot_rows, rules, vxp, vxp_rows


def test_vxp_16(tmp_path: Path) -> None:
    rows = ["0.2617,3.1416,185738,0,1,P,0", "0.2616,0.0000,185778,-2,0,Z,1"]
    trace = read_text(tmp_path, vxp(rows))
    assert trace.format is TraceFormat.VXP
    assert trace.version == "1.6"
    assert trace.axes == "z"
    assert trace.positions.tolist() == [[0, 0, 0.2617], [0, 0, 0.2616]]
    assert trace.times_ns.tolist() == [0, 40_000_000]
    assert trace.clock_origin_ns == 185_738_000_000
    assert trace.phase_deg is not None
    assert trace.phase_deg[0] == pytest.approx(180, abs=1e-3)
    assert trace.flags is not None
    assert trace.flags.tolist() == [0, -2]
    assert trace.marks is not None
    assert trace.marks.tolist() == [TraceMark.PI, TraceMark.ZERO]
    assert trace.ttl_in is not None
    assert trace.ttl_in.tolist() == [True, False]
    assert trace.ttl_out is not None
    assert trace.ttl_out.tolist() == [False, True]
    assert trace.stated_rate_hz == 25
    assert rules(trace)["crc"] == "note"


def test_vxp_15_ends_with_the_mark(tmp_path: Path) -> None:
    rows = ["-0.6249,3.0659,111424,0,1,", "-0.6198,3.1169,111458,0,1,P"]
    trace = read_text(tmp_path, vxp(rows, version="1.5", rate="30"))
    assert trace.ttl_out is None
    assert trace.marks is not None
    assert trace.marks.tolist() == [TraceMark.NONE, TraceMark.PI]


def test_vxp_scale_factor_gives_millimetres(tmp_path: Path) -> None:
    rows = ["2.617,3.1,0,0,1,,0", "2.5,3.1,40,0,1,,0"]
    trace = read_text(tmp_path, vxp(rows, scale="1.0"))
    assert trace.positions[0, 2] == pytest.approx(0.2617)


def test_vxp_keeps_nothing_that_leads_to_a_patient(tmp_path: Path) -> None:
    trace = read_text(tmp_path, vxp(vxp_rows()))
    assert "SECRET" not in repr(trace)
    assert "2021" not in repr(trace)


def test_axis_sign_and_phase_are_options(tmp_path: Path) -> None:
    rows = ["0.2,0.0,0,0,1,Z,0", "0.3,0.1,40,0,1,,0"]
    options = ReadOptions(amplitude_axis="y", invert=True, phase_offset_deg=180)
    trace = read_text(tmp_path, vxp(rows), options)
    assert trace.axes == "y"
    assert trace.positions[:, 1].tolist() == [-0.2, -0.3]
    assert trace.phase_deg is not None
    assert trace.phase_deg[0] == 180


def dat(version: str, rows: list[str]) -> str:
    header = [
        *("CRC = 123,", f"VERSION = {version},", "1.5,0.0,", "#FALSE#,", "-0.2,0.3,"),
        *("0,", "0,", "0,", "0,", "0,"),
    ]
    return "\n".join(header + rows) + "\n"


@pytest.mark.parametrize(("version", "extra"), [("1.4", ""), ("1.7", "9.9,8.8,")])
def test_rpm_dat(tmp_path: Path, version: str, extra: str) -> None:
    rows = [f"0.5,{extra}3.1416,1000,0,7,1,1,", f"0.6,{extra}3.2,1033,-1,8,1,0,"]
    trace = read_text(tmp_path, dat(version, rows), name="session.dat")
    assert trace.format is TraceFormat.RPM_DAT
    assert trace.version == version
    assert trace.positions[:, 2].tolist() == [0.5, 0.6]
    assert trace.valid.tolist() == [True, False]
    assert trace.beam_enable is not None
    assert trace.beam_enable.tolist() == [True, False]
    assert trace.gate_limits_cm == (1.3, 1.8)
    assert trace.times_ns.tolist() == [0, 33_000_000]
    assert rules(trace)["rpm-columns"] == "not acted on"


def test_rpm_dat_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"session.dat:2: RPM version '2.0' is not known"):
        read_text(tmp_path, dat("2.0", ["0.5,3.1,1,0,7,1,1"]), name="session.dat")


def test_robot_columns(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "0 1 2 3 0 0 0\n0.2 4 5 6 0 0 0\n")
    assert trace.format is TraceFormat.ROBOT
    assert trace.axes == "xyz"
    assert trace.positions == pytest.approx(np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]))
    assert trace.times_ns.tolist() == [0, 200_000_000]
    assert "rotations" not in rules(trace)


def test_robot_angles_are_kept(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "0 1 2 3 0 0 1.5\n0.2 4 5 6 0 0 0\n")
    assert trace.rotations_deg is not None
    assert trace.rotations_deg[0].tolist() == [0, 0, 1.5]
    assert "rotations" not in rules(trace)


@pytest.mark.parametrize("row", ["1 2 3", "1 2 3 0 0 0"])
def test_robot_without_time_needs_a_rate(tmp_path: Path, row: str) -> None:
    text = f"{row}\n{row.replace('1', '2')}\n"
    with pytest.raises(InputError, match=r"trace.txt:1: has no time column; state the rate"):
        read_text(tmp_path, text)
    trace = read_text(tmp_path, text, ReadOptions(rate_hz=50))
    assert trace.times_ns.tolist() == [0, 20_000_000]


def test_robot_with_comments_and_decimal_commas(tmp_path: Path) -> None:
    trace = read_text(tmp_path, "# made by hand\n\n0 1,5 2 3\n0,2 4 5 6\n")
    assert trace.positions[0, 0] == pytest.approx(0.15)
    assert trace.times_ns[1] == 200_000_000
    assert rules(trace)["decimal-comma"] == "note"


def test_csv_with_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    text = "Zeit;SI;AP;Phase;gut\n0;1,5;-2,25;0;1\n40;1,75;-2,5;90;0\n"
    columns = column_map_from(
        "time=Zeit,time_unit=ms,y=SI,z=AP,phase=Phase,valid=gut,length_unit=mm"
    )
    trace = read_text(tmp_path, text, ReadOptions(columns=columns), name="a.csv")
    assert trace.format is TraceFormat.CSV
    assert trace.axes == "yz"
    assert trace.positions == pytest.approx(np.array([[0, 0.15, -0.225], [0, 0.175, -0.25]]))
    assert trace.times_ns.tolist() == [0, 40_000_000]
    assert trace.valid.tolist() == [True, False]
    assert trace.phase_deg is not None
    assert trace.phase_deg.tolist() == [0, 90]


def test_csv_without_titles_is_mapped_by_number(tmp_path: Path) -> None:
    columns = ColumnMap(time="1", z="3", length_unit="cm")
    trace = read_text(tmp_path, "0,7,0.1\n0.04,7,0.2\n", ReadOptions(columns=columns), name="a.csv")
    assert trace.positions[:, 2].tolist() == [0.1, 0.2]
    assert rules(trace)["unused-column"] == "note"


def test_csv_with_two_columns_of_one_title_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.csv:1: 2 columns are called 'z_cm': which is z\?"):
        read_text(tmp_path, "time_s,z_cm,z_cm\n0,1,2\n1,2,3\n", name="a.csv")


def test_csv_needs_its_columns_declared(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="for a CSV file name the columns"):
        read_text(tmp_path, "t,height\n0,1\n1,2\n", name="a.csv")
    columns = ColumnMap(time="t", z="hight", length_unit="cm")
    with pytest.raises(InputError, match=r"a.csv:1: no column 'hight' for z; the file has t, h"):
        read_text(tmp_path, "t,height\n0,1\n1,2\n", ReadOptions(columns=columns), name="a.csv")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("time=t,z=a", "length_unit must be one of cm, mm, m, not nothing"),
        ("time=t,length_unit=cm", "names no position"),
        ("tme=t,z=a,length_unit=cm", "unknown key 'tme'; did you mean time"),
        ("z=a,length_unit=inch", "length_unit must be one of cm, mm, m, not inch"),
    ],
)
def test_column_map_slips(words: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        column_map_from(words)


def treatment(comma: bool) -> str:
    lines = ["Gestartet: 01.02.2020, 10:00:00"]
    lines += ["Unterer Grenzwerte: -0.25 cm", "Oberer Grenzwerte: 0.40 cm", ""]
    for scale in (1, 2, 3):
        lines.append("Zeit [s]\tAmplitude [cm]")
        lines += [f"{k * 0.04:.2f}\t{scale * 0.1 * k:.2f}" for k in range(5)]
        lines.append("")
    lines += ["Zeit [s]\t1 = Aktivieren, 0 = Deaktivieren", "0.05\t1", "0.13\t0", ""]
    text = "\n".join(lines)
    return text.replace(".", ",") if comma else text


@pytest.mark.parametrize("comma", [False, True])
def test_treatment_trace(tmp_path: Path, comma: bool) -> None:
    trace = read_text(tmp_path, treatment(comma))
    assert trace.format is TraceFormat.TREATMENT
    assert trace.positions[4] == pytest.approx([0.4, 1.2, 0.8])
    assert trace.gate_limits_cm == (-0.25, 0.40)
    assert trace.beam_enable is not None
    assert trace.beam_enable.tolist() == [False, False, True, True, False]


def test_treatment_trace_lacking_a_block(tmp_path: Path) -> None:
    text = treatment(False).replace("Zeit [s]\tAmplitude [cm]\n", "", 1)
    with pytest.raises(
        InputError, match="has 2 blocks of amplitudes where a treatment trace has 3"
    ):
        read_text(tmp_path, text)


def test_cbct_trace(tmp_path: Path) -> None:
    text = "[Header]\nVersion=1\nDate=2020_01_31\n[Data]\n0.1\n0.2\n0.3\n"
    trace = read_text(tmp_path, text)
    assert trace.format is TraceFormat.CBCT
    assert trace.rate_hz == pytest.approx(15)
    assert trace.positions[:, 2].tolist() == [0.1, 0.2, 0.3]
    assert rules(trace)["rate-taken"] == "note"


def test_byte_order_marks_and_utf_16(tmp_path: Path) -> None:
    text = "\n".join(robot_rows())
    plain = read_text(tmp_path, text)
    for encoding in ("utf-8-sig", "utf-16"):
        path = tmp_path / f"{encoding}.txt"
        path.write_bytes(text.encode(encoding))
        assert read_trace(path).positions.tolist() == plain.positions.tolist()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        (b"\x89PNG\r\n\0\0\0", "is not text"),
        (b"once upon a time\n", "is not a trace of a known format"),
    ],
)
def test_what_is_no_trace(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_trace(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_trace(tmp_path / "none.vxp")


def test_unknown_axis() -> None:
    with pytest.raises(InputError, match="amplitude axis must be x, y or z, not 'up'"):
        read_trace("a", ReadOptions(amplitude_axis="up"))


@pytest.mark.parametrize("offset_deg", [float("nan"), float("inf")])
def test_a_phase_offset_that_is_no_number(offset_deg: float) -> None:
    with pytest.raises(InputError, match="phase offset must be a number"):
        read_trace("a", ReadOptions(phase_offset_deg=offset_deg))
