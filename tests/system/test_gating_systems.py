"""Each gating system delivers with the latencies that were published for it."""

from pathlib import Path

import pytest

from linacsim.model.signals import State
from linacsim.motion.chains import chain_of
from linacsim.motion.presets import sensor_names, sensor_spec
from linacsim.review.gating import GatingFigures
from linacsim.scenario.running import prepare, run_scenario

BEAM = Path(__file__).parents[2] / "scenarios" / "beams" / "gated-couch.xml"
STILL = BEAM.read_text(encoding="utf-8").replace("<CouchLng>106<", "<CouchLng>100<")
PERIOD_S = 9.77
"""No multiple of any sensor's period, so that edges fall anywhere between two samples."""

EXACT = "loss_share: 0, noise_cm: 0, quantum_cm: 0"
"""A tenth of a millimetre is 30 ms of this motion."""


def deliver(folder: Path, beam: str, sensor: str, period_s: float = PERIOD_S) -> GatingFigures:
    (folder / "beam.xml").write_text(beam, encoding="utf-8")
    path = folder / "s.yaml"
    path.write_text(
        "schema: 1\ntitle: t\nmachine: truebeam-hd120\nbeam: beam.xml\nseed: 1\n"
        f"motion: {{kind: sine, travel_cm: 1.0, period_s: {period_s}, direction: [0, 1, 0]}}\n"
        f"sensor: {sensor}\nno_progress_s: 60\nexpect: {{state: COMPLETE}}\n",
        encoding="utf-8",
    )
    report = run_scenario(prepare(path))
    assert report.outcome.violations == ()
    assert report.gating is not None
    figures = report.gating.figures
    assert figures is not None
    return figures


def lit(mu: float) -> str:
    return STILL.replace("<Mu>60<", f"<Mu>{mu:g}<")


@pytest.mark.parametrize(
    "name", [name for name in sensor_names() if chain_of(name).beam_on_ms is not None]
)
def test_latencies_are_those_of_the_system(tmp_path: Path, name: str) -> None:
    spec, chain = sensor_spec(name), chain_of(name)
    figures = deliver(tmp_path, lit(200), f"{{preset: {name}, {EXACT}}}")
    known = 500 / spec.rate_hz + spec.latency_ms + (chain.decision_ms or 0)
    on, off = figures.beam_on_latency, figures.beam_off_latency
    assert on is not None
    assert off is not None
    assert on.count >= 7
    assert chain.beam_off_ms is not None
    on_ms = chain.on_ms("6x", 300)
    assert on_ms is not None
    # A mean of so many edges scatters by a tenth of the sensor's period; a tick is 10 ms.
    slack = 0.3 * 1000 / spec.rate_hz + 10
    assert on.mean_ms == pytest.approx(known + on_ms, abs=slack)
    assert off.mean_ms == pytest.approx(known + chain.beam_off_ms, abs=slack)


def test_lower_dose_rates_come_on_later(tmp_path: Path) -> None:
    def on_ms(rate: int) -> float:
        beam = lit(rate / 6).replace("<DRate>300<", f"<DRate>{rate}<")
        found = deliver(tmp_path, beam, f"{{preset: versahd-alignrt, {EXACT}}}")
        assert found.beam_on_latency is not None
        return found.beam_on_latency.mean_ms

    assert on_ms(50) - on_ms(300) == pytest.approx(350, abs=40)


def test_one_part_may_be_ones_own(tmp_path: Path) -> None:
    sensor = "{preset: versahd-alignrt, beam_on_ms: 300, decision_ms: 0, transport_ms: 25}"
    (tmp_path / "beam.xml").write_text(STILL, encoding="utf-8")
    found = deliver(tmp_path, lit(60), sensor.replace("}", f", {EXACT}}}"))
    assert found.beam_on_latency is not None
    assert found.beam_on_latency.mean_ms == pytest.approx(40 + 60 + 25 + 300, abs=35)


def test_a_window_shorter_than_beam_on_delivers_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "beam.xml").write_text(STILL, encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema: 1\ntitle: t\nmachine: truebeam-hd120\nbeam: beam.xml\nseed: 1\n"
        "motion: {kind: sine, travel_cm: 1.0, period_s: 2.0, direction: [0, 1, 0]}\n"
        "sensor: {preset: elekta-response}\nno_progress_s: 20\n"
        "expect: {state: HOLDING, mu: {value: 0, within: 0.01}, no_progress: true}\n",
        encoding="utf-8",
    )
    report = run_scenario(prepare(path))
    assert report.misses == ()
    assert report.outcome.result.state is State.HOLDING
