"""Columns of logs: a clean one passes, what is wrong with others is named.

Real logs, and damage to them: tests/system/test_log_check_damage.py.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linacsim.formats.trajectory_log import read_log
from linacsim.invariants import LogColumns, Rule, judge_log
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.review.log_check import columns_of
from linacsim.review.recording import of_log

MID = 120
LEAF = 14 + 29
OFF = {Rule.JUMP, Rule.FOLLOWING}


@pytest.fixture
def log(clean: Any) -> LogColumns:
    """Every second tick of the clean delivery, in single precision."""
    frames = clean.frames

    def column(values: np.ndarray) -> np.ndarray:
        return values[::2].astype(np.float32).astype(float)

    return LogColumns(
        interval_ms=20,
        expected=column(frames.expected),
        actual=column(frames.actual),
        mu_expected=column(frames.mu_expected),
        mu_actual=column(frames.mu_actual),
        hold_expected=column(frames.hold_expected),
        hold_actual=column(frames.hold_actual),
        cp=column(frames.cp),
    )


def test_clean_log_passes(clean: Any, log: LogColumns) -> None:
    assert judge_log(clean.machine, log, "6x") == ()


def changed(log: LogColumns, name: str, change: Callable[[np.ndarray], None]) -> LogColumns:
    column = getattr(log, name).copy()
    change(column)
    return replace(log, **{name: column})


def raised(rows: slice, amount: Any, column: Any = None) -> Callable[[np.ndarray], None]:
    def change(values: np.ndarray) -> None:
        if column is None:
            values[rows] += amount
        else:
            values[rows, column] += amount

    return change


@pytest.mark.parametrize(
    ("name", "change", "rules"),
    [
        ("hold_actual", raised(slice(MID, MID + 5), 2), {Rule.DOSE_HELD, Rule.HOLD_FLAG}),
        ("mu_actual", raised(slice(MID, None), -0.5), {Rule.MU_DECREASES}),
        ("mu_actual", raised(slice(150, 151), 20.0), {Rule.MU_BEYOND_PLAN, Rule.MU_DECREASES}),
        ("cp", raised(slice(MID, MID + 1), -0.1), {Rule.CP_DECREASES, Rule.MU_OFF_LINE}),
        (
            "expected",
            raised(slice(MID, None), 0.5, Axis.X1),
            {Rule.SPEED, Rule.ACCELERATION, Rule.FOLLOWING},
        ),
        ("expected", raised(slice(MID, None), 0.012, Axis.X1), {Rule.ACCELERATION}),
        (
            "actual",
            raised(slice(MID, MID + 50), -0.6, Axis.GANTRY_RTN),
            {Rule.FOLLOWING, Rule.JUMP},
        ),
        (
            "actual",
            raised(slice(MID, MID + 6), 0.2 * np.arange(6), Axis.GANTRY_RTN),
            {Rule.SPEED_ACTUAL, Rule.FOLLOWING, Rule.JUMP},
        ),
        ("actual", raised(slice(MID, None), -10.2, 14), OFF | {Rule.LEAF_COLLISION_ACTUAL}),
        (
            "expected",
            raised(slice(MID, None), -10.2, 14),
            {Rule.SPEED, Rule.ACCELERATION, Rule.FOLLOWING, Rule.LEAF_COLLISION},
        ),
    ],
)
def test_corrupted_log_is_named(
    clean: Any, log: LogColumns, name: str, change: Any, rules: set[Rule]
) -> None:
    found = judge_log(clean.machine, changed(log, name, change), "6x")
    assert {violation.rule for violation in found} == rules


def test_missing_axes_are_left_out(clean: Any, log: LogColumns) -> None:
    def forget(values: np.ndarray) -> None:
        values[:, [Axis.COUCH_PIT, Axis.COUCH_ROL]] = np.nan

    some = changed(changed(log, "expected", forget), "actual", forget)
    assert judge_log(clean.machine, some, "6x") == ()


@pytest.mark.parametrize(("column", "lowered"), [(Axis.X1, "max_accel"), (14 + 12, "max_speed")])
def test_real_arc_breaks_lower_limits(shared_data: Path, column: int, lowered: str) -> None:
    """The test above can fail: the arc runs at the very limits."""
    machine = load_machine("truebeam-hd120")
    limits = getattr(machine.axes, lowered).copy()
    limits[column] *= 0.97
    tighter = replace(machine, axes=replace(machine.axes, **{lowered: limits}))
    path = shared_data / "logs" / "tlog-v3.0-hd120-vmat-jaw-tracking.bin"
    found = judge_log(tighter, columns_of(of_log(read_log(path))))
    assert {violation.axis for violation in found} == {machine.layout.name(column)}
