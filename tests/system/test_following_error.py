"""Following error of the plant beside that of real machines (research/log-formats.md 6.2, 6.3).

The plant is driven with the expected columns of real logs, put on 10 ms ticks; what it then says
is held against the actual columns of the same logs. `pytest --log-cli-level=INFO` shows figures
side by side.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import AxisCode, TrajectoryLog, read_log
from linacsim.machines import load_machine
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.signals import Commands, Drive
from linacsim.plant.linac import LinacPlant

ARC = "tlog-v3.0-hd120-T3-mlc-speed-arc.bin"
VMAT = "tlog-v3.0-hd120-vmat-jaw-tracking.bin"
FIELDS = "tlog-v3.0-m120-field.bin"
PICKET = "tlog-v2.1-m120-picketfence-static.bin"
HELD = "tlog-v3.0-m120-static-midbeam-hold.bin"
ABORTED = "tlog-v3.0-hd120-kv-rotation-aborted.bin"

LEAVES = AxisLayout(60).leaves
ROW_S = 0.02

side_by_side = logging.getLogger(__name__).info

CODES = {
    Axis.GANTRY_RTN: AxisCode.GANTRY,
    Axis.COLL_RTN: AxisCode.COLLIMATOR,
    Axis.COUCH_VRT: AxisCode.COUCH_VRT,
    Axis.COUCH_LAT: AxisCode.COUCH_LAT,
    Axis.COUCH_LNG: AxisCode.COUCH_LNG,
    Axis.COUCH_RTN: AxisCode.COUCH_RTN,
    Axis.X1: AxisCode.X1,
    Axis.X2: AxisCode.X2,
    Axis.Y1: AxisCode.Y1,
    Axis.Y2: AxisCode.Y2,
}


@dataclass
class Side:
    """Columns in the order of the house; S rows of 20 ms."""

    position: Floats
    mu: Floats


def side(log: TrajectoryLog, which: str) -> Side:
    """Return the `expected` or `actual` columns of a log."""
    table = getattr(log, which).astype(float)
    position = np.zeros((len(log), AxisLayout(60).n_axes))
    for axis, code in CODES.items():
        position[:, axis] = table[:, log.columns(code).start]
    position[:, Axis.CARRIAGE_A :] = table[:, log.columns(AxisCode.MLC)]
    return Side(position, table[:, log.columns(AxisCode.MU).start])


def on_ticks(rows: Floats) -> Floats:
    """Return (2 S - 1, ...) values on ticks: rows, and between them a cubic through four rows."""
    out = np.empty((2 * len(rows) - 1, *rows.shape[1:]))
    out[::2] = rows
    out[1::2] = (rows[:-1] + rows[1:]) / 2
    out[3:-3:2] = (9 * (rows[1:-2] + rows[2:-1]) - rows[:-3] - rows[3:]) / 16
    return out


def first_rows_planned(expected: Side, actual: Side) -> Side:
    """Undo what the log shows before the beam: the expected column then repeats the actual one."""
    moves = np.ptp(expected.position, axis=0) > 0.01
    repeats = (expected.position == actual.position)[:, moves].all(axis=1)
    begin = 1 + int(np.argmin(repeats[1:]))
    expected.position[:begin] = expected.position[0]
    return expected


def driven(log: TrajectoryLog, seed: int = 1) -> Side:
    """Return what the plant makes of the expected columns, on the log's rows."""
    name = "truebeam-hd120" if log.header.mlc_model == 3 else "truebeam-m120"
    machine = load_machine(name)
    rows = first_rows_planned(side(log, "expected"), side(log, "actual"))
    position, mu = (
        on_ticks(rows.position),
        np.interp(np.arange(2 * len(log) - 1) / 2, np.arange(len(log)), rows.mu),
    )
    plant = LinacPlant(machine, np.random.default_rng(seed), start=position[0])
    plant.select_energy("6x")
    drive = np.full(machine.layout.n_axes, Drive.FOLLOW, dtype=np.uint8)
    out_position, out_mu = [plant.sense().position], [plant.sense().mu]
    beam = np.repeat(log.beam_hold.actual, 2)[1 : 2 * len(log)] == 0
    edges = np.flatnonzero(np.diff(beam)) + 1
    for part in np.split(np.arange(1, len(mu)), edges[(edges > 1)] - 1):
        readings = plant.act(Commands(position[part], drive, mu[part], bool(beam[part[0]])))
        plant.commit(len(part))
        out_position.append(readings.position)
        out_mu.append(readings.mu)
    return Side(np.concatenate(out_position)[::2], np.concatenate(out_mu)[::2])


@dataclass
class Pair:
    """A log and the plant on the same commands."""

    name: str
    expected: Side
    actual: Side
    plant: Side
    log: TrajectoryLog

    def moving(self, axis: int | slice) -> Bools:
        """Return the rows in which the command moves."""
        wanted = self.expected.position[:, axis]
        return np.abs(np.gradient(wanted, axis=0)) > 1e-5

    def figures(self, axis: int | slice) -> tuple[Floats, Floats]:
        """Return RMS, greatest error and lag in ms: of the plant, of the machine."""
        where = self.moving(axis)
        speed = np.gradient(self.expected.position[:, axis], ROW_S, axis=0)[where]
        out = []
        for who in (self.plant, self.actual):
            error = (who.position - self.expected.position)[:, axis][where]
            lag_ms = -1000 * (error * speed).sum() / (speed * speed).sum()
            out.append(np.array([np.sqrt((error**2).mean()), np.abs(error).max(), lag_ms]))
        plant, machine = out
        side_by_side(f"{self.name[5:32]:28s} {axis!s:26} plant {plant}  machine {machine}")
        return plant, machine


_cache: dict[str, Pair] = {}


def pair(folder: Path, name: str) -> Pair:
    """Return a log and the plant's answer to it."""
    if name not in _cache:
        log = read_log(folder / "logs" / name)
        expected, actual = side(log, "expected"), side(log, "actual")
        _cache[name] = Pair(name, expected, actual, driven(log), log)
    return _cache[name]


@pytest.mark.parametrize("name", [ARC, VMAT])
def test_gantry_in_beam(shared_data: Path, name: str) -> None:
    both = pair(shared_data, name)
    plant, machine = both.figures(Axis.GANTRY_RTN)
    assert 0.03 < plant[0] < 0.08
    assert 0.15 < plant[1] < 0.22
    assert abs(plant[0] - machine[0]) < 0.015
    apart = both.plant.position[:, 0] - both.actual.position[:, 0]
    assert np.sqrt((apart[both.moving(0)] ** 2).mean()) < 0.015


def test_gantry_does_not_move_at_once_and_then_overspeeds(shared_data: Path) -> None:
    both = pair(shared_data, ARC)
    plant, machine = both.plant.position[:, 0], both.actual.position[:, 0]
    first, plant_first, machine_first = (
        int(np.argmax(np.abs(way - way[0]) > 0.01))
        for way in (both.expected.position[:, 0], plant, machine)
    )
    assert 0.02 <= (machine_first - first) * ROW_S <= 0.10
    assert abs(plant_first - machine_first) <= 1
    for who in (plant, machine):
        assert 6.2 < np.abs(np.diff(who[first : first + 60])).max() / ROW_S < 7.4


@pytest.mark.parametrize("name", [ARC, VMAT, PICKET])
def test_moving_leaves(shared_data: Path, name: str) -> None:
    plant, machine = pair(shared_data, name).figures(LEAVES)
    assert 0.002 < plant[0] < 0.0065
    assert abs(plant[0] - machine[0]) < 0.0015
    assert 1.5 < plant[2] < 4
    assert plant[1] < 0.011


@pytest.mark.parametrize("axis", [Axis.X1, Axis.X2])
def test_x_jaws(shared_data: Path, axis: Axis) -> None:
    plant, machine = pair(shared_data, FIELDS).figures(axis)
    assert 0.5 * machine[0] < plant[0] < 1.5 * machine[0]
    assert 1.8 < plant[2] < 3.2


@pytest.mark.parametrize("axis", [Axis.Y1, Axis.Y2])
def test_y_jaws(shared_data: Path, axis: Axis) -> None:
    plant, _ = pair(shared_data, FIELDS).figures(axis)
    assert plant[0] < 0.0005
    assert plant[1] < 0.0011


def test_collimator(shared_data: Path) -> None:
    plant, machine = pair(shared_data, FIELDS).figures(Axis.COLL_RTN)
    assert plant[0] == pytest.approx(machine[0], abs=0.004)
    assert plant[1] < 0.03


@pytest.mark.parametrize("name", [ARC, VMAT, FIELDS, PICKET, HELD])
def test_static_columns_differ_by_a_constant_of_at_most_a_hundredth(
    shared_data: Path, name: str
) -> None:
    both = pair(shared_data, name)
    still = np.ptp(both.expected.position, axis=0) == 0
    off = both.plant.position[:, still] - both.expected.position[:, still]
    assert np.abs(off).max() <= 0.0105 + 0.0034
    assert np.ptp(off, axis=0).max() == 0


@pytest.mark.parametrize("name", [ARC, VMAT, FIELDS, PICKET, HELD])
def test_dose(shared_data: Path, name: str) -> None:
    both = pair(shared_data, name)
    rising = (np.diff(both.expected.mu, prepend=0) > 1e-6) & (both.log.beam_hold.actual == 0)
    for who, mu in (("plant", both.plant.mu), ("machine", both.actual.mu)):
        error = (mu - both.expected.mu)[rising]
        end = mu[-1] - both.expected.mu[-1]
        side_by_side(
            f"{name[5:32]:28s} {who:8s} mean {error.mean():.4f} SD {error.std():.4f} "
            f"least {error.min():.4f} most {error.max():.4f} end {end:.4f}"
        )
        assert -0.045 < error.mean() < 0
        assert error.std() < 0.035
        assert error.min() > -0.17
        assert error.max() < 0.03
        assert -0.008 < end < 0.03


def test_monitor_drifts_in_a_hold(shared_data: Path) -> None:
    both = pair(shared_data, HELD)
    held = np.flatnonzero((both.log.beam_hold.actual == 2) & (both.expected.mu > 1))
    span = (held[-3] - held[3]) * ROW_S
    for mu in (both.plant.mu, both.actual.mu):
        assert 0.0001 < (mu[held[-3]] - mu[held[3]]) / span < 0.0011


def test_gantry_braked_at_full_speed(shared_data: Path) -> None:
    """The kV rotation that was aborted at 6 deg/s: told to brake where the log's command froze."""
    log = read_log(shared_data / "logs" / ABORTED)
    expected, actual = side(log, "expected"), side(log, "actual")
    gantry = expected.position[:, 0]
    frozen = len(gantry) - int(np.argmax(gantry[::-1] != gantry[-1]))
    machine = load_machine("truebeam-hd120")
    position = on_ticks(expected.position)
    cut = 2 * frozen + 1
    plant = LinacPlant(machine, np.random.default_rng(1), start=position[0])
    n = len(position)
    follow = np.full(machine.layout.n_axes, Drive.FOLLOW, dtype=np.uint8)
    plant.act(Commands(position[1:cut], follow, np.zeros(cut - 1), beam_on=False))
    plant.commit(cut - 1)
    brake = np.full(machine.layout.n_axes, Drive.BRAKE, dtype=np.uint8)
    stop = plant.act(Commands(position[cut:], brake, np.zeros(n - cut), beam_on=False))
    way = stop.position[:, 0]
    sign = np.sign(actual.position[-1, 0] - gantry[-1])
    run_on = sign * (way - gantry[-1])
    real = sign * (actual.position[frozen:, 0] - gantry[-1])
    stopped_s = (np.argmax(run_on) + 1) * 0.01
    side_by_side(
        f"run on {run_on.max():.3f} (machine {real.max():.3f}) deg, stopped after {stopped_s:.2f} s"
    )
    side_by_side(
        f"settles back {run_on.max() - run_on[-1]:.3f} (machine {real.max() - real[-1]:.3f}) deg"
    )
    assert 0.89 <= run_on.max() <= 1.15
    assert 0.30 <= stopped_s <= 0.37
    assert 0.015 <= run_on.max() - run_on[-1] <= 0.035
