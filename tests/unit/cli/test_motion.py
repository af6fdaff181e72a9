"""A beam is gated by a trace or a sine without a scenario; what is odd about motion is told."""

import json
from pathlib import Path

import pytest

from tests.traces import robot_rows, vxp, vxp_rows
from tests.unit.cli.conftest import Run


@pytest.fixture
def breath(folder: Path) -> Path:
    """An optical trace of 20 s whose header lies about the rate and whose clock slips once."""
    rows = vxp_rows()
    rows[100], rows[101] = rows[101], rows[100]
    path = folder / "breath.vxp"
    path.write_text(vxp(rows, rate="30"), newline="")
    return path


def test_a_sine_gates_a_beam(linacsim: Run) -> None:
    words = ("beams/gated-amplitude.xml", "--sine", "1.5,4", "--out", "out")
    result = linacsim("deliver", *words, "--json")
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert content["state"] == "COMPLETE"
    assert content["gating"]["beam_off_latency"]["count"] > 5
    assert Path(content["journal"]).is_file()


def test_a_trace_gates_a_beam_and_its_faults_are_told_before_beam_on(
    linacsim: Run, breath: Path
) -> None:
    result = linacsim(
        "deliver", "beams/gated-amplitude.xml", "--trace", "breath.vxp", "--out", "out"
    )
    assert result.exit_code == 0
    told, _, run = result.stdout.partition("interlock:")
    assert "breath.vxp:112: warning[trace.out-of-order] time goes back" in told
    assert "breath.vxp:8: warning[trace.rate] the header states 30 Hz" in told
    assert "COMPLETE" in run
    assert "beam-off latency" in run


def test_faults_of_a_trace_are_in_json_too(linacsim: Run, breath: Path, folder: Path) -> None:
    words = ("deliver", "beams/gated-couch.xml", "--trace", "breath.vxp", "--out", "out")
    content = json.loads(linacsim(*words, "--json").stdout)
    rules = {finding["rule"]: finding for finding in content["findings"]}
    assert rules["trace.out-of-order"]["line"] == 112
    scenario = (folder / "gated-couch.yaml").read_text().splitlines()
    lines = [line for line in scenario if not line.startswith(("motion:", "expect:", "  "))]
    lines += ["motion: {kind: trace, file: breath.vxp, loop: true}", "expect: {state: COMPLETE}"]
    (folder / "traced.yaml").write_text("\n".join(lines) + "\n")
    (record,) = json.loads(linacsim("run", "traced.yaml", "--json").stdout)
    assert {"trace.out-of-order", "trace.rate"} <= {one["rule"] for one in record["findings"]}
    assert record["met"]


def test_without_a_sensor_the_one_for_the_beam_is_taken(linacsim: Run) -> None:
    result = linacsim("deliver", "beams/gated-rtx.xml", "--sine", "1,4", "--out", "out")
    assert result.exit_code == 0
    assert "no motion is given" not in result.stdout


def test_a_gating_system_lends_its_latency(linacsim: Run) -> None:
    words = ("deliver", "beams/gated-amplitude.xml", "--sine", "1.5,7.7", "--out", "out")
    content = json.loads(linacsim(*words, "--sensor", "versahd-alignrt", "--json").stdout)
    assert content["gating"]["beam_on_latency"]["mean_ms"] == pytest.approx(1650, abs=60)


def test_a_sensor_of_another_source_leaves_the_gate_without_motion(linacsim: Run) -> None:
    words = ("deliver", "beams/gated-rtx.xml", "--sine", "1,4", "--sensor", "NDI")
    result = linacsim(*words, "--out", "out")
    assert result.exit_code == 1
    assert "gated by RTX1 and no motion is given" in result.stdout


def test_pictures_of_beam_and_gating(linacsim: Run, folder: Path) -> None:
    words = ("deliver", "beams/gated-amplitude.xml", "--sine", "1.5,4", "--out", "out", "--plot")
    assert linacsim(*words).exit_code == 0
    assert len(list((folder / "out").glob("*.png"))) == 2


def test_a_csv_trace_with_its_columns(linacsim: Run, folder: Path) -> None:
    rows = [row.split() for row in robot_rows()]
    text = "t;SI\n" + "".join(f"{row[0]};{row[2]}\n" for row in rows).replace(".", ",")
    (folder / "a.csv").write_text(text)
    words = ("deliver", "beams/gated-couch.xml", "--trace", "a.csv", "--out", "out")
    assert linacsim(*words, "--columns", "time=t,y=SI,length_unit=mm").exit_code == 0
    refused = linacsim(*words)
    assert refused.exit_code == 2
    assert "name the columns (--columns)" in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--trace", "none.vxp"), "none.vxp: the trace cannot be read: No such file"),
        (("--sine", "1.5"), "--sine must be travel in cm and period in s"),
        (("--sine", "1.5,0"), "--sine must be travel in cm and period in s"),
        (("--sine", "1,4", "--trace", "a"), "--trace and --sine: give one of them"),
        (("--columns", "time=t"), "--columns names columns of a trace: give --trace"),
        (("--columns", "time=t", "--sine", "1,4"), "--columns names columns of a trace"),
        (("--sensor", "NDI"), "--sensor has nothing to look at"),
        (("--sine", "1,4", "--sensor", "NDl"), "unknown sensor 'NDl'; did you mean NDI"),
    ],
)
def test_what_cannot_be_is_one_line(
    linacsim: Run, folder: Path, words: tuple[str, ...], told: str
) -> None:
    result = linacsim("deliver", "beams/gated-amplitude.xml", *words, "--out", "out", "-q")
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert list((folder / "out").iterdir()) == []


def test_a_gate_out_of_reach_is_told_before_beam_on(linacsim: Run, folder: Path) -> None:
    beam = (folder / "beams" / "gated-couch.xml").read_text()
    beam = beam.replace("<LowerLimit>-0.5<", "<LowerLimit>4<")
    (folder / "beams" / "far.xml").write_text(beam.replace("<UpperLimit>0.5<", "<UpperLimit>5<"))
    result = linacsim("deliver", "beams/far.xml", "--sine", "1,4", "--out", "out")
    assert result.exit_code == 1
    told, _, _ = result.stdout.partition("interlock:")
    assert "beams/far.xml:38: Target_model.Y: warning[motion.gate-not-reached]" in told
    assert "Target_model.Y from 4 to 5 cm; in the first 120 s of this motion it goes from" in told
