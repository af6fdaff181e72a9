"""Measures how long planning and sampling take: python -m tools.bench.planning.

Prints milliseconds, best of several runs, and how planning grows with the number of points.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.planning import plan_points

TARGETS_MS = {178: 5.0, 5000: 150.0}


def arc(n: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Return MU (n,) and positions (n, 134) of an arc that modulates dose, jaws and all leaves."""
    rng = np.random.default_rng(seed)
    mu = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 3.0, n - 1))])
    position = np.full((n, 134), np.nan)
    position[:, : Axis.CARRIAGE_A] = 100.0
    position[:, Axis.GANTRY_RTN] = np.linspace(0.0, 360.0, n)
    position[:, Axis.X1 : Axis.Y2 + 1] = 5.0 + np.cumsum(rng.uniform(-0.05, 0.05, (n, 4)), axis=0)
    wander = np.cumsum(rng.uniform(-0.3, 0.3, (n, 60)), axis=0)
    wander = 4.0 * np.sin(wander / 4.0)
    position[:, 14:74], position[:, 74:] = 1.0 + wander, 1.0 - wander
    return mu, position


def best_ms(work: Callable[[], object], runs: int = 7) -> float:
    """Return the shortest of several runs in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main() -> None:
    """Measure and print."""
    machine = load_machine("truebeam-m120")
    for n in (178, 1000, 2500, 5000):
        took = best_ms(partial(plan_points, *arc(n), machine, 600.0))
        target = f", target {TARGETS_MS[n]:g} ms" if n in TARGETS_MS else ""
        each = 1000 * took / n
        print(f"plan {n:5d} points x 134 axes: {took:7.2f} ms, {each:6.1f} us a point{target}")
    trajectory = plan_points(*arc(178), machine, 600.0).trajectory
    assert trajectory is not None
    for n in (1, 100, 6000):
        ticks = np.arange(n, dtype=np.int64) * (trajectory.duration_ns // n)
        took = best_ms(partial(trajectory.sample, ticks))
        print(f"sample {n:5d} ticks of {trajectory.duration_s:.1f} s: {took:7.3f} ms")


if __name__ == "__main__":
    main()
