"""Corner speeds of the time law against the rules told the slow and plain way."""

import math

import numpy as np
import pytest

from linacsim.machines.loader import load_machine
from linacsim.planning.timing import Run, time_moves, time_run

RULES = load_machine("truebeam-m120").planning
RESERVE = 0.25
"""The longest half blend, as a share of its segment."""
TICK_S = 0.01
N_RUNS = 400


def random_run(seed: int) -> Run:
    """Return a run of a few segments; many are too short for their corners, some barely."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    cruise = rng.uniform(0.5, 8.0, n)
    # 2 a / c^2 is how far the square of the speed can change on a segment, as a share.
    gain = rng.choice([0.05, 0.4, 0.8, 1.2, 3.0], n) * rng.uniform(0.8, 1.2, n)
    accel = np.where(rng.random(n) < 0.1, np.inf, 0.5 * gain * cruise**2)
    longest = 0.5 / np.maximum(cruise[:-1], cruise[1:])
    blend = longest * rng.choice([0.0, 0.5, 0.99, 1.5, 3.0], max(n - 1, 0))
    return Run(cruise, accel, blend)


def corner_factors(run: Run, tick_s: float) -> list[float]:
    """Return the share of cruise speed at each crossing by rules 4 and 5, corner by corner."""
    n = len(run.cruise)
    factor = [0.0, *(cut(run, k) for k in range(1, n)), 0.0]

    def width(corner: int, segment: int, share: float) -> float:
        """How much of a segment a half blend at full speed takes, at a share of that speed."""
        if corner in (0, n):
            return 0.0
        half_s = 0.5 * float(run.blend_s[corner - 1])
        return half_s * share**2 * float(run.cruise[segment])

    for k in range(n - 1, 0, -1):
        change = 2 * float(run.accel[k]) / float(run.cruise[k]) ** 2
        end = 1 - width(k + 1, k, factor[k + 1])
        free = end - width(k, k, factor[k])
        if factor[k] ** 2 > factor[k + 1] ** 2 + change * free:
            slow = math.sqrt(factor[k + 1] ** 2 + change * max(end - RESERVE, 0.0))
            factor[k] = min(factor[k], slow)
    frees = [
        max(1 - width(k, k, factor[k]) - width(k + 1, k, factor[k + 1]), 0.0) for k in range(n)
    ]
    for k in range(n):
        rise = float(run.accel[k])
        if tick_s:
            rise = min(rise, float(run.cruise[k]) / tick_s)
        change = 2 * rise / float(run.cruise[k]) ** 2
        quick = math.sqrt(factor[k] ** 2 + change * frees[k]) if frees[k] else factor[k]
        factor[k + 1] = min(factor[k + 1], quick)
    return factor


def cut(run: Run, corner: int) -> float:
    """Return the first power of 0.9 with which a blend takes at most half of its neighbours."""
    share = 1.0
    quickest = float(max(run.cruise[corner - 1], run.cruise[corner]))
    while share**2 * float(run.blend_s[corner - 1]) * quickest > 0.5 * (1 + 1e-9):
        share *= 0.9
    return share


@pytest.mark.parametrize("tick_s", [0.0, TICK_S])
def test_corner_speeds_of_random_runs(tick_s: float) -> None:
    for seed in range(N_RUNS):
        run = random_run(seed)
        factor = time_run(run, RULES, tick_s).factor
        assert factor == pytest.approx(corner_factors(run, tick_s), abs=1e-12), f"seed {seed}"


def test_the_random_runs_need_every_rule() -> None:
    cuts = stops = 0
    for seed in range(N_RUNS):
        run = random_run(seed)
        cut_only = [cut(run, k) for k in range(1, len(run.cruise))]
        lowered = corner_factors(run, 0.0)[1:-1]
        cuts += any(share < 1 for share in cut_only)
        stops += any(low < share for low, share in zip(lowered, cut_only, strict=True))
    assert cuts > 100
    assert stops > 100


def test_a_corner_that_can_just_be_braked_for_is_not_lowered() -> None:
    run = Run(np.array([1.0, 1.0]), np.array([50.0, 0.5]), np.zeros(1))
    assert time_run(run, RULES, 0.0).factor.tolist() == [0.0, 1.0, 0.0]


def test_a_corner_before_a_lowered_one_that_can_just_be_braked_for_is_not_lowered() -> None:
    lowered = math.sqrt(0.5 * (1 - RESERVE))
    accel = np.array([50.0, 0.5 * (1 - lowered**2), 0.25])
    factor = time_run(Run(np.ones(3), accel, np.zeros(2)), RULES, 0.0).factor
    assert factor.tolist() == [0.0, 1.0, lowered, 0.0]


def test_a_corner_that_can_barely_not_be_braked_for_is_lowered_to_the_reserve() -> None:
    run = Run(np.array([1.0, 1.0]), np.array([50.0, 0.4999]), np.zeros(1))
    assert time_run(run, RULES, 0.0).factor[1] == pytest.approx(math.sqrt(0.9998 * 0.75))


def test_a_blend_as_long_as_allowed_to_the_last_bit_is_not_cut() -> None:
    longest = 0.5 * (1 + 1e-9)
    run = Run(np.ones(2), np.full(2, 50.0), np.array([longest]))
    assert time_run(run, RULES, 0.0).factor[1] == 1.0
    longer = Run(np.ones(2), np.full(2, 50.0), np.array([np.nextafter(longest, 1.0)]))
    assert time_run(longer, RULES, 0.0).factor[1] == 0.9


def test_a_blend_that_one_cut_makes_fit_to_the_last_bit_is_cut_once() -> None:
    allowed = 0.5 * (1 + 1e-9)
    square = float(np.array([0.9])[0] ** 2)
    blend = allowed / square
    while square * blend > allowed:
        blend = math.nextafter(blend, 0.0)
    while square * math.nextafter(blend, 1.0) <= allowed:
        blend = math.nextafter(blend, 1.0)
    run = Run(np.ones(2), np.full(2, 50.0), np.array([blend]))
    assert time_run(run, RULES, 0.0).factor[1] == 0.9


# Moves one after the other ---------------------------------------------------------------------


def trapezoid_s(cruise: float, accel: float) -> float:
    """Return the time of a move of length 1 from rest to rest."""
    if cruise**2 / accel >= 1:
        return 2 * math.sqrt(1 / accel)
    return 1 / cruise + cruise / accel


def test_moves_follow_each_other_without_ticks() -> None:
    cruise, accel = np.array([0.5, 2.0, 1.0]), np.array([1.0, 3.0, 8.0])
    pieces, length_s = time_moves(cruise, accel, 0.0)
    each = [trapezoid_s(c, a) for c, a in zip(cruise.tolist(), accel.tolist(), strict=True)]
    assert length_s == pytest.approx(sum(each), abs=1e-12)
    starts = pieces.start_s[np.flatnonzero(pieces.speed == 0)]
    assert starts == pytest.approx([0.0, each[0], each[0] + each[1]])


def test_moves_at_ticks_take_a_little_longer() -> None:
    cruise, accel = np.array([0.5, 2.0]), np.array([1.0, 3.0])
    plain, at_ticks = (time_moves(cruise, accel, tick_s)[1] for tick_s in (0.0, TICK_S))
    assert 0 < at_ticks - plain < 4 * TICK_S


def test_a_move_without_inertia_takes_a_tick_to_its_speed() -> None:
    pieces, length_s = time_moves(np.array([0.5]), np.array([np.inf]), TICK_S)
    assert pieces.accel[0] == pytest.approx(0.5 / TICK_S)
    assert pieces.speed.max() == pytest.approx(0.5)
    assert length_s == pytest.approx(2.01)


def test_a_gentle_move_keeps_its_own_acceleration() -> None:
    pieces, _ = time_moves(np.array([0.5]), np.array([0.25]), TICK_S)
    assert pieces.accel[0] == pytest.approx(0.25)


def test_without_ticks_nothing_is_divided_by_them() -> None:
    cruise, accel = np.array([1.0]), np.array([4.0])
    with np.errstate(divide="raise"):
        assert time_run(Run(cruise, accel, np.zeros(0)), RULES, 0.0).duration_s == 1.25
        assert time_moves(cruise, accel, 0.0)[1] == 1.25
