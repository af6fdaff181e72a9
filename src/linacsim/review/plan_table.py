"""A plan per control point, as rows for people and for programs."""

import csv
import math
from collections.abc import Iterator
from typing import Any, TextIO

import numpy as np

from linacsim.model.axes import FIRST_LEAF, AxisLayout
from linacsim.planning import PlanTable

HEADINGS = ("cp", "time [s]", "MU", "segment", "MU/min", "limited by", "speeds", "corner miss")


def plain_rows(table: PlanTable, layout: AxisLayout) -> Iterator[tuple[str, ...]]:
    """Yield a row of texts per control point; a segment's figures stand at its end.

    Of the leaves only the fastest, and of the corners only the worst, is told.
    """
    for point in range(len(table.time_s)):
        yield (
            str(point),
            f"{table.time_s[point]:.3f}",
            f"{table.mu[point]:.3f}",
            *(_segment(table, point - 1, layout) if point else ("", "", "", "")),
            _worst_corner(table, point, layout),
        )


def records(table: PlanTable, layout: AxisLayout) -> Iterator[dict[str, Any]]:
    """Yield a control point after the other as plain data, all axes included."""
    units = [layout.unit(column) for column in table.columns.tolist()]
    for point in range(len(table.time_s)):
        record: dict[str, Any] = {
            "control_point": point,
            "time_s": _number(table.time_s[point]),
            "mu": float(table.mu[point]),
        }
        segment = point - 1
        record["segment"] = table.kind[segment] if point else None
        record["mu_per_min"] = float(table.mu_per_min[segment]) if point else None
        record["limited_by"] = (table.limit[segment] or None) if point else None
        for index, (name, unit) in enumerate(zip(table.axis_names, units, strict=True)):
            speed = float(table.speed[segment, index]) if point else None
            record[f"{name} {unit}/s"] = speed
            record[f"{name} corner miss {unit}"] = float(table.corner_miss[point, index])
        yield record


def write_csv(table: PlanTable, layout: AxisLayout, file: TextIO) -> None:
    """Write all records as CSV."""
    writer: csv.DictWriter[str] | None = None
    for record in records(table, layout):
        if writer is None:
            writer = csv.DictWriter(file, list(record), lineterminator="\n")
            writer.writeheader()
        writer.writerow(record)


def _segment(table: PlanTable, segment: int, layout: AxisLayout) -> tuple[str, ...]:
    return (
        table.kind[segment],
        f"{table.mu_per_min[segment]:.1f}",
        table.limit[segment],
        ", ".join(_speeds(table, segment, layout)),
    )


def _speeds(table: PlanTable, segment: int, layout: AxisLayout) -> Iterator[str]:
    speed = table.speed[segment]
    columns = table.columns
    shown = np.flatnonzero((columns < FIRST_LEAF) & (speed != 0)).tolist()
    leaves = np.flatnonzero(columns >= FIRST_LEAF)
    if len(leaves) and speed[leaves].any():
        shown.append(int(leaves[np.argmax(np.abs(speed[leaves]))]))
    for index in shown:
        column = int(columns[index])
        yield f"{layout.name(column)} {speed[index]:.3f} {layout.unit(column)}/s"


def _worst_corner(table: PlanTable, point: int, layout: AxisLayout) -> str:
    miss = table.corner_miss[point]
    if not len(miss) or not miss.any():
        return ""
    index = int(np.argmax(miss))
    column = int(table.columns[index])
    return f"{layout.name(column)} {miss[index]:.4f} {layout.unit(column)}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
