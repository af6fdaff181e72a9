"""One place that knows how pictures are made and saved."""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.model.findings import InputError, Place, os_reason
from linacsim.review.report import SAFETY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
INK = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#5d6d7e")
"""Colours that colour-blind people tell apart (Okabe and Ito, 2008), and a grey."""


@contextmanager
def panels(title: str, count: int, path: Path) -> Iterator[list["Axes"]]:
    """Give `count` panels one below the other with a common time axis; save them at the end.

    Raises InputError for a kind of file that is not made, where matplotlib is missing and where
    the file cannot be written; no half-written file stays.
    """
    check_suffix(path)
    figure, axes = _subplots(count)
    figure.suptitle(f"{title}\n{SAFETY}", fontsize=10)
    yield axes
    finish(axes, "time [s]")
    save(figure, path)


def svg_panels(count: int, x_label: str, draw: Callable[[list["Axes"]], None]) -> bytes:
    """Return a picture of `count` panels with a common axis for a page, the same each time.

    Raises InputError where matplotlib is missing.
    """
    figure, axes = _subplots(count)
    draw(axes)
    finish(axes, x_label)
    return svg_of(figure)


def svg_of(figure: "Figure") -> bytes:
    """Return a figure as SVG, the same bytes each time."""
    from matplotlib import rc_context

    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "linacsim"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def check_suffix(path: Path) -> None:
    """Raise InputError for a kind of file that is not made."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"pictures are made as {', '.join(SUFFIXES)}", Place(str(path)))


def label_outside(panel: "Axes") -> None:
    """Put the names of the lines to the right of the panel, where they cover nothing."""
    panel.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def show_at_least(panel: "Axes", span: float) -> None:
    """Let the panel's scale cover at least this much, so that noise is not taken for something."""
    low, high = panel.get_ylim()
    if high - low < span:
        middle = (low + high) / 2
        panel.set_ylim(middle - span / 2, middle + span / 2)
        panel.ticklabel_format(axis="y", useOffset=False)


def _subplots(count: int) -> tuple["Figure", list["Axes"]]:
    figure = new_figure(9.0, 1.6 + 1.7 * count)
    return figure, list(figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0])


def finish(axes: Sequence["Axes"], x_label: str) -> None:
    """Give panels one below the other their grid, and the lowest the name of the common axis."""
    for panel in axes:
        panel.grid(visible=True, color="#e0e0e0", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel(x_label)


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Return an empty figure; InputError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "pictures need matplotlib: install it with pip install 'linacsim[plot]'"
        ) from error
    return Figure(figsize=(width_in, height_in), dpi=120, layout="constrained")


def save(figure: "Figure", path: Path) -> Path:
    """Write a figure in the form that the suffix says; no half-written file stays."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        figure.savefig(temporary)
        temporary.replace(path)
    except OSError as error:
        raise InputError(
            f"cannot write the picture: {os_reason(error)}", Place(str(path))
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path
