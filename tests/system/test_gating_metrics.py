"""Each figure of gating against what can be worked out by hand: a static beam and a sine.

The gate is the upper half of a sine of period T; the sensor takes 1000 samples a second without
error. Dose comes from t_on after the gate is entered to t_off after it is left, so that

    latencies       t_on, t_off
    duty cycle      1/2 + (t_off - t_on) / T
    outside         rate * t_off for each exit
    motion in dose  the sine between its phases at t_on and half a period + t_off
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.review.gating import GatingFigures
from linacsim.scenario.running import Prepared, prepare, run_scenario

PERIOD_S, TRAVEL_CM, MU, RATE = 4.0, 1.0, 300.0, 10.0
LATENCY_S = 0.2
TIMES = load_machine("truebeam-hd120").supervision
T_OFF = LATENCY_S + TIMES.gate_decision_s + TIMES.beam_off_latency_s
T_ON = LATENCY_S + TIMES.gate_decision_s + TIMES.beam_on_latency_s
TICK_S = 0.01
BEAM = (
    (Path(__file__).parents[2] / "scenarios" / "beams" / "gated-couch.xml")
    .read_text(encoding="utf-8")
    .replace("<CouchVrt>105</CouchVrt>", "")
    .replace("<CouchLng>100</CouchLng>", "")
    .replace("<CouchLng>106</CouchLng>", "")
    .replace("<DRate>300<", "<DRate>600<")
    .replace("<Mu>60<", f"<Mu>{MU:g}<")
    .replace("<LowerLimit>-0.5<", f"<LowerLimit>{TRAVEL_CM / 2:g}<")
    .replace("<UpperLimit>0.5<", "<UpperLimit>9<")
)
SENSOR = (
    f"{{rate_hz: 1000, latency_ms: {1000 * LATENCY_S:g}, latency_jitter_ms: 0, clock_jitter_ms: 0, "
    "noise_cm: 0, quantum_cm: 0, loss_share: 0, max_age_ms: 500}"
)


@dataclass(frozen=True)
class Run:
    prepared: Prepared
    figures: GatingFigures
    holds: int


def deliver(folder: Path, beam: str = BEAM, *, no_progress_s: float = 60) -> Run:
    (folder / "beam.xml").write_text(beam, encoding="utf-8")
    path = folder / "s.yaml"
    path.write_text(
        "schema: 1\ntitle: t\nmachine: truebeam-hd120\nbeam: beam.xml\nseed: 1\n"
        f"motion: {{kind: sine, travel_cm: {TRAVEL_CM}, period_s: {PERIOD_S}, "
        "direction: [0, 1, 0]}\n"
        f"sensor: {SENSOR}\nno_progress_s: {no_progress_s}\nexpect: {{state: COMPLETE}}\n",
        encoding="utf-8",
    )
    prepared = prepare(path)
    report = run_scenario(prepared)
    assert report.gating is not None
    assert report.gating.figures is not None
    return Run(prepared, report.gating.figures, report.outcome.result.holds)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return deliver(tmp_path_factory.mktemp("metrics"))


def lit_s() -> float:
    """Return the time with dose in a cycle."""
    return PERIOD_S / 2 + T_OFF - T_ON


def exits(run: Run) -> int:
    """Return how many times the beam was held once it had begun."""
    assert run.figures.beam_off_latency is not None
    return run.figures.beam_off_latency.count


def lit_positions() -> np.ndarray:
    """Return positions at even times while there is dose."""
    times = -PERIOD_S / 4 + T_ON + np.linspace(0, lit_s(), 100_001)
    return TRAVEL_CM / 2 * (1 + np.cos(2 * np.pi * times / PERIOD_S))


def test_latencies_at_both_ends(run: Run) -> None:
    """To a sample of the sensor and, where dose begins, a tick."""
    off, on = run.figures.beam_off_latency, run.figures.beam_on_latency
    assert off is not None
    assert on is not None
    assert off.mean_ms == pytest.approx(1000 * T_OFF, abs=4)
    assert on.mean_ms == pytest.approx(1000 * T_ON + 5, abs=6)
    for found in (off, on):
        assert found.mean_ms <= found.rms_ms <= found.most_ms
        assert found.p95_ms <= found.most_ms <= found.mean_ms + 10


def test_holds_and_edges_are_counted(run: Run) -> None:
    figures = run.figures
    assert figures.holds == run.holds
    assert exits(run) in (figures.holds, figures.holds - 1), "it may begin with a hold"
    cycles = MU / RATE / lit_s()
    assert cycles - 1.5 < figures.holds < cycles + 1


def test_duty_cycles(run: Run) -> None:
    """Over whole cycles; the delivery begins and ends within one."""
    slack = PERIOD_S / 2 / run.figures.delivery_s
    assert run.figures.duty_cycle == pytest.approx(lit_s() / PERIOD_S, abs=slack)
    assert run.figures.gate_duty_cycle == pytest.approx(0.5, abs=slack)


def test_time_and_efficiency_against_the_beam_without_gate(run: Run) -> None:
    figures = run.figures
    assert figures.planned_s == pytest.approx(MU / RATE, abs=0.2)
    assert figures.delivery_s == pytest.approx(MU / RATE * PERIOD_S / lit_s(), abs=PERIOD_S)
    assert figures.efficiency == pytest.approx(figures.planned_s / figures.delivery_s)
    assert figures.efficiency == pytest.approx(lit_s() / PERIOD_S, abs=0.05)


def test_dose_outside_the_gate(run: Run) -> None:
    """At every exit, and at none of the entries."""
    pulse_mu = 0.03
    wanted = exits(run) * RATE * T_OFF
    assert run.figures.outside_mu == pytest.approx(wanted, abs=exits(run) * 2 * pulse_mu)


def test_motion_while_there_is_dose(run: Run) -> None:
    positions = lit_positions()
    away = np.abs(positions - positions.mean())
    found = run.figures.residual
    assert found is not None
    assert found.mean_cm == pytest.approx(away.mean(), abs=0.004)
    assert found.rms_cm == pytest.approx(np.sqrt((away**2).mean()), abs=0.004)
    assert found.p95_cm == pytest.approx(np.percentile(away, 95), abs=0.01)
    assert found.most_cm == pytest.approx(away.max(), abs=0.02)


def test_motion_all_the_while(run: Run) -> None:
    """A sine: mean distance 2/pi, RMS 1/sqrt 2, 95 % sin(0.475 pi) of half its travel."""
    half, found = TRAVEL_CM / 2, run.figures.ungated
    assert found is not None
    assert found.mean_cm == pytest.approx(half * 2 / np.pi, rel=0.03)
    assert found.rms_cm == pytest.approx(half / np.sqrt(2), rel=0.03)
    assert found.p95_cm == pytest.approx(half * np.sin(0.475 * np.pi), rel=0.03)
    assert found.most_cm == pytest.approx(half, rel=0.05)


def test_a_beam_that_does_not_end_has_no_efficiency(tmp_path: Path) -> None:
    never = BEAM.replace(f"<LowerLimit>{TRAVEL_CM / 2:g}<", "<LowerLimit>5<")
    figures = deliver(tmp_path, never, no_progress_s=10).figures
    assert figures.efficiency is None
    assert figures.outside_mu == 0
    assert figures.residual is None
    assert figures.duty_cycle == 0


def test_figures_are_the_same_in_json(run: Run) -> None:
    record = run.figures.record()
    assert record["beam_off_latency"]["mean_ms"] == run.figures.beam_off_latency.mean_ms  # type: ignore[union-attr]
    assert set(record) >= {"efficiency", "holds", "outside_mu", "residual", "ungated"}
