"""A plant on which tests drive single axes."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.signals import Commands, Drive, Readings
from linacsim.plant.linac import LinacPlant

TICK_S = 0.01


@dataclass
class Rig:
    """A plant, where its commands stand, and its dose asked for."""

    machine: MachineSpec
    plant: LinacPlant
    at: Floats
    mu: float = 0.0
    drive: Drive = Drive.FOLLOW

    def run(self, position: Floats, mu: Floats | None = None) -> Readings:
        """Run (n, n_axes) commands, with beam where (n,) MU are given."""
        n = len(position)
        wanted = np.full(n, self.mu) if mu is None else mu
        drive = np.full(self.machine.layout.n_axes, self.drive, dtype=np.uint8)
        readings = self.plant.act(Commands(position, drive, wanted, mu is not None))
        self.plant.commit(n)
        self.at, self.mu = position[-1].copy(), float(wanted[-1])
        return readings

    def move(self, axis: int, way: Floats) -> Floats:
        """Move one axis by (n,) from where it stands; return its readings."""
        position = np.repeat(self.at[None], len(way), axis=0)
        position[:, axis] += way
        return self.run(position).position[:, axis]

    def wait(self, seconds: float) -> Readings:
        """Keep all commands."""
        return self.run(np.repeat(self.at[None], round(seconds / TICK_S), axis=0))

    def fire(self, mu_per_tick: Floats) -> Floats:
        """Ask for (n,) MU per tick with the beam on; return the monitor's MU."""
        wanted = self.mu + np.add.accumulate(mu_per_tick)
        return self.run(np.repeat(self.at[None], len(wanted), axis=0), wanted).mu


def exact(machine: MachineSpec) -> MachineSpec:
    """Return the machine without noise, offsets and encoder steps."""
    zeros = np.zeros(machine.layout.n_axes)
    axes = replace(machine.axes, noise=zeros, static_offset=zeros, resolution=zeros)
    return replace(machine, axes=axes, dose=replace(machine.dose, pulse_scatter=0.0))


def rig_of(machine: MachineSpec, seed: int = 1) -> Rig:
    """Return a rig at the machine's start."""
    plant = LinacPlant(machine, np.random.default_rng(seed))
    plant.select_energy("6x")
    return Rig(machine, plant, machine.start.copy())


def ramp(speed: float, accel: float, seconds: float) -> Floats:
    """Return (n,) way of an axis that starts from rest and goes on at `speed`."""
    t = np.arange(1, round(seconds / TICK_S) + 1) * TICK_S
    up = speed / accel
    return np.where(t < up, accel * t * t / 2, speed * (t - up / 2))


@pytest.fixture
def machine() -> MachineSpec:
    """TrueBeam with Millennium 120."""
    return load_machine("truebeam-m120")


@pytest.fixture
def rig(machine: MachineSpec) -> Rig:
    """A plant without noise, offsets and encoder steps."""
    return rig_of(exact(machine))
