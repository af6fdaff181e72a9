"""Time of the plant per tick: an arc with all leaves moving, at rest, and in small blocks.

Run: python tools/bench/plant.py. The baseline is a NumPy copy of the same block of commands.
"""

import timeit
from time import process_time

import numpy as np

from linacsim.machines import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.signals import Commands
from linacsim.plant.linac import LinacPlant

TICKS = 6000
REPEATS = 6
RAMP_S = 0.5
"""Everything starts from rest."""


def arc(moving_leaves: bool) -> tuple[Floats, Floats]:
    """Return commands of a 60 s arc with leaves swinging, and its MU."""
    machine = load_machine("truebeam-hd120")
    wall = np.arange(1, TICKS + 1) * 0.01
    t = np.where(wall < RAMP_S, wall * wall / (2 * RAMP_S), wall - RAMP_S / 2)
    position = np.repeat(machine.start[None], TICKS, axis=0)
    position[:, Axis.GANTRY_RTN] += 5.0 * t - 150.0
    if moving_leaves:
        leaves = machine.layout.leaves
        phase = np.linspace(0.0, 6.0, leaves.stop - leaves.start)
        position[:, leaves] += 2.0 * np.sin(t[:, None] + phase) - 3.0
    return position, 5.0 * t * (1.0 + 0.2 * np.sin(t))


def us_per_tick(position: Floats, mu: Floats, block: int, beam: bool) -> float:
    """Return microseconds per tick in blocks of `block`."""
    machine = load_machine("truebeam-hd120")
    plant = LinacPlant(machine, np.random.default_rng(1), start=position[0])
    plant.select_energy("6x")
    drive = np.zeros(machine.layout.n_axes, dtype=np.uint8)
    commands = iter(
        [
            Commands(position[k : k + block], drive, mu[k : k + block], beam)
            for k in range(0, TICKS - block + 1, block)
        ]
    )

    def one() -> None:
        plant.act(next(commands))
        plant.commit(block)

    count = TICKS // REPEATS // block
    spent = timeit.repeat(one, number=count, repeat=REPEATS, timer=process_time)
    return min(spent) / (count * block) * 1e6


def main() -> None:
    """Print one line per case."""
    moving, mu = arc(moving_leaves=True)
    plain, _ = arc(moving_leaves=False)
    still = np.repeat(moving[:1], TICKS, axis=0)
    baseline = min(timeit.repeat(moving[:1000].copy, number=10, repeat=5)) / 10 / 1000 * 1e6
    print(f"{'copy of the commands (baseline)':40s} {baseline:8.3f} us/tick")
    for name, position, beam in (
        ("arc, gantry and 120 leaves, beam on", moving, True),
        ("arc, gantry only, beam on", plain, True),
        ("all at rest, beam off", still, False),
    ):
        for block in (1000, 512, 100, 1):
            label = f"{name}, blocks of {block}"
            spent = us_per_tick(position, mu, block, beam)
            print(f"{label:55s} {spent:8.3f} us/tick  {spent / baseline:7.1f} x copy")


if __name__ == "__main__":
    main()
