"""A picture of a plan: what is expected over time."""

from pathlib import Path

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import FIRST_LEAF, AxisLayout
from linacsim.model.time import NS_PER_MS
from linacsim.model.trajectory import Trajectory
from linacsim.review.canvas import INK, label_outside, panels
from linacsim.review.delivery_plot import draw_leaves, mu_per_min

_MOST_SAMPLES = 20_000


def draw_plan(trajectory: Trajectory, layout: AxisLayout, title: str, path: Path) -> Path:
    """Draw MU, dose rate, speeds of single axes and the busiest leaves; return `path`."""
    step_ns = max(10 * NS_PER_MS, trajectory.duration_ns // _MOST_SAMPLES)
    time_ns = np.arange(0, trajectory.duration_ns + step_ns, step_ns, dtype=np.int64)
    time_s = time_ns / 1e9
    sample = trajectory.sample(time_ns)
    single: list[int] = np.flatnonzero(trajectory.dynamic[:FIRST_LEAF]).tolist()
    with panels(f"{title}: plan", 4, path) as (dose, rate, speed, mlc):
        dose.plot(time_s, sample.mu, color=INK[0])
        dose.set_ylabel("MU")
        rate.plot(time_s, mu_per_min(time_s, sample.mu), color=INK[1])
        rate.set_ylabel("MU/min")
        for index, column in enumerate(single):
            speeds = _speed(time_s, sample.position[:, column])
            ink = INK[index % len(INK)]
            speed.plot(time_s, speeds, color=ink, linewidth=1.0, label=layout.name(column))
        speed.set_ylabel("deg/s, cm/s")
        if single:
            label_outside(speed)
        draw_leaves(
            mlc, time_s, sample.position[:, layout.bank_a], sample.position[:, layout.bank_b]
        )
    return path


def _speed(time_s: Floats, position: Floats) -> Floats:
    if len(time_s) < 2:
        return np.zeros_like(position)
    return np.asarray(np.gradient(position, time_s))
