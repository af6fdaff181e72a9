"""A delivery made by hand, with nothing wrong in it.

The gantry ramps to 4 deg/s, runs two segments of 10 deg and stops; 2 MU per degree. Leaf A30
closes by 2.5 cm in the first segment and stands in the second, its corner blended by a parabola.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from linacsim.invariants import Invariants, Points, Rule
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import Axis
from linacsim.model.signals import BeamHold, Frames, State

DT = 0.01
SPEED, ACCEL = 4.0, 12.0
LEAF = 14 + 29
READY, LEAD_IN, AFTER = 6, 4, 12


@dataclass(frozen=True)
class Run:
    """A machine, a beam and the frames of its delivery."""

    machine: MachineSpec
    points: Points
    frames: Frames
    begin: int
    """First row in which the plan runs."""

    def changed(self, **columns: object) -> Frames:
        return replace(self.frames, **columns)  # type: ignore[arg-type]

    def copies(self, *names: str) -> Iterator[np.ndarray]:
        return (getattr(self.frames, name).copy() for name in names)

    def judged(self, frames: Frames, points: Points | None = None) -> set[Rule]:
        eye = Invariants(self.machine, points or self.points)
        eye.write(frames)
        eye.close()
        return {violation.rule for violation in eye.violations}


@pytest.fixture(scope="session")
def machine() -> MachineSpec:
    return load_machine("truebeam-m120")


@pytest.fixture(scope="session")
def clean(machine: MachineSpec) -> Run:
    start = machine.start.copy()
    start[Axis.GANTRY_RTN] = 100.0
    start[machine.layout.leaves] = 5.0
    start[machine.layout.carriages] = 5.05
    points = _points(machine, start)
    gantry = _gantry(_times())
    expected = np.repeat(start[None], len(gantry), axis=0)
    expected[:, Axis.GANTRY_RTN] = gantry
    expected[:, LEAF] = _leaf(_times())
    expected = np.concatenate([np.repeat(expected[:1], READY + LEAD_IN, axis=0), expected])
    expected = np.concatenate([expected, np.repeat(expected[-1:], AFTER, axis=0)])
    return _run(machine, points, expected)


def _points(machine: MachineSpec, start: np.ndarray) -> Points:
    positions = np.repeat(start[None], 3, axis=0)
    positions[:, machine.layout.carriages] = np.nan
    positions[:, Axis.GANTRY_RTN] = [100.0, 110.0, 120.0]
    positions[1:, LEAF] = 2.5
    return Points(np.array([0.0, 20.0, 40.0]), positions, energy="6x")


def _times() -> np.ndarray:
    total = 20.0 / SPEED + SPEED / ACCEL
    return np.arange(1, int(np.ceil(total / DT)) + 1) * DT


def _gantry(t: np.ndarray) -> np.ndarray:
    ramp, total = SPEED / ACCEL, 20.0 / SPEED + SPEED / ACCEL
    up, down = np.minimum(t, ramp), np.clip(total - t, 0, ramp)
    cruise = np.clip(t - ramp, 0, total - 2 * ramp)
    return 100 + ACCEL / 2 * up**2 + SPEED * cruise + ACCEL / 2 * (ramp**2 - down**2)


def _leaf(t: np.ndarray) -> np.ndarray:
    speed, accel = 0.25 * SPEED, 50.0
    crossing = 10.0 / SPEED + SPEED / ACCEL / 2
    line = 5.0 - 0.25 * np.minimum(_gantry(t) - 100, 10.0)
    reach = np.clip(speed / accel / 2 - np.abs(t - crossing), 0, None)
    return line + accel / 2 * reach**2


def _run(machine: MachineSpec, points: Points, expected: np.ndarray) -> Run:
    n, begin = len(expected), READY + LEAD_IN
    running = np.zeros(n, dtype=bool)
    running[begin : n - AFTER] = True
    state = np.full(n, State.DELIVERING, dtype=np.uint8)
    state[:READY] = State.READY
    state[n - AFTER :] = State.COMPLETE
    cp = (expected[:, Axis.GANTRY_RTN] - 100) / 10
    pulse = machine.energies["6x"].mu_per_pulse
    actual = expected + np.random.default_rng(1).normal(0, 1e-4, expected.shape)
    shown = np.where(running[:, None], expected, actual)
    hold = np.where(running, BeamHold.NORMAL, BeamHold.HOLD).astype(np.uint8)
    frozen = np.ones(machine.layout.n_axes, dtype=bool)
    frozen[[Axis.GANTRY_RTN, LEAF]] = False
    frames = Frames(
        tick=np.arange(100, 100 + n),
        state=state,
        segment=np.zeros(n, dtype=np.int64),
        cp=cp,
        mu_expected=20 * cp,
        mu_actual=np.floor(20 * cp / pulse + 1e-9) * pulse,
        hold_expected=hold,
        hold_actual=hold,
        expected=shown,
        actual=actual,
        frozen=frozen,
        beam_on=running,
        interlocks=np.zeros(n, dtype=np.int64),
    )
    return Run(machine, points, frames, begin)
