"""The plant gives the same bits however a run is split into blocks."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.machines import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import Commands, Drive, Readings
from linacsim.plant.linac import LinacPlant

MACHINE = load_machine("truebeam-hd120")
LAYOUT = MACHINE.layout
DRIVES = {"follow": Drive.FOLLOW, "brake": Drive.BRAKE}
AXES = [0, 1, 3, 8, 10, 12, 14, 40, 74, 133]
START = MACHINE.start.copy()
START[LAYOUT.carriages] = 15.2
START[LAYOUT.leaves] = 0.2
"""Leaves close to each other and to the end of their reach, so that stops are met."""


@dataclass(frozen=True)
class Stretch:
    """Ticks under one drive command, with faults before them."""

    n: int
    path: str
    drive: str
    beam: bool
    faults: tuple[Fault, ...]
    seed: int


def ramp(rng: np.random.Generator, n: int) -> Floats:
    """Return (n,) speeds, as a share of full speed, of a planned path."""
    target = rng.uniform(-1, 1)
    return np.clip(np.arange(1, n + 1) * 0.05, 0, 1) * target


def steps(stretch: Stretch) -> Floats:
    """Return (n, n_axes) way per tick."""
    rng, n = np.random.default_rng(stretch.seed), stretch.n
    out = np.zeros((n, LAYOUT.n_axes))
    if stretch.path == "still":
        return out
    moving = rng.choice(AXES, size=rng.integers(1, len(AXES)), replace=False)
    if stretch.path == "all":
        moving = np.arange(LAYOUT.n_axes)
    for axis in moving:
        share = ramp(rng, n)
        if stretch.path == "jumpy":
            share += (rng.random(n) < 0.05) * rng.normal(0, 20, n)
        out[:, axis] = share * MACHINE.axes.max_speed[axis] * 0.01
    return out


FAULTS = st.builds(
    Fault,
    kind=st.sampled_from([FaultKind.AXIS_STUCK, FaultKind.AXIS_SLOW, FaultKind.AXIS_PUSHED]),
    target=st.sampled_from([LAYOUT.name(a) for a in AXES]),
    value=st.floats(0, 1),
    clear=st.booleans(),
) | st.builds(Fault, kind=st.just(FaultKind.DOSE_RATE), value=st.floats(0, 1), clear=st.booleans())

STRETCHES = st.builds(
    Stretch,
    n=st.integers(1, 60),
    path=st.sampled_from(["still", "some", "all", "jumpy"]),
    drive=st.sampled_from(["follow", "follow", "brake"]),
    beam=st.booleans(),
    faults=st.lists(FAULTS, max_size=2).map(tuple),
    seed=st.integers(0, 10_000),
)


def run(stretches: list[Stretch], cuts: np.random.Generator | None) -> list[Readings]:
    """Return the readings tick by tick; without `cuts` all ticks are single ones."""
    plant = LinacPlant(MACHINE, np.random.default_rng(7), start=START)
    plant.select_energy("6x")
    at, mu = START.copy(), 0.0
    out: list[Readings] = []
    for stretch in stretches:
        for fault in stretch.faults:
            plant.apply(fault)
        position = at + np.add.accumulate(steps(stretch), axis=0)
        rate = np.random.default_rng(stretch.seed).choice([0.0, 0.03, 0.1], size=stretch.n)
        wanted = np.add.accumulate(np.concatenate(([mu], rate * stretch.beam)))[1:]
        drive = np.full(LAYOUT.n_axes, DRIVES[stretch.drive], dtype=np.uint8)
        commands = Commands(position, drive, wanted, stretch.beam)
        done = 0
        while done < stretch.n:
            ask = 1 if cuts is None else int(cuts.integers(1, stretch.n - done + 1))
            keep = 1 if cuts is None else int(cuts.integers(1, ask + 1))
            part = slice(done, done + ask)
            block = plant.act(replace(commands, position=position[part], mu=wanted[part]))
            plant.commit(keep)
            out.append(block.first(keep))
            assert np.array_equal(plant.sense().position[0], block.position[keep - 1])
            done += keep
        at, mu = position[-1], float(wanted[-1])
    return out


def test_a_stop_at_full_speed_gives_the_same_bits() -> None:
    moving = Stretch(60, "all", "follow", beam=True, faults=(), seed=3)
    for drive in ("brake", "follow"):
        stretches = [moving, Stretch(60, "still", drive, beam=False, faults=(), seed=0), moving]
        assert_same(stretches, 5)


@settings(max_examples=60, deadline=None)
@given(stretches=st.lists(STRETCHES, min_size=1, max_size=5), seed=st.integers(0, 1000))
def test_blocks_and_single_ticks_give_the_same_bits(stretches: list[Stretch], seed: int) -> None:
    assert_same(stretches, seed)


def assert_same(stretches: list[Stretch], seed: int) -> None:
    single = run(stretches, None)
    blocks = run(stretches, np.random.default_rng(seed))
    for name in ("position", "mu", "moving"):
        one = np.concatenate([getattr(r, name) for r in single])
        many = np.concatenate([getattr(r, name) for r in blocks])
        np.testing.assert_array_equal(one, many, err_msg=name)
