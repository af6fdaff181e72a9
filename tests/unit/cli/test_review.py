"""`log metrics` and `log compare` on what `deliver` writes."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


@pytest.fixture
def run(linacsim: Run, folder: Path) -> Path:
    """The log of a delivered beam; its journal lies beside it."""
    linacsim("deliver", "-q", "beams/arc-short.xml", "--out", "out")
    [path] = (folder / "out").glob("*.bin")
    return path


def test_log_journal_and_beam_are_the_same_delivery(linacsim: Run, run: Path) -> None:
    files = (run, run.with_suffix(".journal"), "beams/arc-short.xml")
    for a in files:
        for b in files:
            result = linacsim("log", "compare", a, b)
            assert result.exit_code == 0, result.output
            assert result.stdout.endswith("same within the tolerances\n")


@pytest.mark.parametrize(
    "scenario", ["operator-interrupt-static", "gated-amplitude", "gated-couch", "carriage-split"]
)
def test_holds_and_interruptions_are_the_same_in_log_and_journal(
    linacsim: Run, folder: Path, scenario: str
) -> None:
    linacsim("run", "-q", f"{scenario}.yaml", "--out", "out")
    [log] = (folder / "out").glob("*.bin")
    journal = log.with_suffix(".journal")
    for a, b in ((log, journal), (journal, log)):
        result = linacsim("log", "compare", a, b)
        assert result.exit_code == 0, result.output


def test_log_and_journal_have_the_same_metrics(linacsim: Run, run: Path) -> None:
    result = linacsim("log", "metrics", run, run.with_suffix(".journal"), "--json")
    assert result.exit_code == 0
    log, journal = json.loads(result.stdout)
    assert log["complete"] is journal["complete"] is True
    assert log["mu"]["planned"] == journal["mu"]["planned"] == 100
    assert log["times"]["beam_on_s"] == pytest.approx(journal["times"]["beam_on_s"], abs=0.021)
    gantry = [record["axes"][0] for record in (log, journal)]
    for name in ("max_speed_expected", "max_accel_expected", "travel"):
        assert gantry[0][name] == pytest.approx(gantry[1][name], rel=0.01), name
    for name in ("rms", "p95", "max"):
        figures = [axis["error"][name] for axis in gantry]
        assert figures[0] == pytest.approx(figures[1], rel=0.05), name


def test_metrics_are_told_in_words(linacsim: Run, run: Path) -> None:
    result = linacsim("log", "metrics", run)
    assert result.exit_code == 0
    assert "complete  yes" in result.stdout
    assert "GantryRtn" in result.stdout
    assert "bank A (60)" in result.stdout


def test_a_page_is_written(linacsim: Run, run: Path, folder: Path) -> None:
    result = linacsim("log", "compare", "beams/arc-short.xml", run, "--html", "out/page.html")
    assert result.exit_code == 0
    assert "page     out/page.html" in result.stdout
    assert "SHA-256" in (folder / "out" / "page.html").read_text(encoding="utf-8")
    result = linacsim(
        "log", "compare", run, run, "--html", "out/page.html", "--overwrite", "--json"
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["page"] == "out/page.html"


def test_a_beam_that_cannot_be_planned_is_refused(linacsim: Run, run: Path) -> None:
    result = linacsim("log", "compare", "beams/with-mistakes.xml", run)
    assert result.exit_code == 2
    assert "cannot be planned" in result.stderr
    assert result.stderr.count("\n") == 1
