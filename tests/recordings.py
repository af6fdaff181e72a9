"""Recordings made of formulas, for tests whose answers are known beforehand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from linacsim.model.axes import AxisLayout
from linacsim.model.signals import BeamHold
from linacsim.review.recording import Recording

LAYOUT = AxisLayout(60)


def made(
    cp: np.ndarray,
    *,
    interval_ms: int = 20,
    mu_per_cp: float = 10.0,
    axes: dict[int, Callable[[np.ndarray], np.ndarray]] | None = None,
    off: dict[int, Any] | None = None,
    **columns: Any,
) -> Recording:
    """Return a recording along control points `cp`.

    `axes` are expected positions by column as functions of time; `off` is what actual positions
    add to them.
    """
    n = len(cp)
    time = np.arange(n) * (interval_ms / 1000)
    expected = np.zeros((n, LAYOUT.n_axes))
    for column, position in (axes or {}).items():
        expected[:, column] = position(time)
    actual = expected.copy()
    for column, value in (off or {}).items():
        actual[:, column] += value
    hold = np.full(n, float(BeamHold.NORMAL))
    made_of: dict[str, Any] = {
        "name": "made",
        "beam": "made",
        "mlc_model": "NDS120",
        "emulated": True,
        "interval_ns": interval_ms * 1_000_000,
        "layout": LAYOUT,
        "expected": expected,
        "actual": actual,
        "mu_expected": mu_per_cp * cp,
        "mu_actual": mu_per_cp * cp,
        "hold_expected": hold,
        "hold_actual": hold,
        "cp": cp,
    }
    return Recording(**{**made_of, **columns})
