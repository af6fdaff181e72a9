"""Reading and writing TRF logs, and what is said of bad ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trf import (
    Followed,
    export_trf,
    is_trf,
    parse_trf,
    read_trf,
    refreshed,
    rewritten,
    rows_of,
    trf_bytes,
    trf_info,
    write_trf,
)
from linacsim.formats.trf.dose import control_points, delivered_mu, step_mu
from linacsim.formats.trf.header import encode_header
from linacsim.formats.trf.items import COLUMNS, MLC_STATUS
from linacsim.formats.trf.statistics import clock_steps_ms, refresh, segments, stays
from linacsim.model.elekta import LinacState
from linacsim.model.findings import InputError
from tests.trf_rows import FIRST_DOSE, MU, STATES, header, rows


@pytest.mark.parametrize("version", [1, 3])
def test_what_is_written_is_read(version: int) -> None:
    data = trf_bytes(header(version=version), rows())
    log = parse_trf(data)
    assert is_trf(data[:20])
    assert log.header == header(version=version)
    assert (log.header.label, log.header.name) == ("1-1", "open")
    assert log.header.emulated
    back = rows_of(log)
    assert np.allclose(back.leaves_y2_mm.actual, rows().leaves_y2_mm.actual, atol=0.0501)
    assert np.allclose(back.x1_mm.prescribed, rows().x1_mm.prescribed, atol=0.1001)
    assert (back.state == rows().state).all()
    assert rewritten(log) == data == trf_bytes(log.header, back)


def test_dose_is_cut_off_and_positions_are_rounded() -> None:
    made = replace(
        rows(), step_dose_mu=np.full(len(rows()), 19.99), dose_mu=np.full(len(rows()), 19.99)
    )
    back = rows_of(parse_trf(trf_bytes(header(), made)))
    assert set(back.step_dose_mu) == {19.9}
    assert set(back.dose_mu * 64) == {1279.0}


def test_bank_y2_stands_the_other_way_in_the_file() -> None:
    log = parse_trf(trf_bytes(header(), rows()))
    names = [column.name for column in log.columns]
    raw = log.counts[-1]
    assert raw[names.index("leaf_y2_80_mm_actual")] == -600
    assert raw[names.index("leaf_y1_80_mm_actual")] == -600
    assert raw[names.index("leaf_y2_80_mm_error")] == 1


def test_time_stamps_are_unix_milliseconds() -> None:
    log = parse_trf(trf_bytes(header(), rows()))
    assert log.time_ms is not None
    assert log.time_ms[0] == round(header().when.timestamp() * 1000)
    assert clock_steps_ms(log) == {40: len(rows()) - 1}
    assert parse_trf(trf_bytes(header(version=1), rows())).time_ms is None


def test_slow_columns_are_new_each_third_row() -> None:
    log = parse_trf(trf_bytes(header(), refreshed(rows())))
    changes = refresh(log)
    for slow in ("state", "dose_rate_mu_per_min", "gantry_deg_actual"):
        assert changes[slow][0] > 0
        assert changes[slow][1:] == [0, 0]
    assert min(changes["dose_mu"]) > 0
    assert min(changes["x1_mm_actual"]) > 0


def test_dose_goes_on_where_its_counters_begin_again() -> None:
    twice = np.concatenate([rows().dose_mu, rows().dose_mu])
    n = len(rows())
    double = {
        name: np.concatenate([value, value])
        if isinstance(value := getattr(rows(), name), np.ndarray)
        else Followed(np.concatenate([value.actual] * 2), np.concatenate([value.error] * 2))
        for name in rows().__dataclass_fields__
        if name != "time_ms"
    }
    double |= {
        "step_dose_mu": twice,
        "control_point": np.repeat([1, 3], n),
    }
    log = parse_trf(trf_bytes(header(mu=2 * MU), replace(rows(), **double)))
    assert delivered_mu(log)[-1] == pytest.approx(2 * MU)
    assert step_mu(log)[-1] == pytest.approx(2 * MU)
    points = control_points(log)
    assert points[n - 1] == pytest.approx(1.0)
    assert points[n] == pytest.approx(2.0)
    assert points[-1] == pytest.approx(3.0)


def test_the_counter_goes_round_at_1024_mu() -> None:
    long = replace(rows(), dose_mu=1400.0 * rows().dose_mu / MU)
    assert delivered_mu(parse_trf(trf_bytes(header(), long)))[-1] == pytest.approx(1400.0)


def test_states_and_start_up_are_told() -> None:
    log = parse_trf(trf_bytes(header(), rows()))
    assert [(stay.state, stay.rows) for stay in stays(log)] == [(s.value, n) for s, n in STATES]
    (segment,) = segments(log)
    assert segment.first_dose_s == pytest.approx((FIRST_DOSE + 1 - 24) * 0.04)
    assert segment.mu == pytest.approx(MU)
    told = trf_info(log)
    assert told["made_by"] == "linacsim emulator"
    assert told["states"][1] == "radiation on 4.80 s"  # type: ignore[index]


def test_versions_2_and_4_are_read_as_public_readers_do() -> None:
    made = rows()
    old = trf_bytes(header(version=3), made).replace(
        encode_header(header(version=3)), encode_header(header(version=2)), 1
    )
    assert (parse_trf(old).counts == parse_trf(trf_bytes(header(), made)).counts).all()
    keys = (*(column.key for column in COLUMNS), MLC_STATUS.key)
    new = header(version=4, keys=keys)
    row = np.zeros(3, dtype=[("time_ms", "<i8"), ("counts", "<i4", (351,))])
    row["counts"][:, 4] = 70_000
    log = parse_trf(encode_header(new) + row.tobytes())
    assert log.value("step_dose_mu").tolist() == [7000.0] * 3
    with pytest.raises(InputError, match="version 4 are not written"):
        rewritten(log)


GOOD = trf_bytes(header(), rows())
HEAD = len(encode_header(header()))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "ends inside the date"),
        (b"\x13hello", "ends inside the date"),
        (b"\x05hello" + GOOD, "does not begin with a date"),
        (GOOD[:30], "ends inside the field"),
        (GOOD[:50], "ends inside its header"),
        (GOOD[: HEAD - 2], "ends inside its list of 350 columns"),
        (GOOD[:HEAD], "the log has no rows"),
        (GOOD[:-1], "cut short: 707 of the 708 bytes of row 228"),
        (GOOD.replace(b"\x03\0\0\0\x5e\x01", b"\x05\0\0\0\x5e\x01", 1), "version 5 is not known"),
        (GOOD.replace(b"\x03\0\0\0\x5e\x01", b"\x04\0\0\0\x5e\x01", 1), "without its column 2170"),
        (GOOD.replace(b"\x5e\x01\0\0", b"\0\0\0\0", 1), "0 columns cannot be"),
        (GOOD.replace(b"\xc0\x08\x6f\0", b"\xc1\x08\x6f\0", 1), "item part 2241_111 is not known"),
        (GOOD.replace(b"\x81\x08\x64\0", b"\xc0\x08\x6f\0", 1), "2240_111 stands in 2 columns"),
        (GOOD.replace(b"open", b"op\nn", 1), "the field is no plain text"),
    ],
)
def test_bad_files_get_one_clear_line(data: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        parse_trf(data, Path("x.trf"))
    assert str(caught.value).startswith("x.trf: ")
    assert "\n" not in str(caught.value)


def test_a_file_cut_short_can_be_looked_at() -> None:
    log = parse_trf(GOOD[:-1], strict=False)
    assert len(log) == len(rows()) - 1
    assert "cut short" in log.problems[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"field": "x" * 51}, "at most 50"),
        ({"field": "Ωmega"}, "plain ASCII"),
        ({"machine": "x" * 17}, "at most 16"),
        ({"date": "2026-05-04"}, "write yy/mm/dd"),
        ({"time_zone": "UTC"}, r"write \+hh:mm"),
        ({"mu": -1.0}, "0 or more"),
        ({"mu": float("nan")}, "0 or more"),
        ({"version": 4}, "version 4 are not written"),
        ({"keys": ((1, 2),)}, "usual order only"),
    ],
)
def test_headers_that_readers_would_stumble_over_are_refused(
    change: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        trf_bytes(header(**change), rows())


def test_values_without_room_are_refused_with_column_and_row() -> None:
    far = rows().gantry_deg.actual.copy()
    far[7] = 4000.0
    made = replace(rows(), gantry_deg=Followed(far, rows().gantry_deg.error))
    with pytest.raises(InputError, match="row 7: gantry_deg_actual is 4000"):
        trf_bytes(header(), made)
    far[7] = np.nan
    with pytest.raises(InputError, match="row 7: gantry_deg_actual is nan"):
        trf_bytes(header(), made)


def test_a_log_without_a_column_says_which() -> None:
    state = next(c for c in COLUMNS if c.name == "state")
    short = header(version=1, keys=(state.key,))
    log = parse_trf(encode_header(short) + np.full(9, LinacState.PAUSE, dtype="<i2").tobytes())
    assert log.value("state").tolist() == [40.0] * 9
    with pytest.raises(InputError, match="no column control_point"):
        rows_of(log)
    assert trf_info(log)["delivery"] is None


def test_files_appear_whole_and_replace_nothing(tmp_path: Path) -> None:
    path = write_trf(tmp_path / "a.trf", header(), rows())
    assert read_trf(path).header == header()
    with pytest.raises(InputError, match="exists and is kept"):
        write_trf(path, header(), rows())
    write_trf(path, header(version=1), rows(), overwrite=True)
    assert read_trf(path).header.version == 1
    with pytest.raises(InputError, match="cannot write the log"):
        write_trf(tmp_path / "none" / "a.trf", header(), rows())
    with pytest.raises(InputError, match="not a file"):
        read_trf(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.trf"]


def test_exports_hold_every_column(tmp_path: Path) -> None:
    log = read_trf(write_trf(tmp_path / "a.trf", header(), rows()))
    table = export_trf(log, tmp_path / "a")
    lines = table.read_text().splitlines()
    assert lines[0].startswith("time_s,time_ms,control_point,")
    assert len(lines) == 1 + len(rows())
    assert len(lines[1].split(",")) == 352
    with np.load(export_trf(log, tmp_path / "a.npz")) as kept:
        assert kept["values"].shape == (len(rows()), 350)
    with pytest.raises(InputError, match="csv or npz"):
        export_trf(log, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="exists and is kept"):
        export_trf(log, table)
