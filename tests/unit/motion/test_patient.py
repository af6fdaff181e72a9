"""Patient-like breathing varies as asked, from one seed, without leaps."""

import numpy as np
import pytest

from linacsim.model.findings import InputError
from linacsim.motion.patient import BreathHold, Cough, PatientLike, PatientPattern

SECOND = 1_000_000_000
STEP = 10_000_000
HOUR = np.arange(0, 3600 * SECOND, STEP)
CALM = {"period_share": 0.0, "travel_share": 0.0, "exhale_deviation_cm": 0.0}


def patient(seed: int = 1, **pattern: object) -> PatientLike:
    return PatientLike(PatientPattern(**pattern), np.random.default_rng(seed))  # type: ignore[arg-type]


def test_without_variation_it_is_regular() -> None:
    wave = patient(**CALM, period_s=4.0, travel_cm=1.0, power=1)
    times = np.arange(0, 100 * SECOND, STEP)
    wanted = 0.5 + 0.5 * np.cos(2 * np.pi * times / (4 * SECOND))
    assert wave.displacement_cm(times) == pytest.approx(wanted, abs=1e-12)


def test_same_seed_same_motion() -> None:
    times = HOUR[:10_000]
    assert np.array_equal(patient(7).displacement_cm(times), patient(7).displacement_cm(times))
    assert not np.array_equal(patient(7).displacement_cm(times), patient(8).displacement_cm(times))


def test_what_was_asked_before_does_not_matter() -> None:
    late = HOUR[-1000:]
    fresh, used = patient(), patient()
    used.displacement_cm(HOUR[:500])
    used.displacement_cm(HOUR[200_000:200_100])
    assert np.array_equal(fresh.displacement_cm(late), used.displacement_cm(late))


def test_others_may_draw_from_the_generator_meanwhile() -> None:
    rng = np.random.default_rng(1)
    wave = PatientLike(PatientPattern(), rng)
    rng.standard_normal(100)
    assert np.array_equal(
        wave.displacement_cm(HOUR[-100:]), patient(1).displacement_cm(HOUR[-100:])
    )


def test_periods_and_depths_vary_as_asked() -> None:
    wave = patient(period_s=4.0, period_share=0.1, travel_cm=1.0, travel_share=0.15)
    d, phase = wave.displacement_cm(HOUR), wave.phase_deg(HOUR)
    begins = np.flatnonzero(np.diff(phase) < 0) + 1
    periods = np.diff(HOUR[begins]) / SECOND
    assert periods.mean() == pytest.approx(4.0, rel=0.02)
    assert periods.std() == pytest.approx(0.4, rel=0.1)
    lows = np.minimum.reduceat(d, begins)[:-1]
    highs = d[begins][:-1]
    assert (highs - lows).mean() == pytest.approx(1.0, rel=0.02)
    assert (highs - lows).std() == pytest.approx(0.15, rel=0.2)
    assert lows.std() == pytest.approx(0.05, rel=0.2)


def test_it_never_leaps() -> None:
    d = patient(power=3, drift_cm_per_min=0.2).displacement_cm(HOUR)
    assert np.abs(np.diff(d)).max() < 0.03


def test_drift() -> None:
    still, drifting = patient(), patient(drift_cm_per_min=0.1)
    times = np.array([0, 600 * SECOND])
    moved = drifting.displacement_cm(times) - still.displacement_cm(times)
    assert moved == pytest.approx([0, 1.0])


def test_cough_is_short() -> None:
    times = np.arange(0, 60 * SECOND, STEP)
    extra = patient(coughs=(Cough(20.0),)).displacement_cm(times) - patient().displacement_cm(times)
    assert not extra[times <= 20 * SECOND].any()
    assert extra.max() > 0.4
    assert np.abs(extra[times > 24 * SECOND]).max() < 1e-3


def test_breath_hold_stands_at_the_next_full_inhale() -> None:
    wave = patient(holds=(BreathHold(30.0, 15.0, travel_cm=2.5),))
    times = np.arange(0, 90 * SECOND, STEP)
    d, phase = wave.displacement_cm(times), wave.phase_deg(times)
    held = np.flatnonzero(np.diff(d) == 0)
    assert (np.diff(held) == 1).all()
    start, end = times[held[0]] / SECOND, times[held[-1] + 1] / SECOND
    assert 30.0 <= start < 36.0
    assert end - start == pytest.approx(15.0, abs=0.03)
    assert d[held] == pytest.approx(2.5)
    assert not phase[held].any()
    assert np.abs(np.diff(d)).max() < 0.05


def test_after_a_hold_breathing_goes_on_where_it_was() -> None:
    held, free = patient(holds=(BreathHold(30.0, 15.0),)), patient()
    times = np.arange(50 * SECOND, 90 * SECOND, STEP)
    late = held.displacement_cm(times + 15 * SECOND)
    assert np.array_equal(late, free.displacement_cm(times))


def test_holds_within_holds_are_refused() -> None:
    with pytest.raises(InputError, match="begins within the one before"):
        patient(holds=(BreathHold(10.0, 20.0), BreathHold(15.0, 5.0)))


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ({"period_s": -1.0}, "period_s must be more than 0"),
        ({"travel_cm": 0.0}, "travel_cm must be more than 0"),
        ({"exhale_memory": 1.0}, "exhale_memory must be from 0 to below 1"),
        ({"holds": (BreathHold(1.0, 0.0),)}, "duration_s of a breath-hold"),
    ],
)
def test_what_cannot_be(pattern: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        patient(**pattern)
