"""A field change of an automatic sequence against its log: waits, carriages, leaves, all axes.

The log numbers the fields 0 to 1 and 2 to 3; from 1 to 2 leaves and carriages move, with the
collimator and the jaws. Snapshots are 20 ms apart, ticks 10 ms.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import AxisCode, read_log
from linacsim.formats.trajectory_log.log import MODEL_ORDER
from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.legs import FreeLeg, LegKind
from linacsim.model.trajectory import Sample, Trajectory
from linacsim.planning import plan_points

MACHINE = load_machine("truebeam-m120")
FIRST_MU, SECOND_MU = 107.0, 9.0
CARRIAGES = [Axis.CARRIAGE_A, Axis.CARRIAGE_B]


@dataclass(frozen=True)
class Change:
    """Rows of the log counted from the first MU, what is planned for them, and the plan."""

    mu: Floats
    position: Floats
    sample: Sample
    trajectory: Trajectory
    moving: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    """Rows of the log in which the axes are on their way."""


@pytest.fixture(scope="module")
def change(shared_data: Path) -> Change:
    log = read_log(shared_data / "logs" / "tlog-v3.0-m120-field.bin")
    mu = log.axis(AxisCode.MU).expected.astype(float)
    position = np.zeros((len(log), 134))
    for column, code in enumerate(MODEL_ORDER):
        if log.has(code):
            position[:, column] = log.axis(code).expected
    position[:, Axis.CARRIAGE_A :] = log.axis(AxisCode.MLC).expected
    coll = position[:, Axis.COLL_RTN]
    # As it starts to move the machine expects every axis where it is found.
    found = int(np.flatnonzero(np.abs(np.diff(coll)) > 1e-3)[0])
    points = position[[found, found, -1, -1]]
    points[:, CARRIAGES] = np.nan
    dose = np.cumsum([0.0, FIRST_MU, 0.0, SECOND_MU])
    field_change = np.array([False, True, False])
    made = plan_points(dose, points, MACHINE, 600.0, field_change=field_change)
    assert made.trajectory is not None
    # The first snapshot of 0.15 MU is two ticks into the field: MU after n ticks is n - 0.5 steps.
    start = int(np.flatnonzero(mu > 0.1)[0]) - 1
    ticks = np.maximum(2 * (np.arange(len(log), dtype=np.int64) - start), 0)
    sample = made.trajectory.sample(ticks * 10_000_000)
    moving = np.arange(found + 1, int(np.flatnonzero(np.diff(coll))[-1]) + 2)
    return Change(mu, position, sample, made.trajectory, moving)


def test_dose_ends_and_begins_when_it_does_in_the_log(change: Change) -> None:
    assert np.abs(change.sample.mu - change.mu).max() < 2e-5


def test_waits_are_those_of_a_field_change(change: Change) -> None:
    trajectory = change.trajectory
    assert [leg.kind for leg in trajectory.legs] == [LegKind.BEAM, LegKind.FREE, LegKind.BEAM]
    # 107 MU take 10.71 s; 13 ticks later the axes start, of which the collimator takes longest:
    # 90 deg at 15 deg/s and 48 deg/s2 take 6.3125 s. 0.17 s later, at the next tick, dose starts.
    assert trajectory.leg_start_s[1] == pytest.approx(10.84)
    assert trajectory.legs[1].duration_s == pytest.approx(6.3125, abs=1e-4)
    assert trajectory.leg_start_s[2] == pytest.approx(17.33)


def test_collimator_and_jaws_at_every_snapshot(change: Change) -> None:
    columns = [Axis.COLL_RTN, Axis.X1, Axis.X2, Axis.Y1, Axis.Y2]
    off = np.abs(change.sample.position - change.position)[change.moving][:, columns]
    assert off.max() < 1e-4


def test_carriages_at_every_snapshot(change: Change) -> None:
    off = np.abs(change.sample.position - change.position)[change.moving][:, CARRIAGES]
    assert off.max() < 5e-4


def test_all_leaves_at_every_snapshot(change: Change) -> None:
    off = np.abs(change.sample.position - change.position)[change.moving][:, 14:]
    assert off.max() < 5e-4
    assert np.sqrt(np.mean(off**2)) < 1.5e-4


def test_pairs_open_before_the_carriages_move_and_close_after(change: Change) -> None:
    leg = change.trajectory.legs[1]
    assert isinstance(leg, FreeLeg)
    assert leg.mlc is not None
    ends_s = leg.mlc.pieces.times(np.arange(4.0))
    # In the log the carriages start 0.159 s and stop 5.993 s after the start, and the last leaf
    # stops at 6.14 to 6.16 s.
    assert ends_s[1:3] == pytest.approx([0.159, 5.993], abs=0.002)
    assert leg.mlc.duration_s == pytest.approx(6.15, abs=0.01)
    assert leg.mlc.limiting == Axis.CARRIAGE_B
