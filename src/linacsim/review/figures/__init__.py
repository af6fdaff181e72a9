"""Single figures of a delivery, by name (docs/how-to/report-a-delivery.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.review.canvas import check_suffix, new_figure, save, svg_of
from linacsim.review.figures.control_points import draw_control_points
from linacsim.review.figures.frame import entitle
from linacsim.review.figures.histograms import draw_histograms
from linacsim.review.figures.leaf_errors import draw_leaf_errors
from linacsim.review.figures.maps import draw_fluence, draw_gamma
from linacsim.review.figures.over_time import draw_over_time
from linacsim.review.figures.speeds import draw_speeds, moving_groups
from linacsim.review.figures.subject import Subject, origin
from linacsim.review.figures.time_line import draw_time_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "Drawing", "Subject", "draw_figure", "figure_svg", "origin"]

WIDTH_IN = 9.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """One kind of figure."""

    title: str
    caption: str
    """What it shows and how to read it."""
    draw: Callable[["Figure", Subject], None]
    height_in: Callable[[Subject], float]


FIGURES = {
    "over-time": Drawing(
        "MU, dose rate and gantry over time",
        "Expected and actual MU, dose rate (mean over 0.2 s) and gantry angle.",
        draw_over_time,
        lambda _: 5.6,
    ),
    "time-line": Drawing(
        "Time line",
        "What the delivery does when, with the whole time of each kind.",
        draw_time_line,
        lambda subject: 1.5 + 0.36 * len({phase.kind for phase in subject.metrics.phases}),
    ),
    "control-points": Drawing(
        "Control points",
        "Times from control point to control point; against a reference, how much later.",
        draw_control_points,
        lambda _: 4.4,
    ),
    "leaf-errors": Drawing(
        "Leaf errors",
        "Actual minus expected position of each leaf over time; positive: further out. The scale "
        "covers 99.9 % of the errors.",
        draw_leaf_errors,
        lambda _: 6.0,
    ),
    "histograms": Drawing(
        "Errors",
        "How often an error of each size occurs in rows with beam; of leaves only those that move.",
        draw_histograms,
        lambda _: 5.4,
    ),
    "speeds": Drawing(
        "Speed against limit",
        "Speed of what moves: expected over 0.02 s, actual over 0.1 s. Dashed: the limit of the "
        "machine; leaves may be faster while their carriage moves.",
        draw_speeds,
        lambda subject: 1.5 + 1.4 * max(len(moving_groups(subject)), 1),
    ),
    "fluence": Drawing(
        "Fluence",
        "MU given while each place was open, in the frame of the collimator at the isocentre "
        "plane, summed over all gantry angles. Without transmission and scatter.",
        draw_fluence,
        lambda _: 4.6,
    ),
    "gamma": Drawing(
        "Gamma",
        "Gamma index of the two fluence maps, where the reference is above the threshold.",
        draw_gamma,
        lambda _: 4.2,
    ),
}
"""In the order of a report."""


def draw_figure(name: str, subject: Subject, path: Path) -> Path:
    """Draw one of `FIGURES` into a PNG, SVG or PDF file and return its path.

    Raises InputError for another kind of file, where a library is missing, or where the delivery
    has not got what the figure needs.
    """
    check_suffix(path)
    return save(_drawn(name, subject), path)


def figure_svg(name: str, subject: Subject) -> bytes:
    """Return one of `FIGURES` as SVG."""
    return svg_of(_drawn(name, subject))


def _drawn(name: str, subject: Subject) -> "Figure":
    drawing = FIGURES[name]
    figure = new_figure(WIDTH_IN, drawing.height_in(subject))
    drawing.draw(figure, subject)
    entitle(figure, subject, drawing.title)
    return figure
