"""`linacsim latency`: a camera's stub, link by link, beside what is known of each link.

Figures in closed form: a Vega's reply comes 14.2 ms after its frame at the earliest, frames come
every 1/60 s, the machine looks every 10 ms.
"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linacsim.cli.app import app
from linacsim.review.latency import BINS
from linacsim.scenario.latency import measure_latency
from linacsim.scenario.running import prepare

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
CAMERA = SCENARIOS / "latency-camera.yaml"
VEGA_MS = 14.2
FRAME_MS = 1000.0 / 60.0
TICK_MS = 10.0


def latency(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["latency", "--headless", *map(str, words)])


@pytest.fixture(scope="module")
def measured() -> dict:
    result = latency(CAMERA, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_record_has_every_link_with_its_histogram(measured: dict) -> None:
    assert measured.keys() == {"ended", "edges", "links"}
    assert measured["ended"] == "COMPLETE"
    assert [link["name"] for link in measured["links"]] == [
        "edge to sample",
        "sample to host",
        "host to tick",
        "tick to hold",
        "sensor to decision",
        "edge to hold",
    ]
    for link in measured["links"]:
        assert link.keys() == {"name", "count", "median_ms", "p95_ms", "max_ms", "histogram"}
        assert link["count"] == sum(link["histogram"]) == measured["edges"]
        assert len(link["histogram"]) == BINS
        assert 0.0 <= link["median_ms"] <= link["p95_ms"] <= link["max_ms"]


def test_each_link_is_within_what_is_known_of_it(measured: dict) -> None:
    links = {link["name"]: link for link in measured["links"]}
    assert measured["edges"] >= 15
    assert links["edge to sample"]["max_ms"] <= FRAME_MS
    assert links["sample to host"]["median_ms"] >= VEGA_MS
    assert links["sample to host"]["max_ms"] <= VEGA_MS + FRAME_MS
    assert links["host to tick"]["max_ms"] <= TICK_MS


def test_no_reply_comes_before_a_vega_can_give_it(measured: dict) -> None:
    link = next(one for one in measured["links"] if one["name"] == "sample to host")
    bin_ms = link["max_ms"] / BINS
    assert sum(link["histogram"][: int(VEGA_MS / bin_ms)]) == 0


def test_the_decision_comes_within_a_tick_and_the_transport(measured: dict) -> None:
    links = {link["name"]: link["median_ms"] for link in measured["links"]}
    assert links["sensor to decision"] < TICK_MS + links["sample to host"]
    assert links["edge to hold"] > links["sensor to decision"] + links["edge to sample"]


def test_the_line_of_a_gate_box_is_followed_from_its_stamp() -> None:
    record = json.loads(latency(SCENARIOS / "latency-gate-box.yaml", "--json").stdout)
    links = {link["name"]: link for link in record["links"]}
    assert list(links) == ["line to decision", "decision to hold", "edge to hold"]
    assert record["edges"] >= 30
    bits_ms = 45 * 10 / 115.2  # a frame of some 45 bytes on its way
    assert links["line to decision"]["max_ms"] <= TICK_MS + bits_ms
    assert links["line to decision"]["median_ms"] >= bits_ms / 2
    assert links["decision to hold"]["max_ms"] == pytest.approx(TICK_MS)


def early(folder: Path) -> Path:
    """Return a scenario whose camera is unplugged in the middle of the beam."""
    text = CAMERA.read_text().replace("beams/", f"{SCENARIOS}/beams/")
    camera = "{name: camera, kind: ndi-polaris"
    assert camera in text
    path = folder / "early.yaml"
    path.write_text(text.replace(camera, f"{camera}, stub: {{faults: [unplug@12]}}"))
    return path


def test_a_run_that_ends_early_says_so(tmp_path: Path) -> None:
    told: list[str] = []
    figures = measure_latency(prepare(early(tmp_path)), realtime=False, tell=told.append)
    assert told == ["the run ended INTERRUPTED after 12.2 s"]
    assert figures.record()["ended"] == "INTERRUPTED"
    assert 0 < figures.edges < 15


def test_people_get_a_table_and_are_told_on_stderr(tmp_path: Path) -> None:
    result = latency(early(tmp_path))
    assert result.exit_code == 0
    assert "sensor to decision" in result.stdout
    assert "holds followed in" in result.stdout
    assert "the run ended INTERRUPTED" in result.stderr


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        ("beam-on.yaml", "the scenario needs motion and a gated beam"),
        ("gated-no-progress.yaml", "the gate never closed during the delivery"),
    ],
)
def test_nothing_to_measure_is_said(scenario: str, why: str) -> None:
    result = latency(SCENARIOS / scenario)
    assert result.exit_code == 2
    assert f"nothing to measure: {why}" in result.stderr
    assert "Traceback" not in result.output
