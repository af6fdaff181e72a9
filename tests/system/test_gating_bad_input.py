"""Bad motion and bad gates are told with file and line, before beam-on, and nothing is delivered.

Each case goes through the commands as a user would give them.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linacsim.cli.app import app
from tests.traces import vxp, vxp_rows

BEAMS = Path(__file__).resolve().parents[2] / "scenarios" / "beams"
PHASE = (BEAMS / "gated-phase-wrap.xml").read_text(encoding="utf-8")
BREATH_HOLD = (BEAMS / "gated-breath-hold.xml").read_text(encoding="utf-8")
WINDOWS = (BEAMS / "gated-windows.xml").read_text(encoding="utf-8")
SCENARIO = """schema: 1
title: bad input
machine: truebeam-hd120
beam: beam.xml
seed: 1
motion: {kind: trace, file: trace, loop: true}
no_progress_s: 20
expect: {state: COMPLETE}
"""

Change = Callable[[list[str]], None]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


# Traces ------------------------------------------------------------------------------------------


def lines(change: Change, rows: list[str] | None = None) -> str:
    changed = list(vxp_rows() if rows is None else rows)
    change(changed)
    return vxp(changed)


def out_of_order(rows: list[str]) -> None:
    rows[100:200] = rows[200:100:-1]


def slip(rows: list[str]) -> None:
    rows[100], rows[101] = rows[101], rows[100]


def every_clock_the_same(rows: list[str]) -> None:
    rows[:] = [re.sub(r",\d+,0,1", ",1000,0,1", row) for row in rows]


def jump(rows: list[str]) -> None:
    rows[:] = rows[:100] + vxp_rows(900)[500:]


def nothing_but_nan(rows: list[str]) -> None:
    rows[:] = ["nan" + row[row.index(",") :] for row in rows]


def one_nan(rows: list[str]) -> None:
    rows[250] = "nan" + rows[250][rows[250].index(",") :]


def one_sample(rows: list[str]) -> None:
    rows[:] = rows[:1]


def no_sample(rows: list[str]) -> None:
    rows.clear()


def decimal_commas(rows: list[str]) -> None:
    rows[:] = [row.replace(".", ",") for row in rows]


def a_word(rows: list[str]) -> None:
    rows[7] = rows[7].replace("1", "l", 1)


REFUSED: dict[str, tuple[str, str]] = {
    "clock out of order": (lines(out_of_order), r"trace:112: time goes back .*too many to drop"),
    "clock stands": (lines(every_clock_the_same), r"trace:11: all times are equal"),
    "clock jumps": (lines(jump), r"trace:111: 16\.\d+ s without a sample .*split the file"),
    "all NaN": (lines(nothing_but_nan), r"trace:11: holds no valid sample"),
    "one sample": (lines(one_sample), r"trace:11: holds fewer than two samples"),
    "no sample": (lines(no_sample), r"trace:11: holds no samples"),
    "decimal commas": (lines(decimal_commas), r"trace:11: .*decimal commas"),
    "a word": (lines(a_word), r"trace:18: row is not 7 numbers"),
    "scale": (vxp(vxp_rows(), scale="ten"), r"trace:9: scale_factor: must be a positive number"),
    "rate": (vxp(vxp_rows(), rate="0"), r"trace:8: samples_per_second: must be a positive number"),
    "no trace": ("Dear reader\n", r"trace: is not a trace of a known format"),
    "empty": ("", r"trace: is empty"),
}
"""Traces that cannot be used, with the line that is told."""


def irregular(rows: list[str]) -> None:
    walk = 0.0
    for k, row in enumerate(rows):
        walk += 0.02 * (-1) ** (k * k // 37 + k // 91)
        rows[k] = f"{walk:.4f}" + row[row.index(",") :]


WARNED: dict[str, tuple[str, str]] = {
    "clock slips": (lines(slip), r"trace:112: warning\[trace.out-of-order\] time goes back"),
    "one NaN": (lines(one_nan), r"trace:261: warning\[trace.not-a-number\] position is not a num"),
    "a gap": (
        lines(lambda rows: rows.__delitem__(slice(100, 140))),
        r"trace:111: warning\[trace.gap\] 1.64 s without a sample",
    ),
    "a rate that is not so": (
        vxp(vxp_rows(), rate="30"),
        r"trace:8: warning\[trace.rate\] the header states 30 Hz and the times say 25 Hz",
    ),
    "mm for cm": (
        vxp(vxp_rows(), scale="100"),
        r"trace:\d+: warning\[trace.amplitude\] the motion spans 9.98 cm.*mm may have been read as",
    ),
    "cm for mm": (
        vxp(vxp_rows(), scale="0.1"),
        r"trace:\d+: warning\[trace.amplitude\] the motion spans only 0.01 cm",
    ),
    "no periodicity": (
        lines(irregular),
        r"beam.xml:28: Quality: warning\[motion.gate-not-reached\] .* waits for Quality above 0;",
    ),
}
"""Traces that are used, with the warning that is told before beam-on."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "beam.xml").write_text(PHASE, encoding="utf-8")
    (tmp_path / "trace").write_bytes(vxp(vxp_rows()).encode())
    return tmp_path


def linacsim(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def nothing_delivered(folder: Path) -> None:
    assert list((folder / "out").iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["run", "s.yaml", "--out", "out"],
        ["deliver", "beam.xml", "--trace", "trace", "--out", "out", "-q"],
        ["trace", "info", "trace"],
    ],
    ids=["run", "deliver", "trace info"],
)
@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED)
def test_a_trace_that_cannot_be_used(folder: Path, text: str, told: str, words: list[str]) -> None:
    (folder / "trace").write_bytes(text.encode())
    result = linacsim(*words)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert re.search(told, result.stderr), result.stderr
    nothing_delivered(folder)


@pytest.mark.parametrize("command", ["run", "deliver"])
@pytest.mark.parametrize(("text", "told"), WARNED.values(), ids=WARNED)
def test_a_trace_that_is_odd(folder: Path, text: str, told: str, command: str) -> None:
    (folder / "trace").write_bytes(text.encode())
    words = {
        "run": ["run", "s.yaml"],
        "deliver": ["deliver", "beam.xml", "--trace", "trace", "--out", "out"],
    }[command]
    result = linacsim(*words)
    assert result.exit_code in (0, 1)
    before, beam_on, _ = result.stdout.partition("interlock: ")
    assert beam_on
    assert re.search(told, before), before


# Gates -------------------------------------------------------------------------------------------


TILTED = """<ModelSystem>
<ModelSystem_pinned><Origin><X>0</X><Y>0</Y><Z>0</Z></Origin>
<AxisX><X>1</X><Y>0.5</Y><Z>0</Z></AxisX><AxisY><X>0</X><Y>1</Y><Z>0</Z></AxisY>
</ModelSystem_pinned></ModelSystem>
<TrackingSource id="NDI">"""

IN_ERROR: dict[str, tuple[str, str, str, str, str]] = {
    "Entry = Exit": (
        *(PHASE, "<Exit>60</Exit>", "<Exit>300</Exit>", "<GatingParameters>"),
        "motion.gating-limits",
    ),
    "phase beyond 360": (
        *(PHASE, "<Entry>300<", "<Entry>400<", "<GatingParameters>"),
        "motion.gating-phase",
    ),
    "Entry above Exit": (
        *(BREATH_HOLD, "<Entry>1.6<", "<Entry>3.6<", "<GatingParameters>"),
        "motion.gating-limits",
    ),
    "limits the wrong way round": (
        *(WINDOWS, "<UpperLimit>0.6<", "<UpperLimit>-0.6<", '<Basic axis="Amplitude">'),
        "motion.window-limits",
    ),
    "window beyond limits": (
        *(WINDOWS, "<UpperLimit>270<", "<UpperLimit>400<", '<Basic axis="Phase">'),
        "motion.window-phase",
    ),
    "unknown axis": (
        *(WINDOWS, 'axis="Amplitude"', 'axis="Amplitud"', '<Basic axis="Amplitud">'),
        "motion.window-axis",
    ),
    "global axis of a source": (
        *(WINDOWS, 'axis="Amplitude"', 'axis="MU"', '<Basic axis="MU">'),
        "motion.window-axis",
    ),
    "device 16": (
        PHASE,
        '<Dev Id="4" />',
        '<Dev Id="16" />',
        '<Dev Id="16"',
        "beam-hold.device-id",
    ),
    "device twice": (
        *(PHASE, '<Dev Id="4" />', '<Dev Id="4" />\n<Dev Id="4"/>', '<Dev Id="4"/>'),
        "beam-hold.duplicate",
    ),
    "placement by one axis": (
        WINDOWS,
        '<TrackingSource id="NDI">',
        re.sub("<AxisY>.*</AxisY>", "", TILTED).replace("0.5", "0"),
        "<ModelSystem_pinned>",
        "motion.placement",
    ),
    "placement askew": (
        *(WINDOWS, '<TrackingSource id="NDI">', TILTED, "<ModelSystem_pinned>"),
        "motion.placement",
    ),
}
"""Beams in error: text, what is written for what, words on the line told, and the rule."""


def altered(beam: str, old: str, new: str) -> str:
    assert old in beam
    return beam.replace(old, new, 1)


@pytest.mark.parametrize(("beam", "old", "new", "at", "rule"), IN_ERROR.values(), ids=IN_ERROR)
def test_a_gate_in_error(folder: Path, beam: str, old: str, new: str, at: str, rule: str) -> None:
    text = altered(beam, old, new)
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    told = rf"beam.xml:{line_of(text, at)}: .*error\[{rule}\]"
    for words in (
        ["check", "beam.xml"],
        ["deliver", "beam.xml", "--out", "out"],
        ["deliver", "beam.xml", "--trace", "trace", "--out", "out"],
    ):
        result = linacsim(*words)
        assert result.exit_code == 1
        assert re.search(told, result.stdout), result.stdout
        assert "interlock" not in result.stdout
    scenario = linacsim("run", "s.yaml", "--out", "out")
    assert scenario.exit_code == 2
    assert scenario.stderr.count("\n") == 1
    assert re.search(rf"s.yaml: the beam cannot be delivered: {told}", scenario.stderr)
    nothing_delivered(folder)


def test_a_plug_in_is_told_with_its_line(folder: Path) -> None:
    plugged = '<MotionModel><PlugIn module="m" name="n" /></MotionModel>'
    text = re.sub(r"<MotionModel>.*</MotionModel>", plugged, WINDOWS, flags=re.DOTALL)
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    result = linacsim("run", "s.yaml", "--out", "out")
    assert result.exit_code == 2
    told = rf"beam.xml:{line_of(text, '<TrackingSource')}: TrackingSource: motion plug-in n cannot"
    assert re.search(told, result.stderr), result.stderr
    nothing_delivered(folder)


def test_a_gate_outside_the_motion(folder: Path) -> None:
    text = altered(BREATH_HOLD, "<Exit>2.4<", "<Exit>2.5<")
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    result = linacsim("run", "s.yaml")
    assert result.exit_code == 1
    before, _, after = result.stdout.partition("interlock: ")
    told = (
        rf"beam.xml:{line_of(text, '<GatingParameters>')}: \w+: warning\[motion.gate-not-reached\]"
    )
    assert re.search(told, before), before
    assert (
        "from 1.6 to 2.5 cm; in the first 19.96 s of this motion it goes from -0.5 to 0.5 cm"
        in before
    )
    assert "HOLDING: 0.00 MU" in after
    assert "the beam did not get on for too long" in after


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("{latency_ms: 800}", "samples come when they are 800 ms old"),
        ("{loss_share: 1.0}", "the sensor never sees the marker: loss_share is 1"),
    ],
)
def test_a_sensor_whose_samples_never_count(folder: Path, keys: str, told: str) -> None:
    scenario = (folder / "s.yaml").read_text()
    assert "seed: 1" in scenario
    (folder / "s.yaml").write_text(scenario.replace("seed: 1", f"seed: 1\nsensor: {keys}"))
    result = linacsim("run", "s.yaml")
    assert result.exit_code == 1
    before, _, _ = result.stdout.partition("interlock: ")
    assert f"sensor: warning[motion.gate-not-reached] {told}" in before


# Scenarios ---------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, str, str]] = {
    "unknown sensor": (
        "seed: 1",
        "seed: 1\nsensor: {preset: NDl}",
        r"s.yaml:6: sensor.preset: .*did you mean NDI",
    ),
    "no rate": (
        "seed: 1",
        "seed: 1\nsensor: {rate_hz: 0}",
        r"s.yaml:6: sensor.rate_hz: must be greater than 0",
    ),
    "unknown key": (
        "seed: 1",
        "seed: 1\nsensor: {latency: 5}",
        r"s.yaml:6: sensor.latency: unknown key; did you mean",
    ),
    "angle beyond 360": (
        "seed: 1",
        "seed: 1\nsensor: {occluded_gantry_deg: [[90, 400]]}",
        r"s.yaml:6: sensor.occluded_gantry_deg\[0\]\[1\]: must be less than or equal to 360",
    ),
    "unknown motion": (
        "kind: trace",
        "kind: tracee",
        r"s.yaml:6: motion.*must be one of .*did you mean trace",
    ),
    "trace axis": (
        "loop: true",
        "axes: [x, y, w]",
        r"s.yaml:6: motion.*axes\[2\]: must be one of x, y, z",
    ),
    "crop": (
        "loop: true",
        "crop_from_s: 99",
        r"s.yaml: motion: no sample from 99 to .*the trace lasts 19.96 s",
    ),
    "resample": (
        "loop: true",
        "resample_hz: -1",
        r"s.yaml:6: motion.*resample_hz: must be greater than 0",
    ),
    "resampled without end": (
        "loop: true",
        "resample_hz: 1.0e+12",
        r"s.yaml:6: motion.*resample_hz: must be less than or equal to 1000",
    ),
    "a breath without end": (
        "{kind: trace, file: trace, loop: true}",
        "{kind: sine, travel_cm: 1, period_s: 1.0e+30}",
        r"s.yaml:6: motion.*period_s: must be less than or equal to 86400",
    ),
    "beyond any room": (
        "{kind: trace, file: trace, loop: true}",
        "{kind: constant, origin_cm: [0, 0, 1.0e+300]}",
        r"s.yaml:6: motion.*origin_cm.*: must be less than or equal to 10000",
    ),
    "faster than anything": (
        "{kind: trace, file: trace, loop: true}",
        "{kind: constant, velocity_cm_per_s: [-1.0e+300, 0, 0]}",
        r"s.yaml:6: motion.*velocity_cm_per_s.*: must be greater than or equal to -10000",
    ),
    "NaN": ("loop: true", "scale: .nan", r"s.yaml:6: motion.*scale: must be a finite number"),
    "outage backwards": (
        "seed: 1",
        "seed: 1\nsensor: {outages: [{from_s: 5, to_s: 2}]}",
        r"s.yaml:6: sensor.outages\[0\]: to_s must be after from_s",
    ),
    "no file": ("file: trace", "file: gone", r"gone: the trace cannot be read: No such file"),
    "sine without period": (
        "{kind: trace, file: trace, loop: true}",
        "{kind: sine, travel_cm: 1}",
        r"s.yaml:6: motion.*period_s: is missing",
    ),
}


@pytest.mark.parametrize(("old", "new", "told"), WRONG.values(), ids=WRONG)
def test_a_scenario_that_asks_for_what_cannot_be(
    folder: Path, old: str, new: str, told: str
) -> None:
    (folder / "s.yaml").write_text(altered(SCENARIO, old, new), encoding="utf-8")
    result = linacsim("run", "s.yaml", "--out", "out")
    assert result.exit_code == 2
    assert re.search(told, result.stderr), result.stderr
    nothing_delivered(folder)
