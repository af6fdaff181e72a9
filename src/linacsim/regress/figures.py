"""The figures of a delivery that are kept, each with its unit in its name."""

import math
from collections.abc import Iterable, Iterator

from linacsim.engines.tally import RunResult
from linacsim.regress.baseline import Figure, Figures, Point
from linacsim.review.metrics import AxisMetrics, GroupError, Metrics

_DECIMALS = 6
"""To be read: whether anything changed at all is told by digests."""


def result_figures(result: RunResult) -> Figures:
    """Return the figures that every run has."""
    return _kept(
        [
            ("total_time_s", result.delivered_s),
            ("beam_on_time_s", result.beam_on_s),
            ("simulated_s", result.simulated_s),
            ("mu", result.mu),
            ("holds", result.holds),
        ]
    )


def metric_figures(metrics: Metrics) -> Figures:
    """Return the figures of a delivery as a whole."""
    times, mu, mlc = metrics.times, metrics.mu, metrics.mlc
    return _kept(
        [
            ("motion_only_s", times.motion_only_s),
            ("carriage_s", times.carriage_s),
            ("wait_s", times.wait_s),
            ("hold_s", times.hold_s),
            ("interrupt_s", times.interrupt_s),
            ("mu_error_rms_mu", mu.error.rms),
            ("mu_error_max_mu", mu.error.max),
            ("mu_lag_s", mu.lag_s),
            ("moving_leaves", mlc.moving_leaves),
            ("leaf_travel_cm", mlc.leaf_travel_cm),
            ("leaf_reversals", mlc.reversals),
            ("carriage_travel_cm", mlc.carriage_travel_cm),
            ("carriage_moves", mlc.carriage_moves),
        ]
    )


def axis_figures(metrics: Metrics) -> dict[str, Figures]:
    """Return the figures of each axis that moves, leaves by their groups."""
    singles = (axis for axis in metrics.axes if axis.moves and not axis.name.startswith("leaf"))
    kept = {axis.name: _kept(_of_axis(axis)) for axis in singles}
    return kept | {group.name: _kept(_of_group(group)) for group in metrics.groups if group.axes}


def control_points(metrics: Metrics) -> tuple[Point, ...]:
    """Return when each whole control point was reached."""
    points = metrics.control_points
    rows = zip(points.index, points.since_start_s, points.mu, strict=True)
    return tuple((index, _rounded(time_s), _rounded(mu)) for index, time_s, mu in rows)


def _of_axis(axis: AxisMetrics) -> Iterator[tuple[str, Figure | None]]:
    unit = axis.unit
    yield f"error_rms_{unit}", axis.error.rms
    yield f"error_max_{unit}", axis.error.max
    yield "lag_s", axis.lag_s
    yield f"max_speed_{unit}_per_s", axis.max_speed_expected
    yield f"max_accel_{unit}_per_s2", axis.max_accel_expected
    yield f"travel_{unit}", axis.travel
    yield "reversals", axis.reversals


def _of_group(group: GroupError) -> Iterator[tuple[str, Figure | None]]:
    yield f"error_rms_{group.unit}", group.rms
    yield f"error_max_{group.unit}", group.max


def _kept(figures: Iterable[tuple[str, Figure | None]]) -> Figures:
    return {
        name: _rounded(value)
        for name, value in figures
        if value is not None and math.isfinite(value)
    }


def _rounded(value: Figure) -> Figure:
    return value if isinstance(value, int) else round(float(value), _DECIMALS) + 0.0
