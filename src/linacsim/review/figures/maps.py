"""Fluence and gamma as maps in the frame of the collimator."""

from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.review.canvas import INK
from linacsim.review.figures.frame import DIVERGING, HELD, INCREASING, round_up
from linacsim.review.figures.subject import NothingToShow, Subject
from linacsim.review.fluence import Fluence
from linacsim.review.fluence.gamma import GREATEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

MARGIN_CM = 1.0
NEGLIGIBLE = 0.001
"""Share of the greatest MU up to which a place counts as closed: what drifts in while held."""
LEAST_SHARE = 0.01
"""Of the greatest MU: the scale of differences is no smaller."""
SHARE = 99.9
"""Per cent of the places that the scale of differences covers."""
PASSES = "Blues"


def draw_fluence(figure: "Figure", subject: Subject) -> None:
    """Draw both maps on one scale, and their difference."""
    reference, other = subject.fluences
    top = float(max(reference.mu.max(), other.mu.max()))
    if top <= 0:
        raise NothingToShow("no MU were given, so there is no fluence", subject)
    panels = list(figure.subplots(1, 3, sharex=True, sharey=True))
    names = ("reference", "this delivery") if subject.against else ("expected", "actual")
    for panel, fluence, name in zip(panels[:2], (reference, other), names, strict=True):
        shown = np.where(fluence.mu > NEGLIGIBLE * top, fluence.mu, np.nan)
        image = _image(panel, fluence, shown, INCREASING, (0.0, top))
        panel.set_title(name, fontsize=9)
    figure.colorbar(image, ax=panels[:2], shrink=0.8, pad=0.01, location="bottom").set_label("MU")
    off = other.mu - reference.mu
    used = (reference.mu > NEGLIGIBLE * top) | (other.mu > NEGLIGIBLE * top)
    limit = round_up(float(np.percentile(np.abs(off[used]), SHARE)), LEAST_SHARE * top)
    image = _image(panels[2], reference, off, DIVERGING, (-limit, limit))
    panels[2].set_title(f"{names[1]} - {names[0]}", fontsize=9)
    bar = figure.colorbar(
        image, ax=panels[2], shrink=0.8, pad=0.01, location="bottom", extend="both"
    )
    bar.set_label("MU")
    _crop(panels, reference, used)


def draw_gamma(figure: "Figure", subject: Subject) -> None:
    """Draw gamma where it is judged, and how its values are spread."""
    reference, gamma = subject.fluences[0], subject.gamma
    panels = list(figure.subplots(1, 2))
    image = _image(panels[0], reference, gamma.map, PASSES, (0.0, 1.0))
    image.set_cmap(image.get_cmap().with_extremes(over=INK[1]))
    panels[0].set_title(str(gamma.criteria), fontsize=8)
    bar = figure.colorbar(image, ax=panels[0], shrink=0.85, pad=0.01, extend="max")
    bar.set_label("gamma; orange: above 1")
    _crop(panels[:1], reference, gamma.judged)
    values = gamma.map[gamma.judged]
    share, edges = np.histogram(values, np.linspace(0.0, GREATEST, 41))
    panels[1].stairs(100.0 * share / len(values), edges, fill=True, color=INK[0])
    panels[1].axvline(1.0, color=INK[1], linestyle="--", linewidth=1.2)
    panels[1].set_yscale("log")
    panels[1].set_xlim(0.0, GREATEST)
    panels[1].set_xlabel("gamma")
    panels[1].set_ylabel("share of pixels [%], logarithmic")
    panels[1].grid(visible=True, color="#e0e0e0", linewidth=0.6)
    panels[1].set_axisbelow(True)
    panels[1].spines[["top", "right"]].set_visible(False)
    panels[1].set_title(
        f"{gamma.pass_percent:.2f} % up to 1, mean {gamma.mean:.3f}, {len(values)} pixels",
        fontsize=8,
    )


def _image(
    panel: "Axes",
    fluence: Fluence,
    values: Floats,
    colours: str,
    scale: tuple[float, float],
) -> "AxesImage":
    panel.set_facecolor(HELD)
    panel.set_xlabel("X [cm]")
    panel.set_ylabel("Y [cm]")
    x, y = fluence.x_edges_cm, fluence.y_edges_cm
    return panel.imshow(
        values,
        origin="lower",
        interpolation="nearest",
        cmap=colours,
        vmin=scale[0],
        vmax=scale[1],
        extent=(x[0], x[-1], y[0], y[-1]),
    )


def _crop(panels: "list[Axes]", fluence: Fluence, used: Bools) -> None:
    """Show what is used with a margin."""
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if not len(rows):
        return
    x, y = fluence.x_edges_cm, fluence.y_edges_cm
    for panel in panels:
        panel.set_xlim(x[columns[0]] - MARGIN_CM, x[columns[-1] + 1] + MARGIN_CM)
        panel.set_ylim(y[rows[0]] - MARGIN_CM, y[rows[-1] + 1] + MARGIN_CM)
