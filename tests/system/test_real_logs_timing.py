"""The time law against logs of real machines: research/log-formats.md sections 6 and 7.

Control points come from the log's own expected columns (lines fitted inside each segment, away
from the rounded corners) or from the plan; their timing is what is predicted and compared.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import AxisCode, TrajectoryLog, read_log
from linacsim.formats.trajectory_log.log import MODEL_ORDER
from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.legs import FreeLeg, LegKind
from linacsim.model.trajectory import Trajectory
from linacsim.planning import Plan, plan_points
from linacsim.scenario.plan_file import open_plan

TICK_S = 0.01
FLOAT32 = 4e-6
"""Rounding of the log's control-point column near 100."""


@dataclass(frozen=True)
class Expected:
    """Expected columns of a log; times count from the tick before the first step."""

    time_s: Floats
    s: Floats
    mu: Floats
    position: Floats

    def part(self, first: float, last: float, start: int) -> "Expected":
        """Return control points `first` to `last`, numbered and timed anew from row `start`."""
        rows = slice(start, None)
        return Expected(
            self.time_s[rows] - self.time_s[start] + TICK_S,
            np.clip(self.s[rows], first, last) - first,
            self.mu[rows] - self.mu[self.s <= first][-1],
            self.position[rows],
        )


def expected(path: Path) -> Expected:
    log = read_log(path)
    s, mu = (
        log.axis(code).expected.astype(float) for code in (AxisCode.CONTROL_POINT, AxisCode.MU)
    )
    position = np.zeros((len(log), 134))
    for column, code in enumerate(MODEL_ORDER):
        if log.has(code):
            position[:, column] = log.axis(code).expected
    position[:, Axis.CARRIAGE_A :] = log.axis(AxisCode.MLC).expected
    rows = np.arange(len(log)) - int(np.flatnonzero(s > 0)[0])
    return Expected(rows * log.header.interval_ms / 1000 + TICK_S, s, mu, position)


def fitted(log: Expected, decimals: int) -> tuple[Floats, Floats]:
    """Return MU and positions of the control points, rounded as a plan states them."""
    last = round(float(log.s[-1]))
    values = np.column_stack([log.mu, log.position])
    ends = np.full((last + 1, 2, values.shape[1]), np.nan)
    for k in range(last):
        rows = np.flatnonzero((log.s > k + 0.27) & (log.s < k + 0.73))
        u = log.s[rows] - k
        fit = np.linalg.lstsq(np.column_stack([1 - u, u]), values[rows], rcond=None)[0]
        ends[k, 1], ends[k + 1, 0] = fit
    assert np.nanmax(np.abs(ends[1:-1, 0] - ends[1:-1, 1])) < 1e-3
    ends[0, 0], ends[-1, 1] = ends[0, 1], ends[-1, 0]
    points = ends.mean(axis=1).round(decimals)
    position = points[:, 1:].copy()
    position[:, Axis.CARRIAGE_A : Axis.CARRIAGE_B + 1] = np.nan
    return points[:, 0].copy(), position


def crossings(log: Expected) -> Floats:
    """Return when each inner control point is crossed: where the lines on both sides meet it."""
    out = []
    for k in range(1, round(float(log.s[-1]))):
        before = np.flatnonzero((log.s > k - 1) & (log.s < k))[-2:]
        after = np.flatnonzero((log.s >= k) & (log.s < k + 1))[:2]
        times = [
            float(
                log.time_s[a]
                + (k - log.s[a]) * (log.time_s[b] - log.time_s[a]) / (log.s[b] - log.s[a])
            )
            for a, b in (before, after)
        ]
        out.append(sum(times) / 2)
    return np.array(out)


def trajectory_of(plan: Plan) -> Trajectory:
    assert plan.findings == ()
    assert plan.trajectory is not None
    return plan.trajectory


def assert_same(trajectory: Trajectory, log: Expected, tolerance_s: float) -> None:
    """Crossings, length and every expected column of every snapshot agree."""
    assert trajectory.cp_time_s[1:-1] == pytest.approx(crossings(log), abs=tolerance_s)
    arrived = log.time_s[np.flatnonzero(log.s >= log.s[-1])[0]]
    assert -1e-5 <= arrived - trajectory.duration_s <= 0.02
    rows = log.time_s > 0
    sample = trajectory.sample(np.rint(log.time_s[rows] * 1e9).astype(np.int64))
    assert np.abs(sample.s - log.s[rows]).max() < 2 * FLOAT32
    assert np.abs(sample.mu - log.mu[rows]).max() < 2e-5
    for columns, tolerance in ((slice(Axis.X1, Axis.Y2 + 1), 2e-5), (slice(14, None), 2e-5)):
        off = np.abs(sample.position[:, columns] - log.position[rows, columns])
        assert off.max() < tolerance
    assert np.abs(sample.position[:, 0] - log.position[rows, 0]).max() < 1e-4


def test_jaw_tracking_arc(shared_data: Path) -> None:
    log = expected(shared_data / "logs" / "tlog-v3.0-hd120-vmat-jaw-tracking.bin")
    trajectory = trajectory_of(plan_points(*fitted(log, 2), load_machine("truebeam-hd120"), 600.0))
    assert_same(trajectory, log, 1e-5)


def test_picket_fence(shared_data: Path) -> None:
    log = expected(shared_data / "logs" / "tlog-v2.1-m120-picketfence-static.bin")
    trajectory = trajectory_of(plan_points(*fitted(log, 2), load_machine("truebeam-m120"), 600.0))
    assert_same(trajectory, log, 1e-5)


def test_mlc_speed_arc_from_its_plan(shared_data: Path) -> None:
    log = expected(shared_data / "logs" / "tlog-v3.0-hd120-T3-mlc-speed-arc.bin")
    mu, position = planned_points(shared_data / "plans" / "truebeam-hd120-T3-mlc-speed.dcm", 16)
    trajectory = trajectory_of(plan_points(mu, position, load_machine("truebeam-hd120"), 600.0))
    assert_same(trajectory, log, 1e-5)


def planned_points(path: Path, number: int) -> tuple[Floats, Floats]:
    """Return MU and positions (machine scale, cm) of a beam of the plan that the log delivers."""
    (beam,) = open_plan(path, number=number).beams
    return beam.resolved_mu(), beam.resolved_positions()


@pytest.mark.parametrize(("first", "last", "mu"), [(0, 1, 107.0), (2, 3, 9.0)])
def test_static_fields_of_a_sequence(shared_data: Path, first: int, last: int, mu: float) -> None:
    log = expected(shared_data / "logs" / "tlog-v3.0-m120-field.bin")
    # An odd number of ticks may lie between the start and the first snapshot with MU.
    start = int(np.flatnonzero(log.s > first)[0])
    first_mu = log.mu[start] - log.mu[start - 1]
    field = log.part(first, last, start)
    phase_s = (first_mu / 0.1 + 0.5) * TICK_S - TICK_S
    position = np.full((2, 134), np.nan)
    trajectory = trajectory_of(
        plan_points(np.array([0.0, mu]), position, load_machine("truebeam-m120"), 600.0)
    )
    sample = trajectory.sample(np.rint((field.time_s + phase_s) * 1e9).astype(np.int64))
    rows = field.time_s <= trajectory.duration_s + 0.02
    assert np.abs(sample.mu - field.mu)[rows].max() < 2e-5


def test_static_field_until_it_was_held(shared_data: Path) -> None:
    log = expected(shared_data / "logs" / "tlog-v3.0-m120-static-midbeam-hold.bin")
    first = int(np.flatnonzero(log.mu > 0)[0])
    held = int(np.flatnonzero(np.diff(log.mu) < 0)[0])
    rows = np.arange(first, held)
    ticks = round(float(log.mu[first]) / 0.1 + 0.5) + 2 * (rows - first)
    position = np.full((2, 134), np.nan)
    trajectory = trajectory_of(
        plan_points(np.array([0.0, 204.0]), position, load_machine("truebeam-m120"), 600.0)
    )
    sample = trajectory.sample(ticks * np.int64(10_000_000))
    assert len(rows) > 800
    # The last snapshot before the dose falls back already belongs to the hold.
    assert np.abs(sample.mu - log.mu[rows])[:-1].max() < 2e-5


def test_jaws_and_collimator_between_fields(shared_data: Path) -> None:
    log = expected(shared_data / "logs" / "tlog-v3.0-m120-field.bin")
    columns = [Axis.COLL_RTN, Axis.X1, Axis.X2, Axis.Y1, Axis.Y2]
    moving = np.abs(np.diff(log.position[:, Axis.X1])) > 1e-4
    rest = int(np.flatnonzero(moving)[0])
    rows = np.arange(rest, rest + 330)
    position = np.full((2, 134), np.nan)
    position[:, 14:] = 2.0
    position[1, 20] = 2.1
    position[0, columns], position[1, columns] = log.position[0, columns], log.position[-1, columns]
    trajectory = trajectory_of(
        plan_points(np.zeros(2), position, load_machine("truebeam-m120"), 600.0)
    )
    assert trajectory.legs[0].kind is LegKind.FREE
    sample = trajectory.sample((rows - rest) * np.int64(20_000_000))
    assert np.abs(sample.position[:, columns] - log.position[rows][:, columns]).max() < 1e-4
    assert isinstance(trajectory.legs[0], FreeLeg)


def test_gantry_without_dose_until_it_was_aborted(shared_data: Path) -> None:
    log = expected(shared_data / "logs" / "tlog-v3.0-hd120-kv-rotation-aborted.bin")
    stopped = int(np.flatnonzero(np.diff(log.position[:, 0]) != 0)[-1])
    rows = np.flatnonzero((log.time_s > 0) & (np.arange(len(log.s)) < stopped - 1))
    way = np.polyfit(log.s[rows], log.position[rows, 0], 1)
    position = np.full((2, 134), np.nan)
    position[:, 0] = way[1], way[1] + way[0]
    trajectory = trajectory_of(
        plan_points(np.zeros(2), position, load_machine("truebeam-hd120"), 0.0)
    )
    sample = trajectory.sample(np.rint(log.time_s[rows] * 1e9).astype(np.int64))
    assert np.abs(sample.position[:, 0] - log.position[rows, 0]).max() < 1e-3


def test_carriages(shared_data: Path) -> None:
    machines = {2: load_machine("truebeam-m120"), 3: load_machine("truebeam-hd120")}
    found = 0
    for path in sorted((shared_data / "logs").glob("tlog-*.bin")):
        raw: TrajectoryLog = read_log(path)
        log = expected(path)
        machine = machines[raw.header.mlc_model]
        for rows in fields(log):
            shapes = log.position[rows]
            shapes[:, Axis.CARRIAGE_A : Axis.CARRIAGE_B + 1] = np.nan
            trajectory = trajectory_of(plan_points(np.zeros(len(rows)), shapes, machine, 600.0))
            wanted = log.position[rows[len(rows) // 2], Axis.CARRIAGE_A : Axis.CARRIAGE_B + 1]
            placed = trajectory.initial[Axis.CARRIAGE_A : Axis.CARRIAGE_B + 1]
            assert placed == pytest.approx(wanted, abs=0.003)
            found += 1
    assert found == 7


def fields(log: Expected) -> list[np.ndarray]:
    """Return the rows of each field: stretches with MU, with some rows before."""
    rising = np.flatnonzero(np.diff(log.mu) > 1e-6)
    parts = np.split(rising, np.flatnonzero(np.diff(rising) > 100) + 1)
    return [part for part in parts if len(part)]
