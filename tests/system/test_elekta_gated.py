"""Fields gated on motion by the command: dose only where the gate allows, journals that replay."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay

PLAN = Path(__file__).parents[2] / "scenarios" / "beams" / "elekta-arc.dcm"
MOTION = ("--sine", "1.5,8", "--sensor", "versahd-abches")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["deliver", str(PLAN), "--machine", "agility", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("window", ["-0.2,0.5", "phase:120,240"])
def test_a_plan_is_gated_by_the_command(tmp_path: Path, window: str) -> None:
    words = (*MOTION, f"--window={window}", "--json", "--out", str(tmp_path))
    code, stdout, _ = run(*words)
    assert code == 0
    told = json.loads(stdout)
    assert told["mu"] == pytest.approx(100.0, abs=0.1)
    assert told["holds"] > 2
    # The strain gauge was measured at 244 ms; its beam-off is that of other systems.
    assert told["gating"]["beam_on_latency"]["mean_ms"] == pytest.approx(244.0, abs=30.0)
    assert told["gating"]["beam_off_latency"]["mean_ms"] == pytest.approx(149.0, abs=20.0)
    assert told["invariants_broken"] == []
    assert replay(read_journal(Path(told["journal"]))).identical


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (MOTION, "say with --window where motion allows the beam"),
        ((*MOTION, "--window=0.5,0.2"), "--window must be two amplitudes"),
        ((*MOTION, "--window=phase:-5,90"), "--window must be two amplitudes"),
        ((*MOTION, "--window=all"), "not 'all'"),
        (("--gate", "responce"), "has no preset 'responce'; did you mean response?"),
    ],
)
def test_what_cannot_be_a_gate_is_refused(words: tuple[str, ...], told: str) -> None:
    code, _, stderr = run(*words)
    assert code == 2
    assert told in stderr
