"""Pictures of a comparison, over control points."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.review.canvas import INK, label_outside, svg_panels
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.records import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A_LINE: dict[str, Any] = {"color": INK[0], "linewidth": 1.6, "label": "A"}
B_LINE: dict[str, Any] = {"color": INK[4], "linewidth": 1.1, "linestyle": "--", "label": "B"}
MOST_AXES = 5
X_LABEL = "control point"


def times_picture(comparison: Comparison) -> bytes:
    """Return by how much B reaches each control point later than A."""
    points = comparison.control_points

    def draw(panels: "list[Axes]") -> None:
        (panel,) = panels
        later = np.array(points.b_s) - np.array(points.a_s)
        panel.plot(points.index, later, color=INK[0], label="as it was")
        panel.plot(points.index, points.without_holds_s, "--", color=INK[4], label="without holds")
        panel.set_ylabel("B later than A [s]")
        _allow(panel, comparison.tolerances["time.control_point_s"])
        label_outside(panel)

    return svg_panels(1, X_LABEL, draw)


def rates_picture(pair: Pair) -> bytes:
    """Return expected dose rate and, where it moves, gantry speed of both."""
    middle = 0.5 * (pair.grid[:-1] + pair.grid[1:])
    times = pair.a_cells_s, pair.b_cells_s
    mu = pair.columns("mu_expected")
    rates = [("dose rate [MU/min]", [60 * rate for rate in _rates(mu, times)])]
    angle = [values[:, Axis.GANTRY_RTN] for values in pair.columns("expected")]
    if all(np.isfinite(values).all() for values in angle) and np.ptp(angle[0]) > 1:
        rates.append(("gantry [deg/s]", _rates(angle, times)))

    def draw(panels: "list[Axes]") -> None:
        for panel, (name, (a, b)) in zip(panels, rates, strict=True):
            panel.plot(middle, a, **A_LINE)
            panel.plot(middle, b, **B_LINE)
            panel.set_ylabel(name)
            label_outside(panel)

    return svg_panels(len(rates), X_LABEL, draw)


def positions_picture(pair: Pair, comparison: Comparison) -> bytes | None:
    """Return the differences of the axes that were found, worst first; None if there are none."""
    worst = _worst(comparison)
    if not worst:
        return None
    layout = pair.a.recording.layout
    columns = [_column(layout, name) for name in worst]
    limits = {extreme.axis: extreme.tolerance_expected for extreme in comparison.extremes}
    expected, actual = (pair.columns(name) for name in ("expected", "actual"))

    def draw(panels: "list[Axes]") -> None:
        for panel, name, column in zip(panels, worst, columns, strict=True):
            off = expected[1][:, column] - expected[0][:, column]
            panel.plot(pair.grid, off, color=INK[0], label="expected")
            _allow(panel, limits[name])
            off = actual[1][:, column] - actual[0][:, column]
            panel.plot(pair.grid, off, "--", color=INK[4], label="actual")
            panel.set_ylabel(f"{name} [{layout.unit(column)}]")
            label_outside(panel)

    return svg_panels(len(worst), X_LABEL, draw)


def _rates(values: Sequence[Floats], times: tuple[Floats, Floats]) -> list[Floats]:
    return [
        np.diff(side) / np.where(spent > 0, spent, np.nan)
        for side, spent in zip(values, times, strict=True)
    ]


def _worst(comparison: Comparison) -> list[str]:
    """Return the axes with the greatest differences as multiples of the tolerance."""
    found = [d for d in comparison.differences if d.column and d.axes]
    size = {d.axes[0]: abs(d.size) / d.tolerance for d in found}
    return sorted(size, key=lambda name: -size[name])[:MOST_AXES]


def _column(layout: AxisLayout, name: str) -> int:
    return next(column for column in range(layout.n_axes) if layout.name(column) == name)


def _allow(panel: "Axes", tolerance: float) -> None:
    """Show the tolerance as a band, which also keeps zero in view."""
    panel.axhspan(-tolerance, tolerance, color="#eef3f7", zorder=0)
