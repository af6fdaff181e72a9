"""MU, dose rate and gantry over time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.axes import Axis
from linacsim.review.canvas import finish, label_outside, show_at_least
from linacsim.review.course import Course
from linacsim.review.delivery_plot import mu_per_min
from linacsim.review.figures.frame import ACTUAL, EXPECTED, OTHER, nothing, shade_holds
from linacsim.review.figures.subject import Subject
from linacsim.review.recording import Recording, delivery_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_RATE = 10.0
"""MU/min: the scale of the dose rate is no smaller, nor is that of the gantry below `LEAST_DEG`,
so that noise is not taken for something."""
LEAST_DEG = 2.0


def draw_over_time(figure: "Figure", subject: Subject) -> None:
    """Draw expected and actual; what it is held against dashed, first steps together."""
    recording = subject.recording
    panels = list(figure.subplots(3, 1, sharex=True))
    for panel in panels:
        shade_holds(panel, recording)
    time_s = recording.time_s
    if subject.against is not None:
        _draw_other(panels, delivery_of(subject.against), subject.course)
    rates = []
    for values, style in ((recording.mu_expected, EXPECTED), (recording.mu_actual, ACTUAL)):
        panels[0].plot(time_s, values, **style)
        rates.append(mu_per_min(time_s, values))
        panels[1].plot(time_s, rates[-1], **style)
    panels[0].set_ylabel("MU")
    panels[1].set_ylabel("dose rate [MU/min]")
    panels[1].set_ylim(0, 1.08 * max(float(np.max(rates)), LEAST_RATE))
    _draw_gantry(panels[2], recording)
    label_outside(panels[0])
    finish(panels, "time [s]; shaded: beam held")


def _draw_gantry(panel: "Axes", recording: Recording) -> None:
    sides = [values[:, Axis.GANTRY_RTN] for values in (recording.expected, recording.actual)]
    if not np.isfinite(sides).all():
        nothing(panel, "the gantry is not told")
        return
    for values, style in zip(sides, (EXPECTED, ACTUAL), strict=True):
        panel.plot(recording.time_s, values, **style)
    panel.set_ylabel("gantry [deg]\n(Varian scale)")
    show_at_least(panel, LEAST_DEG)


def _draw_other(panels: Sequence["Axes"], other: Recording, course: Course) -> None:
    time_s = other.time_s + course.start_s - Course(other).start_s
    panels[0].plot(time_s, other.mu_actual, **OTHER)
    panels[1].plot(time_s, mu_per_min(time_s, other.mu_actual), **OTHER)
    panels[2].plot(time_s, other.actual[:, Axis.GANTRY_RTN], **OTHER)
