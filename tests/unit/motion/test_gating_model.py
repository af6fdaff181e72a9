"""The gating motion model against waveforms whose phase is known, and real traces."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from linacsim.model.findings import InputError
from linacsim.model.motion import Vector
from linacsim.model.samples import MotionState, PositionSample
from linacsim.motion.basic_model import BasicModel
from linacsim.motion.gating_model import GatingModel

PERIOD_S = 4.0
RATE_HZ = 25.0
Trace = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Times in s, amplitudes in cm, true phase in deg."""


def breathing(
    power: int = 1,
    *,
    seconds: float = 120.0,
    period_spread: float = 0.0,
    depth_spread: float = 0.0,
    drift_cm_per_min: float = 0.0,
    noise_cm: float = 0.0,
    rate_hz: float = RATE_HZ,
    seed: int = 7,
) -> Trace:
    """Return breaths cos^(2 power), 1 cm deep, with full inhale at phase 0."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.0, seconds, 1 / rate_hz)
    n = int(seconds / PERIOD_S) + 10
    starts = -0.3 * PERIOD_S + np.concatenate(
        ([0.0], np.cumsum(PERIOD_S * (1 + period_spread * rng.standard_normal(n))))
    )
    depths = 1 + depth_spread * rng.standard_normal(n + 1)
    breath = np.searchsorted(starts, times, side="right") - 1
    part = (times - starts[breath]) / np.diff(starts)[breath]
    depth = np.where(part < 0.5, depths[breath], depths[breath + 1])
    amplitude = depth * np.cos(np.pi * part) ** (2 * power)
    amplitude += drift_cm_per_min * times / 60 + noise_cm * rng.standard_normal(len(times))
    return times, amplitude, 360 * part


def follow(times: np.ndarray, amplitude: np.ndarray, model: GatingModel) -> list[MotionState]:
    return [
        model.update(PositionSample(round(t * 1e9), round(t * 1e9), 0.0, 0.0, a))
        for t, a in zip(times.tolist(), amplitude.tolist(), strict=True)
    ]


def phase_errors(states: list[MotionState], phase: np.ndarray) -> np.ndarray:
    return (np.array([state.phase_deg for state in states]) - phase + 180) % 360 - 180


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


@pytest.mark.parametrize(
    ("trace", "limit_deg"),
    [
        (breathing(), 0.2),
        (breathing(2), 1.0),
        (breathing(3), 1.5),
        (breathing(noise_cm=0.01), 5.0),
        (breathing(2, noise_cm=0.01), 5.0),
        (breathing(period_spread=0.03, depth_spread=0.05, noise_cm=0.01), 10.0),
        (breathing(2, period_spread=0.03, depth_spread=0.05, noise_cm=0.01), 10.0),
        (breathing(2, period_spread=0.03, depth_spread=0.05, noise_cm=0.01, rate_hz=10), 10.0),
        (breathing(2, drift_cm_per_min=0.5, noise_cm=0.01), 10.0),
    ],
    ids=["sine", "cos4", "cos6", "noisy", "noisy-cos4", "vary", "vary-cos4", "10Hz", "drift"],
)
def test_phase_is_close_to_the_truth_after_four_breaths(trace: Trace, limit_deg: float) -> None:
    times, amplitude, phase = trace
    states = follow(times, amplitude, GatingModel())
    assert rms(phase_errors(states, phase)[times > 4 * PERIOD_S]) < limit_deg


def resting_in_inhale(period_spread: float, depth_spread: float, seed: int) -> Trace:
    """Return breaths 1 less sin^4: long full inhale, 0.1 mm noise; phase 0 is its middle."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.0, 120.0, 1 / RATE_HZ)
    lengths = PERIOD_S * (1 + period_spread * rng.standard_normal(40))
    starts = -0.3 * PERIOD_S + np.concatenate(([0.0], np.cumsum(lengths)))
    depths = 1 + depth_spread * rng.standard_normal(41)
    breath = np.searchsorted(starts, times, side="right") - 1
    part = (times - starts[breath]) / np.diff(starts)[breath]
    amplitude = 1 - depths[breath] * np.sin(np.pi * part) ** 4
    return times, amplitude + 0.01 * rng.standard_normal(len(times)), 360 * part


def cos2(period_spread: float, depth_spread: float, seed: int) -> Trace:
    return breathing(
        1, period_spread=period_spread, depth_spread=depth_spread, noise_cm=0.01, seed=seed
    )


def cos6(period_spread: float, depth_spread: float, seed: int) -> Trace:
    return breathing(
        3, period_spread=period_spread, depth_spread=depth_spread, noise_cm=0.01, seed=seed
    )


@pytest.mark.parametrize("wave", [cos2, cos6, resting_in_inhale])
@pytest.mark.parametrize(
    ("period_spread", "depth_spread", "mean_deg", "most_deg"),
    [(0.0, 0.0, 3.0, 6.0), (0.03, 0.05, 5.0, 10.0), (0.06, 0.10, 9.0, 12.5)],
    ids=["regular", "3 %", "6 %"],
)
def test_phase_over_many_patients(
    wave: Callable[[float, float, int], Trace],
    period_spread: float,
    depth_spread: float,
    mean_deg: float,
    most_deg: float,
) -> None:
    found = []
    for seed in range(20):
        times, amplitude, phase = wave(period_spread, depth_spread, seed)
        states = follow(times, amplitude, GatingModel())
        found.append(rms(phase_errors(states, phase)[times > 4 * PERIOD_S]))
    assert np.mean(found) < mean_deg
    assert max(found) < most_deg


def lopsided(noise_cm: float) -> Trace:
    """Return breaths that rise in a quarter of their length and then fall; phase 0 is the top."""
    times = np.arange(0.0, 120.0, 1 / RATE_HZ)
    part = (times / PERIOD_S + 0.3) % 1.0
    height = np.where(part < 0.75, np.cos(np.pi * part / 1.5), np.cos(2 * np.pi * (1 - part))) ** 2
    noise = noise_cm * np.random.default_rng(5).standard_normal(len(times))
    return times, height + noise, 360 * part


@pytest.mark.parametrize("noise_cm", [0.0, 0.01])
def test_full_inhale_is_where_it_is_seen_where_that_is_sharp(noise_cm: float) -> None:
    """Half-way between the crossings it would be 45 deg off."""
    times, amplitude, phase = lopsided(noise_cm)
    states = follow(times, amplitude, GatingModel())
    assert rms(phase_errors(states, phase)[times > 10 * PERIOD_S]) < 8.0


def test_inhale_the_other_way_round_needs_the_direction_turned_round() -> None:
    times, amplitude, phase = breathing(2)
    states = follow(times, -amplitude, GatingModel(Vector(0, 0, -1)))
    assert rms(phase_errors(states, phase)[times > 16]) < 1.0


def test_macroscopic_figures_of_a_sine() -> None:
    times, amplitude, _ = breathing()
    last = follow(times, amplitude, GatingModel())[-1]
    assert last.period_s == pytest.approx(PERIOD_S, rel=1e-3)
    assert last.inhale_mean_cm == pytest.approx(1.0, abs=2e-3)
    assert last.exhale_mean_cm == pytest.approx(0.0, abs=2e-3)
    assert last.last_inhale_cm == pytest.approx(1.0, abs=2e-3)
    assert last.inhale_s == pytest.approx(PERIOD_S / 2, abs=0.01)
    assert last.exhale_s == pytest.approx(PERIOD_S / 2, abs=0.01)
    assert last.peaks == 30


def test_quality_comes_after_four_breaths_and_not_before() -> None:
    times, amplitude, _ = breathing()
    quality = np.array([state.quality for state in follow(times, amplitude, GatingModel())])
    established = times[np.argmax(quality > 0)]
    assert 3.5 * PERIOD_S < established < 4.5 * PERIOD_S
    assert not quality[times < established].any()
    assert (quality[times > established + PERIOD_S] > 0.9).all()


BREATH_FROM, BREATH_TO = 36.8, 40.8
"""One breath of the waveform, from exhale to exhale."""


def deep_breath(t: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.where((t >= BREATH_FROM) & (t < BREATH_TO), 2 * a, a)


def shallow_breath(t: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.where((t >= BREATH_FROM) & (t < BREATH_TO), 0.3 * a, a)


def pause(t: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.where(t < BREATH_FROM, a, 0.0)


def cough(t: np.ndarray, a: np.ndarray) -> np.ndarray:
    return a + np.where((t >= 39) & (t < 40), 0.8 * np.sin(4 * np.pi * t), 0)


def baseline_step(t: np.ndarray, a: np.ndarray) -> np.ndarray:
    return a + np.where(t > 39, 0.8, 0)


Spoil = Callable[[np.ndarray, np.ndarray], np.ndarray]


@pytest.mark.parametrize("spoil", [deep_breath, shallow_breath, pause, cough, baseline_step])
def test_quality_falls_within_one_irregular_breath(spoil: Spoil) -> None:
    times, amplitude, _ = breathing()
    states = follow(times, spoil(times, amplitude), GatingModel())
    quality = np.array([state.quality for state in states])
    assert quality[np.searchsorted(times, BREATH_FROM - 0.1)] > 0.95
    assert quality[np.searchsorted(times, BREATH_TO)] == 0.0


def test_quality_returns_after_two_regular_breaths_and_not_at_once() -> None:
    times, amplitude, _ = breathing()
    states = follow(times, deep_breath(times, amplitude), GatingModel())
    quality = np.array([state.quality for state in states])
    assert not quality[(times > BREATH_TO) & (times < BREATH_TO + 1.5 * PERIOD_S)].any()
    assert (quality[times > BREATH_TO + 3 * PERIOD_S] > 0.5).all()


def test_noise_without_breathing_has_neither_phase_nor_quality() -> None:
    rng = np.random.default_rng(3)
    times = np.arange(0, 60, 0.04)
    states = follow(times, 0.01 * rng.standard_normal(len(times)), GatingModel())
    assert all(math.isnan(state.phase_deg) and state.quality == 0 for state in states)


def test_prediction_is_the_future_of_regular_breathing() -> None:
    times, amplitude, _ = breathing(2)
    model = GatingModel()
    follow(times, amplitude, model)
    for horizon_s in (0.0, 0.2, 0.5):
        predicted, rate, phase = model.predict(horizon_s)
        part = (times[-1] + horizon_s + 0.3 * PERIOD_S) / PERIOD_S
        assert predicted == pytest.approx(np.cos(np.pi * part) ** 4, abs=0.02)
        slope = -2 * np.pi / PERIOD_S * np.sin(2 * np.pi * part) * np.cos(np.pi * part) ** 2
        assert rate == pytest.approx(slope, abs=0.1)
        assert phase == pytest.approx(360 * (part % 1), abs=2)


def test_passed_on_position_is_ahead_by_the_horizon_along_the_direction_only() -> None:
    times, amplitude, _ = breathing()
    model = GatingModel(horizon_s=0.3)
    states = [
        model.update(PositionSample(round(t * 1e9), round(t * 1e9), 5.0, -2.0, a))
        for t, a in zip(times.tolist(), amplitude.tolist(), strict=True)
    ]
    passed = np.array([state.z_cm for state in states])
    ahead = np.interp(times + 0.3, times, amplitude)
    settled = (times > 20) & (times < times[-1] - 1)
    assert np.abs(passed - ahead)[settled].max() < 0.02
    assert states[-1].x_cm == 5.0
    assert states[-1].y_cm == -2.0
    assert states[-1].amplitude_cm == amplitude[-1]


def test_an_invalid_sample_gives_an_invalid_state_and_is_otherwise_forgotten() -> None:
    times, amplitude, phase = breathing()
    model = GatingModel()
    follow(times[:1000], amplitude[:1000], model)
    for bad in (
        PositionSample(40_000_000_000, 40_000_000_000, 0.0, 0.0, 9.0, valid=False),
        PositionSample(40_000_000_000, 40_000_000_000, 0.0, 0.0, math.nan),
    ):
        state = model.update(bad)
        assert not state.valid
        assert state.quality == 0
        assert math.isnan(state.phase_deg)
    after = follow(times[1001:], amplitude[1001:], model)
    assert after[0].valid
    assert rms(phase_errors(after, phase[1001:])) < 1.0


def test_a_long_gap_begins_anew() -> None:
    times, amplitude, _ = breathing()
    model = GatingModel()
    follow(times[:1000], amplitude[:1000], model)
    state = follow(times[1030:1031], amplitude[1030:1031], model)[0]
    assert state.quality == 0
    assert state.peaks == 0


def test_a_sample_out_of_order_changes_nothing() -> None:
    times, amplitude, _ = breathing()
    model = GatingModel()
    last = follow(times[:1000], amplitude[:1000], model)[-1]
    assert model.update(PositionSample(last.measured_ns, last.measured_ns, 0, 0, 9.0)) == last
    assert model.update(PositionSample(1, 1, 0, 0, 9.0)) == last


def test_same_samples_give_the_same_bits() -> None:
    times, amplitude, _ = breathing(2, period_spread=0.05, noise_cm=0.01)
    assert repr(follow(times, amplitude, GatingModel())) == repr(
        follow(times, amplitude, GatingModel())
    )


def test_a_direction_that_points_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="points nowhere"):
        GatingModel(Vector(0, 0, 0))


def test_basic_model_passes_positions_on_and_knows_no_breathing() -> None:
    state = BasicModel().update(PositionSample(5, 6, 1.0, 2.0, 3.0))
    assert (state.x_cm, state.y_cm, state.z_cm) == (1.0, 2.0, 3.0)
    assert (state.amplitude_cm, state.rate_cm_per_s, state.quality) == (3.0, 0.0, 0.0)
    assert math.isnan(state.phase_deg)
    assert state.valid
    assert not BasicModel().update(PositionSample(5, 6, 1.0, 2.0, math.nan)).valid


def vxp(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, amplitudes with inhale up, and the trace's own phase."""
    rows = [line.split(",") for line in path.read_text().split("[Data]")[1].split()]
    columns = np.array([[float(value) for value in row[:3]] for row in rows])
    return (columns[:, 2] - columns[0, 2]) / 1e3, -columns[:, 0], np.degrees(columns[:, 1])


def test_real_vxp_trace_where_quality_allows(shared_data: Path) -> None:
    times, amplitude, phase = vxp(shared_data / "traces" / "rpm-v1.6.vxp")
    states = follow(times, amplitude, GatingModel())
    trusted = np.array([state.quality > 0 for state in states])
    assert 0.05 < trusted.mean() < 0.5, "an irregular patient: mostly not trusted, sometimes"
    assert rms(phase_errors(states, phase)[trusted]) < 30


@pytest.mark.parametrize(("name", "limit_deg"), [("regular", 20), ("large-si", 25)])
def test_real_liver_traces_at_5_hz(shared_data: Path, name: str, limit_deg: float) -> None:
    columns = np.loadtxt(shared_data / "traces" / f"kim-liver-{name}.txt")
    times, amplitude = columns[:, 0], columns[:, 2] / 10
    states = follow(times, amplitude, GatingModel())
    peaks = [
        i
        for i in range(8, len(times) - 8)
        if amplitude[i] == amplitude[i - 7 : i + 8].max() and amplitude[i] > amplitude.mean()
    ]
    breath = np.searchsorted(times[peaks], times, side="right") - 1
    inside = (breath >= 0) & (breath < len(peaks) - 1) & (times > 20)
    start, length = times[peaks], np.diff(times[peaks])
    phase = np.zeros(len(times))
    phase[inside] = 360 * (times[inside] - start[breath[inside]]) / length[breath[inside]]
    trusted = inside & np.array([state.quality > 0 for state in states])
    assert trusted.sum() > 0.6 * inside.sum()
    assert rms(phase_errors(states, phase)[trusted]) < limit_deg
