"""Times of control points: how long each segment takes, or how they differ from a reference."""

from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.review.canvas import INK, finish, label_outside
from linacsim.review.figures.subject import NothingToShow, Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_MS = 10.0
"""Differences are not drawn larger than this: a tick of the control system."""


def draw_control_points(figure: "Figure", subject: Subject) -> None:
    """Draw differences where there is a reference, else lengths and MU of segments."""
    panels = list(figure.subplots(2, 1, sharex=True))
    panels[1].locator_params(axis="x", integer=True)
    if subject.against is not None:
        _draw_differences(panels, subject)
    else:
        _draw_segments(panels, subject)


def _draw_differences(panels: "list[Axes]", subject: Subject) -> None:
    points = subject.comparison.control_points
    if not points.index:
        raise NothingToShow("no control point is reached in both", subject)
    later = 1000.0 * (np.array(points.b_s) - np.array(points.a_s))
    bare = 1000.0 * np.array(points.without_holds_s)
    panels[0].plot(points.index, later, color=INK[0], linewidth=1.6, label="as it was")
    panels[0].plot(points.index, bare, "--", color=INK[1], linewidth=1.1, label="without holds")
    panels[0].set_ylabel("reached later than\nreference [ms]")
    label_outside(panels[0])
    panels[1].bar(points.index[1:], np.diff(bare), width=0.8, color=INK[1])
    panels[1].set_ylabel("segment longer than\nreference [ms]")
    for panel in panels:
        panel.set_axisbelow(True)
        panel.axhline(0.0, color="#333333", linewidth=0.6)
        _at_least(panel, LEAST_MS)
    finish(panels, "control point")


def _draw_segments(panels: "list[Axes]", subject: Subject) -> None:
    points = subject.metrics.control_points
    if len(points.index) < 2:
        raise NothingToShow("no segment goes from one control point to the next", subject)
    ends: Floats = np.array(points.index[1:], dtype=np.float64)
    for panel in panels:
        panel.set_axisbelow(True)
    panels[0].bar(ends, np.diff(points.time_s), width=0.8, color=INK[0])
    panels[0].set_ylabel("time of segment [s]\n(with holds)")
    panels[1].bar(ends, np.diff(points.mu), width=0.8, color=INK[1])
    panels[1].set_ylabel("MU of segment")
    finish(panels, "control point at the end of the segment")


def _at_least(panel: "Axes", size: float) -> None:
    low, high = panel.get_ylim()
    panel.set_ylim(min(low, -size), max(high, size))
