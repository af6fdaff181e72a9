"""Metrics as lines and rows, for people and spreadsheets."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TextIO

from linacsim.review.metrics.records import AxisMetrics, Error, GroupError, Hold, Metrics

HEADINGS = ("axis", "unit", "mean", "RMS", "95 %", "max", "lag [ms]", "speed", "accel", "travel")
NO_FIGURE = "-"


def lines(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """Yield what is told of a delivery as a whole: a name and a text each."""
    mu, times = metrics.mu, metrics.times
    planned = "" if mu.planned is None else f" of {mu.planned:.2f} planned"
    yield "MU", f"{mu.actual:.3f}{planned}, expected {mu.expected:.3f}"
    yield "MU error", f"RMS {mu.error.rms:.4f}, max {mu.error.max:.4f} at {mu.error.max_at_s:.2f} s"
    yield "complete", {True: "yes", False: "no", None: "unknown"}[metrics.complete]
    yield "time", f"{times.wall_s:.2f} s, beam on {times.beam_on_s:.2f} s"
    yield (
        "overhead",
        f"{times.overhead_s:.2f} s: motion only {times.motion_only_s:.2f}, carriages "
        f"{times.carriage_s:.2f}, waits {times.wait_s:.2f}, holds {times.hold_s:.2f}, "
        f"interrupts {times.interrupt_s:.2f}",
    )
    for hold in metrics.holds:
        yield "hold", _hold(hold)
    yield from _levels(metrics)
    use = metrics.mlc
    if use.moving_leaves:
        yield (
            "MLC",
            f"{use.moving_leaves} leaves move, {use.leaf_travel_cm:.1f} cm in all, most "
            f"{use.busiest_leaf}; {use.reversals} reversals; carriages {use.carriage_moves} moves, "
            f"{use.carriage_travel_cm:.1f} cm",
        )


def plain_rows(metrics: Metrics) -> Iterator[tuple[str, ...]]:
    """Yield a row of texts for each single axis and carriage, and for each group of leaves."""
    for axis in metrics.axes:
        if not axis.name.startswith("leaf"):
            yield _axis_row(axis)
    for group in metrics.groups:
        if group.name != "jaws":
            yield _group_row(group)


def write_csv(measured: Iterable[Metrics], file: TextIO) -> None:
    """Write a row for each axis, carriage and leaf of each delivery."""
    errors = [field.name for field in fields(Error)]
    others = [f.name for f in fields(AxisMetrics) if f.name not in ("name", "unit", "error")]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["log", "axis", "unit", *(f"error_{name}" for name in errors), *others])
    for metrics in measured:
        for axis in metrics.axes:
            figures = [getattr(axis.error, name) for name in errors]
            rest = [getattr(axis, name) for name in others]
            cells = ["" if cell is None else cell for cell in (*figures, *rest)]
            writer.writerow([metrics.name, axis.name, axis.unit, *cells])


def _hold(hold: Hold) -> str:
    return (
        f"{hold.length_s:.2f} s at {hold.start_s:.2f} s, control point {hold.cp:.2f}, "
        f"{hold.mu:.2f} MU: {hold.cause}"
    )


def _levels(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """Yield how long the most lasting levels of dose rate and gantry speed were held."""
    for name, unit, plateaus, digits in (
        ("dose rate", "MU/min", metrics.dose_rate, 0),
        ("gantry", "deg/s", metrics.gantry_speed, 2),
    ):
        spent: dict[float, float] = {}
        for plateau in plateaus:
            level = round(plateau.expected, digits)
            spent[level] = spent.get(level, 0.0) + plateau.length_s
        longest = sorted(spent.items(), key=lambda item: -item[1])[:4]
        if longest:
            held = ", ".join(f"{level:.{digits}f} for {s:.2f} s" for level, s in longest)
            rest = f" and {len(spent) - 4} levels more" if len(spent) > 4 else ""
            yield name, f"{unit}: {held}{rest}"


def _axis_row(axis: AxisMetrics) -> tuple[str, ...]:
    error = axis.error
    figures = (error.mean, error.rms, error.p95, error.max)
    moving = (axis.max_speed_expected, axis.max_accel_expected, axis.travel)
    return (
        axis.name,
        axis.unit,
        *(f"{figure:z.4f}" for figure in figures),
        NO_FIGURE if axis.lag_s is None else f"{1000 * axis.lag_s:.1f}",
        *(f"{figure:.2f}" if axis.moves else NO_FIGURE for figure in moving),
    )


def _group_row(group: GroupError) -> tuple[str, ...]:
    figures = (f"{group.rms:.4f}", f"{group.p95:.4f}", f"{group.max:.4f}")
    return (f"{group.name} ({group.axes})", group.unit, NO_FIGURE, *figures, *[NO_FIGURE] * 4)
