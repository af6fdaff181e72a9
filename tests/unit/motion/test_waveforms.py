"""Regular and uniform motion have closed forms."""

import numpy as np
import pytest

from linacsim.model.findings import InputError
from linacsim.motion.waveforms import Regular, Uniform

SECOND = 1_000_000_000
TIMES = np.arange(0, 20 * SECOND, 7_000_000)


def test_sine() -> None:
    sine = Regular(2.0, 4.0, exhale_cm=-1.0)
    wanted = np.cos(2 * np.pi * TIMES / (4 * SECOND))
    assert sine.displacement_cm(TIMES) == pytest.approx(wanted, abs=1e-12)
    assert sine.positions(TIMES)[:, :2].tolist() == [[0, 0]] * len(TIMES)


@pytest.mark.parametrize("power", [1, 2, 3, 6])
def test_power_of_cosine(power: int) -> None:
    wave = Regular(1.0, 5.0, power=power, start_phase_deg=90)
    wanted = np.cos(np.pi * TIMES / (5 * SECOND) + np.pi / 4) ** (2 * power)
    assert wave.displacement_cm(TIMES) == pytest.approx(wanted, abs=1e-12)


def test_larger_powers_rest_longer_in_exhale() -> None:
    duty = [
        (Regular(1.0, 4.0, power=power).displacement_cm(TIMES) < 0.25).mean() for power in (1, 2, 3)
    ]
    assert duty[0] < duty[1] < duty[2]


def test_phase_is_zero_at_full_inhale() -> None:
    wave = Regular(1.0, 4.0, power=2)
    assert wave.phase_deg(np.array([0, SECOND, 2 * SECOND, 4 * SECOND])).tolist() == [0, 90, 180, 0]
    assert wave.displacement_cm(np.array([0, 2 * SECOND])) == pytest.approx([1, 0])


def test_direction_and_origin() -> None:
    wave = Regular(1.0, 4.0, direction=(0, 3, 4), origin_cm=(1, 2, 3))
    assert wave.positions(np.array([0]))[0] == pytest.approx([1, 2.6, 3.8])


def test_phase_stays_exact_after_days() -> None:
    wave = Regular(1.0, 4.0)
    late = 7 * 24 * 3600 * SECOND
    assert wave.phase_deg(np.array([late + SECOND])).tolist() == [90.0]


def test_uniform() -> None:
    moving = Uniform((0.0, 0.5, -1.0), origin_cm=(1, 1, 1))
    assert moving.positions(np.array([0, 2 * SECOND])).tolist() == [[1, 1, 1], [1, 2, -1]]
    assert Uniform().positions(TIMES).any() == np.False_


def test_sample_of_a_waveform_has_no_age() -> None:
    wave = Regular(1.0, 4.0)
    assert wave.at(-1) is None
    sample = wave.at(SECOND)
    assert sample is not None
    assert (sample.measured_ns, sample.received_ns, sample.valid) == (SECOND, SECOND, True)
    assert sample.z_cm == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Regular(1.0, 0.0), "period_s must be more than 0, not 0"),
        (lambda: Regular(-1.0, 4.0), "travel_cm must be 0 or more, not -1"),
        (lambda: Regular(1.0, 4.0, power=0), "power must be a whole number from 1 to 16, not 0"),
        (lambda: Regular(1.0, 4.0, direction=(0, 0, 0)), "points nowhere"),
        (lambda: Regular(1.0, float("nan")), "period_s must be more than 0, not nan"),
    ],
)
def test_what_cannot_be(make: object, told: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=told):
        make()
