"""Every defect of a trace is told with file and line, and handled as the policy says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.traces import Action, Policy, ReadOptions, policy_from
from linacsim.model.findings import InputError, Severity
from tests.traces import read_text, robot_rows, rules, vxp, vxp_rows


def with_policy(**actions: Action) -> ReadOptions:
    return ReadOptions(policy=Policy(**actions))


def at(
    rows: list[str], index: int, change: Callable[[list[str]], list[str]], by: str = " "
) -> None:
    rows[index] = by.join(change(rows[index].split(by)))


def test_a_sound_trace_has_no_findings(tmp_path: Path) -> None:
    assert read_text(tmp_path, "\n".join(robot_rows())).findings == ()


def test_time_that_goes_back(tmp_path: Path) -> None:
    rows = robot_rows()
    rows[100], rows[101] = rows[101], rows[100]
    trace = read_text(tmp_path, "\n".join(rows))
    assert len(trace) == 499
    assert (np.diff(trace.times_ns) > 0).all()
    (finding,) = trace.findings
    assert finding.rule == "trace.out-of-order"
    assert finding.severity is Severity.WARNING
    assert finding.place.line == 102
    assert "1 sample dropped" in finding.found
    with pytest.raises(InputError, match=r"trace.txt:102: time goes back from 20.200 to 20.000 s"):
        read_text(tmp_path, "\n".join(rows), with_policy(out_of_order=Action.REFUSE))


def test_a_clock_that_starts_again_is_refused(tmp_path: Path) -> None:
    rows = robot_rows(300) + robot_rows(300)
    with pytest.raises(InputError, match=r"trace.txt:301: .*too many to drop; sort or split"):
        read_text(tmp_path, "\n".join(rows))


def test_repeated_time(tmp_path: Path) -> None:
    rows = robot_rows()
    rows.insert(50, rows[49])
    trace = read_text(tmp_path, "\n".join(rows))
    assert len(trace) == 500
    assert rules(trace) == {"repeated-time": Severity.WARNING}
    assert trace.findings[0].place.line == 51


def test_a_clock_that_stands_still(tmp_path: Path) -> None:
    rows = [f"1 {row.split(' ', 1)[1]}" for row in robot_rows()]
    with pytest.raises(InputError, match="the clock stood still; state the rate"):
        read_text(tmp_path, "\n".join(rows))
    trace = read_text(tmp_path, "\n".join(rows), ReadOptions(rate_hz=5))
    assert trace.rate_hz == 5
    assert rules(trace) == {"rate-given": Severity.NOTE}


def test_gap(tmp_path: Path) -> None:
    rows = robot_rows()
    del rows[100:105]
    trace = read_text(tmp_path, "\n".join(rows))
    (finding,) = trace.findings
    assert finding.rule == "trace.gap"
    assert finding.place.line == 101
    assert "1.2 s without a sample after 19.8 s" in finding.found
    with pytest.raises(InputError, match="without a sample"):
        read_text(tmp_path, "\n".join(rows), with_policy(gap=Action.REFUSE))


def test_jump(tmp_path: Path) -> None:
    rows = robot_rows()
    del rows[100:200]
    with pytest.raises(InputError, match=r"trace.txt:101: 20.2 s without a sample"):
        read_text(tmp_path, "\n".join(rows))
    trace = read_text(tmp_path, "\n".join(rows), with_policy(jump=Action.KEEP))
    assert rules(trace) == {"jump": Severity.WARNING}


def test_header_that_lies_about_the_rate(tmp_path: Path) -> None:
    trace = read_text(tmp_path, vxp(vxp_rows(), rate="30"))
    assert trace.rate_hz == 25
    assert rules(trace)["rate"] is Severity.WARNING
    found = next(item.found for item in trace.findings if item.rule == "trace.rate")
    assert found == "the header states 30 Hz and the times say 25 Hz; the times are followed"


@pytest.mark.parametrize("word", ["nan", "inf", "-inf"])
def test_position_that_is_no_number(tmp_path: Path, word: str) -> None:
    rows = robot_rows()
    at(rows, 70, lambda words: [*words[:2], word, *words[3:]])
    trace = read_text(tmp_path, "\n".join(rows))
    assert not trace.valid[70]
    assert trace.valid.sum() == 499
    assert not np.isinf(trace.positions).any()
    (finding,) = trace.findings
    assert (finding.rule, finding.place.line) == ("trace.not-a-number", 71)
    assert len(read_text(tmp_path, "\n".join(rows), with_policy(not_a_number=Action.DROP))) == 499
    with pytest.raises(InputError, match=r"trace.txt:71: position is not a number"):
        read_text(tmp_path, "\n".join(rows), with_policy(not_a_number=Action.REFUSE))


def test_time_that_is_no_number_is_dropped(tmp_path: Path) -> None:
    rows = robot_rows()
    at(rows, 70, lambda words: ["nan", *words[1:]])
    trace = read_text(tmp_path, "\n".join(rows))
    assert len(trace) == 499
    assert rules(trace) == {"time-not-a-number": Severity.WARNING}


def test_empty_field_is_no_zero(tmp_path: Path) -> None:
    rows = vxp_rows()
    at(rows, 5, lambda words: ["", *words[1:]], ",")
    trace = read_text(tmp_path, vxp(rows))
    assert not trace.valid[5]
    assert np.isnan(trace.positions[5, 2])


@pytest.mark.parametrize("row", ["1 2 3", "12 a 3 4 0 0 0", "1_0 2 3 4 0 0 0"])
def test_malformed_row(tmp_path: Path, row: str) -> None:
    rows = robot_rows()
    rows.insert(30, row)
    with pytest.raises(InputError, match=r"trace.txt:31: row is not 7 numbers") as caught:
        read_text(tmp_path, "\n".join(rows))
    assert "malformed=drop" in str(caught.value)
    assert "\n" not in str(caught.value)
    trace = read_text(tmp_path, "\n".join(rows), with_policy(malformed=Action.DROP))
    assert len(trace) == 500
    assert rules(trace) == {"malformed": Severity.WARNING}


def test_lines_are_counted_with_empty_ones(tmp_path: Path) -> None:
    rows = robot_rows()
    rows[10:10] = ["", "  ", "oops"]
    with pytest.raises(InputError, match=r"trace.txt:13: "):
        read_text(tmp_path, "\n".join(rows))


def test_decimal_commas_between_commas(tmp_path: Path) -> None:
    rows = [row.replace(".", ",") for row in vxp_rows()]
    with pytest.raises(InputError, match=r"trace.txt:11: .*decimal commas"):
        read_text(tmp_path, vxp(rows))


def test_lost_and_irregular_flags(tmp_path: Path) -> None:
    rows = vxp_rows()
    at(rows, 8, lambda words: [*words[:3], "-1", *words[4:]], ",")
    at(rows, 9, lambda words: [*words[:3], "-2", *words[4:]], ",")
    trace = read_text(tmp_path, vxp(rows))
    assert np.flatnonzero(~trace.valid).tolist() == [8]
    lines = {item.rule: item.place.line for item in trace.findings}
    assert lines["trace.lost"] == 19
    assert lines["trace.irregular"] == 20
    strict = read_text(tmp_path, vxp(rows), with_policy(irregular=Action.INVALID))
    assert np.flatnonzero(~strict.valid).tolist() == [8, 9]
    assert len(read_text(tmp_path, vxp(rows), with_policy(lost=Action.DROP))) == 499


def test_leap_to_zero(tmp_path: Path) -> None:
    rows = robot_rows()
    at(rows, 55, lambda words: [words[0], *["0"] * 6])
    trace = read_text(tmp_path, "\n".join(rows))
    assert np.flatnonzero(~trace.valid).tolist() == [55]
    assert rules(trace) == {"zero-row": Severity.WARNING}


def test_zero_on_the_way_is_left_alone(tmp_path: Path) -> None:
    phase = 2 * np.pi * np.arange(400) / 20
    rows = [f"{k * 0.2:.6g} 0 {5 * np.sin(p):.4f} 0" for k, p in enumerate(phase)]
    trace = read_text(tmp_path, "\n".join(rows))
    assert (trace.positions == 0).all(axis=1).sum() >= 10
    assert trace.valid.all()
    assert trace.findings == ()


def test_frozen_sensor(tmp_path: Path) -> None:
    rows = robot_rows()
    for k in range(41, 46):
        at(rows, k, lambda words: [words[0], *rows[40].split(" ")[1:]])
    trace = read_text(tmp_path, "\n".join(rows))
    assert trace.valid.all()
    assert rules(trace) == {"frozen": Severity.WARNING}
    assert trace.findings[0].place.line == 42
    marked = read_text(tmp_path, "\n".join(rows), with_policy(frozen=Action.INVALID))
    assert np.flatnonzero(~marked.valid).tolist() == [41, 42, 43, 44, 45]


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_samples(tmp_path: Path, count: int) -> None:
    with pytest.raises(InputError, match=r"trace.txt:11: holds (fewer than two|no) samples"):
        read_text(tmp_path, vxp(vxp_rows()[:count]))


def test_no_sample_has_a_time(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fewer than two samples"):
        read_text(tmp_path, "nan 1 2 3\nnan 1 2 4\n")


def test_no_valid_sample(tmp_path: Path) -> None:
    rows = [row.replace(",0,1,,0", ",-1,1,,0") for row in vxp_rows()]
    with pytest.raises(InputError, match="holds no valid sample"):
        read_text(tmp_path, vxp(rows))


def test_millimetres_for_centimetres(tmp_path: Path) -> None:
    trace = read_text(tmp_path, vxp(vxp_rows(), scale="100.0"))
    assert rules(trace)["amplitude"] is Severity.WARNING
    assert "mm may have been read as cm" in str(trace.findings)


def test_centimetres_for_millimetres(tmp_path: Path) -> None:
    trace = read_text(tmp_path, vxp(vxp_rows(), scale="0.1"))
    assert "cm may have been read as mm" in str(trace.findings)


def test_no_periodicity(tmp_path: Path) -> None:
    drift = np.cumsum(np.random.default_rng(3).standard_normal(1000)) * 0.05
    rows = [f"{k * 0.2:.6g} 0.1 {value:.5f} 0" for k, value in enumerate(drift.tolist())]
    trace = read_text(tmp_path, "\n".join(rows))
    assert rules(trace) == {"periodicity": Severity.NOTE}


def test_header_numbers_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"trace.txt:8: samples_per_second: must be a positive"):
        read_text(tmp_path, vxp(vxp_rows(), rate="fast"))


def test_policy_from_words() -> None:
    policy = policy_from(["out-of-order=refuse", "lost=keep"])
    assert policy == Policy(out_of_order=Action.REFUSE, lost=Action.KEEP)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("lots=keep", "unknown defect in 'lots=keep'; did you mean lost"),
        ("gap=drop", "unknown action in 'gap=drop'; allowed for this defect: refuse, keep"),
        ("gap", "unknown action"),
    ],
)
def test_policy_slips(word: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        policy_from([word])
