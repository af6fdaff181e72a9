"""Speeds of what moves, against the machine's limits."""

from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import FIRST_LEAF, N_SINGLE, Axis
from linacsim.review.canvas import finish, label_outside
from linacsim.review.figures.frame import ACTUAL, EXPECTED, shade_holds
from linacsim.review.figures.subject import NothingToShow, Subject
from linacsim.review.metrics.rates import ACTUAL_S, EXPECTED_S, all_of, moving_stretches, stride

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 6
MARGIN = 1.1
"""Above the limit and what was actually reached. Expected beyond that is cut off: logs that state
targets instead of a course (TRF) have it jump."""
LEAST = 0.01


def draw_speeds(figure: "Figure", subject: Subject) -> None:
    """Draw the speed of each moving axis; of leaves, jaws and carriages that of the fastest."""
    groups = moving_groups(subject)
    if not groups:
        raise NothingToShow("nothing moves, so there are no speeds to show", subject)
    panels = list(figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0])
    for panel, (name, columns) in zip(panels, groups.items(), strict=True):
        shade_holds(panel, subject.recording)
        _draw(panel, subject, name, columns)
    label_outside(panels[0])
    finish(panels, "time [s]; shaded: beam held")


def moving_groups(subject: Subject) -> dict[str, Ints]:
    """Return the moving columns by name of the panel that shows them, those of rotations first."""
    moves = {axis.name for axis in subject.metrics.axes if axis.moves}
    layout = subject.recording.layout
    columns = [c for c in range(layout.n_axes) if layout.name(c) in moves]
    groups: dict[str, list[int]] = {}
    for column in columns:
        groups.setdefault(_group(column, layout.name(column)), []).append(column)
    return {name: np.array(group) for name, group in list(groups.items())[:MOST_PANELS]}


def _group(column: int, name: str) -> str:
    if column >= FIRST_LEAF:
        return "fastest leaf"
    if column >= N_SINGLE:
        return "faster carriage"
    return "fastest jaw" if column >= Axis.X1 else name


def _draw(panel: "Axes", subject: Subject, name: str, columns: Ints) -> None:
    recording, course = subject.recording, subject.course
    steps = moving_stretches(course)
    rows = stride(course, EXPECTED_S)
    time_s, speed = _fastest(recording.expected[:, columns], rows, course.dt_s)
    panel.plot(time_s, np.where(all_of(steps, rows), speed, np.nan), **EXPECTED)
    rows = stride(course, ACTUAL_S)
    time_s, speed = _fastest(recording.actual[:, columns], rows, course.dt_s)
    panel.plot(time_s, speed, **ACTUAL)
    top = float(np.max(speed, initial=0.0))
    unit = recording.layout.unit(int(columns[0]))
    panel.set_ylabel(f"{name}\n[{unit}/s]")
    if subject.machine is not None:
        limit = float(subject.machine.axes.max_speed[columns].max())
        top = max(top, limit)
        panel.axhline(limit, color="#333333", linewidth=0.9, linestyle="--", label="limit")
    panel.set_ylim(0.0, MARGIN * max(top, LEAST))


def _fastest(positions: Floats, rows: int, dt_s: float) -> tuple[Floats, Floats]:
    """Return times and greatest speed over stretches of `rows` steps."""
    change: Floats = np.abs(positions[rows:] - positions[:-rows]).max(axis=1)
    time_s = (np.arange(len(change), dtype=np.float64) + rows / 2) * dt_s
    return time_s, np.asarray(change / (rows * dt_s))
