"""Dose in pulses (research/log-formats.md 6.3)."""

import numpy as np
import pytest

from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import InputError
from linacsim.model.messages import Fault, FaultKind

from .conftest import TICK_S, Rig, rig_of

PULSE = 0.0278
FULL = 0.1


def test_static_field_fires_full_pulses_and_stays_a_little_behind(rig: Rig) -> None:
    mu = rig.fire(np.full(1000, FULL))
    steps = np.diff(mu)
    np.testing.assert_allclose(steps / PULSE, np.rint(steps / PULSE), atol=1e-6)
    behind = FULL * np.arange(1, 1001) - mu
    assert 0.01 < behind[10:].mean() < 0.04
    assert behind[4:].max() < 0.06


def test_static_field_at_a_lower_rate_drops_pulses_instead_of_shrinking_them(rig: Rig) -> None:
    per_row = np.diff(rig.fire(np.full(1000, FULL * 400 / 600))[::2])[5:]
    counts = np.rint(per_row / PULSE)
    np.testing.assert_allclose(per_row, counts * PULSE, atol=1e-6)
    assert set(counts) == {4.0, 5.0}


@pytest.mark.parametrize(("rate", "pulse"), [(37, 0.0122), (140, 0.0148), (491, 0.0227)])
def test_pulses_shrink_once_the_rate_is_modulated(rig: Rig, rate: float, pulse: float) -> None:
    rig.fire(np.full(100, FULL))
    steps = np.diff(rig.fire(np.full(400, FULL * rate / 600))[10:])
    sizes = steps[steps > 0] / np.rint(steps[steps > 0] / pulse)
    np.testing.assert_allclose(sizes, pulse, rtol=0.15)
    assert np.ptp(sizes) < 1e-9


def test_arc_fires_its_first_pulse_after_60_to_80_ms(rig: Rig) -> None:
    t = np.arange(0, 101) * TICK_S
    mu = rig.fire(np.diff(2.5 * t * t))
    assert 0.05 <= np.argmax(mu > 0) * TICK_S <= 0.08


def test_ends_within_a_pulse_of_plan(machine: MachineSpec) -> None:
    ends = []
    for seed in range(20):
        rig = rig_of(machine, seed)
        rig.fire(np.full(100 + seed, FULL * 0.97))
        ends.append(rig.fire(np.zeros(5))[-1] - rig.mu)
    assert min(ends) > -0.0085
    assert max(ends) < PULSE
    assert 0.0 < np.mean(ends) < 0.014


def test_no_dose_with_the_beam_off_but_a_drift_that_ends(rig: Rig) -> None:
    rig.fire(np.full(100, FULL))
    mu = rig.wait(30.0).mu
    assert (mu[100] - mu[0]) / 1.0 == pytest.approx(0.0005, rel=0.01)
    assert mu[-1] == mu[900]
    assert mu[-1] - mu[0] < 0.005
    assert rig.wait(5.0).mu[-1] == mu[-1]


def test_nothing_drifts_before_the_first_pulse(rig: Rig) -> None:
    assert (rig.wait(5.0).mu == 0).all()


def test_thinned_beam_gives_a_share_of_the_rate_asked_for(rig: Rig) -> None:
    rig.fire(np.full(100, FULL))
    rig.plant.apply(Fault(FaultKind.DOSE_RATE, value=0.5))
    mu = rig.fire(np.full(400, FULL))
    assert mu[-1] - mu[0] == pytest.approx(0.5 * 399 * FULL, rel=0.02)
    rig.plant.apply(Fault(FaultKind.DOSE_RATE, clear=True))
    caught_up = rig.fire(np.zeros(1000))
    assert caught_up[-1] == pytest.approx(rig.mu, abs=PULSE)
    assert np.diff(caught_up, prepend=mu[-1]).max() <= 5 * PULSE + 1e-9


def test_new_energy_sets_the_monitor_to_zero(rig: Rig) -> None:
    rig.fire(np.full(100, FULL))
    rig.plant.select_energy("10xFFF")
    assert rig.plant.sense().mu[0] == 0.0
    rig.mu = 0.0
    steps = np.diff(rig.fire(np.full(100, 0.4)))
    np.testing.assert_allclose(steps / 0.111, np.rint(steps / 0.111), atol=1e-6)


def test_unknown_energy_is_refused_with_those_there_are(rig: Rig) -> None:
    with pytest.raises(InputError, match=r"no energy '7x': use one of .*6x"):
        rig.plant.select_energy("7x")
