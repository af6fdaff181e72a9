"""Straight pieces, ramps and corners made by formula are measured as they were made."""

import numpy as np
import pytest

from tools.fit_machine.shapes import Piece, corners, ramps, straight

DT_S = 0.02
ROUNDING = 1e-7


def everywhere(x: np.ndarray) -> np.ndarray:
    return np.ones(len(x), dtype=bool)


def bent(v1: float, v2: float, accel: float, crossing_s: float, rows: int = 200) -> np.ndarray:
    """Positions at v1, then v2, the corner rounded by a parabola centred on the crossing."""
    t = np.arange(rows) * DT_S - crossing_s
    half = abs(v2 - v1) / accel / 2
    round_by = accel / 2 * np.clip(half - np.abs(t), 0, None) ** 2 * np.sign(v2 - v1)
    x = 5 + np.where(t < 0, v1 * t, v2 * t) + round_by
    return x.astype(np.float32).astype(float)


@pytest.mark.parametrize("accel", [5.0, 15.0, 42.0])
@pytest.mark.parametrize(("v1", "v2"), [(0.0, 2.5), (2.5, -1.0), (-2.0, 0.0), (0.5, 2.4)])
def test_acceleration_round_a_corner(accel: float, v1: float, v2: float) -> None:
    for phase in (0.0, 0.003, 0.011, 0.019):
        x = bent(v1, v2, accel, 2.0 + phase)
        found = [*corners(x, DT_S, ROUNDING * 8, everywhere(x))]
        found += [*ramps(x, DT_S, ROUNDING * 8, everywhere(x))]
        assert found
        for piece in found:
            assert piece.value == pytest.approx(accel, rel=0.01, abs=3 * piece.sigma)


def test_a_corner_of_two_accelerations_is_left_out() -> None:
    t = np.arange(200) * DT_S
    speed = np.interp(t, [1.0, 1.05, 1.25], [0.0, 1.5, 2.5])
    x = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * DT_S)])
    assert [*corners(x, DT_S, ROUNDING, everywhere(x))] == []


def test_speeds_of_straight_pieces() -> None:
    x = bent(1.25, 2.5, 50.0, 2.0)
    found = [piece.value for piece in straight(x, DT_S, ROUNDING * 8, everywhere(x))]
    assert found == pytest.approx([1.25, 2.5], rel=1e-5)


def test_what_stands_has_no_speed_and_no_acceleration() -> None:
    x = np.full(100, 7.25)
    for shape in (straight, ramps, corners):
        assert [*shape(x, DT_S, ROUNDING, everywhere(x))] == []


def test_rows_that_cannot_be_used_are_left_out() -> None:
    x = bent(0.0, 2.5, 15.0, 2.0)
    usable = everywhere(x)
    usable[95:110] = False
    assert [*corners(x, DT_S, ROUNDING * 8, usable)] == []


def test_noise_is_no_limit() -> None:
    """Wavering readings have no piece that could be taken for a ramp."""
    x = 5 + np.random.default_rng(1).normal(0, 1e-3, 500)
    pieces: list[Piece] = [*straight(x, DT_S, ROUNDING, everywhere(x))]
    pieces += [*ramps(x, DT_S, ROUNDING, everywhere(x))]
    pieces += [*corners(x, DT_S, ROUNDING, everywhere(x))]
    assert pieces == []
