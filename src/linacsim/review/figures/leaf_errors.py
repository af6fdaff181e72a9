"""Leaf errors as a map: leaves across, time along."""

from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.review.figures.frame import DIVERGING, HELD, round_up
from linacsim.review.figures.subject import Subject
from linacsim.review.metrics.errors import judged_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 1500
"""Pixels along; where there are more rows, each shows the greatest error of its rows."""
SHARE = 99.9
"""Per cent of the errors that the scale of colours covers."""
LEAST_MM = 0.02
"""The scale is no smaller: encoders of leaves have steps of 0.003 to 0.004 mm."""


def draw_leaf_errors(figure: "Figure", subject: Subject) -> None:
    """Draw the errors of both banks over time; grey where they do not count."""
    recording, layout = subject.recording, subject.recording.layout
    columns = layout.leaves
    errors = 10.0 * (recording.actual[:, columns] - recording.expected[:, columns]).T
    errors[:, ~judged_rows(subject.course)] = np.nan
    sizes = np.abs(errors[np.isfinite(errors)])
    top = round_up(float(np.percentile(sizes, SHARE)) if len(sizes) else 0.0, LEAST_MM)
    panels = list(figure.subplots(2, 1, sharex=True))
    end_s = max(float(recording.time_s[-1]), recording.interval_ns / 1e9)
    banks = np.split(errors, 2)
    for panel, bank, values in zip(panels, "AB", banks, strict=True):
        panel.set_facecolor(HELD)
        image = panel.imshow(
            worst_of_columns(values, MOST_COLUMNS),
            aspect="auto",
            origin="lower",
            interpolation="nearest",
            cmap=DIVERGING,
            vmin=-top,
            vmax=top,
            extent=(0.0, end_s, 0.5, layout.leaf_pairs + 0.5),
        )
        panel.set_ylabel(f"bank {bank}, leaf")
    panels[-1].set_xlabel("time [s]; grey: beam held, not judged")
    bar = figure.colorbar(image, ax=panels, extend="both", pad=0.01, aspect=30)
    bar.set_label("actual - expected [mm]")


def worst_of_columns(values: Floats, most: int) -> Floats:
    """Return (k, at most `most`) values of (k, n), each the one of greatest size of its columns."""
    n = values.shape[1]
    if n <= most:
        return values
    starts = np.unique(np.linspace(0, n, most, endpoint=False).astype(np.int64))
    high = np.fmax.reduceat(values, starts, axis=1)
    low = np.fmin.reduceat(values, starts, axis=1)
    return np.where(np.abs(high) >= np.abs(low), high, low)
