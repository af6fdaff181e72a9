"""The main job against a real machine: the same plan delivered here and there, log against log."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.trajectory_log import (
    LogHeader,
    TrajectoryLog,
    TrajectoryLogWriter,
    beam_records,
    read_log,
)
from linacsim.invariants import Invariants, Points
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.signals import State
from linacsim.scenario.plan_file import open_plan


@pytest.fixture(scope="module")
def pair(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrajectoryLog, ...]:
    plan = open_plan(shared_data / "plans" / "truebeam-hd120-T3-mlc-speed.dcm", number=16)
    (beam,) = plan.beams
    machine = load_machine("truebeam-hd120")
    path = tmp_path_factory.mktemp("log") / "ours.bin"
    header = LogHeader("QA", "T3", 120.0, "6x", machine.mlc.log_code, beam_records(beam))
    writer = TrajectoryLogWriter(path, machine.layout, header)
    eye = Invariants(machine, Points.of(beam))
    agenda = Agenda()
    agenda.start(DefaultOperator(beam))
    result = run_batch(Linac(machine, seed=3), agenda, [writer, eye])
    writer.close()
    eye.close()
    assert result.state is State.COMPLETE
    assert eye.violations == ()
    real = read_log(shared_data / "logs" / "tlog-v3.0-hd120-T3-mlc-speed-arc.bin")
    return read_log(path), real


def crossings(log: TrajectoryLog) -> np.ndarray:
    """Return times in s at which each whole control point is crossed, from the first dose on."""
    cp = np.asarray(log.control_point.expected, dtype=float)
    time = np.arange(len(cp)) * 0.02
    moving = np.flatnonzero(np.diff(cp) > 0)
    span = slice(moving[0], moving[-1] + 2)
    points = np.arange(1, int(cp.max()))
    return np.interp(points, cp[span], time[span]) - time[moving[0]]


def test_control_points_are_crossed_when_the_machine_crosses_them(
    pair: tuple[TrajectoryLog, TrajectoryLog],
) -> None:
    ours, real = pair
    difference = crossings(ours) - crossings(real)
    assert np.abs(difference).max() < 0.001


def test_it_takes_as_long(pair: tuple[TrajectoryLog, TrajectoryLog]) -> None:
    def length(log: TrajectoryLog) -> int:
        moving = np.flatnonzero(np.diff(log.control_point.expected) > 0)
        return int(moving[-1] - moving[0])

    ours, real = pair
    assert abs(length(ours) - length(real)) <= 1


def test_gantry_and_dose_are_expected_where_the_machine_expects_them(
    pair: tuple[TrajectoryLog, TrajectoryLog],
) -> None:
    ours, real = pair
    rows = [np.flatnonzero(np.diff(log.control_point.expected) > 0)[0] for log in pair]
    n = 1200
    for name, tolerance in (("gantry", 0.02), ("mu", 0.02)):
        mine, theirs = (
            np.asarray(getattr(log, name).expected, dtype=float)[row : row + n]
            for log, row in zip((ours, real), rows, strict=True)
        )
        assert np.abs(mine - theirs).max() < tolerance, name
