"""What every plant keeps to, whatever it is made of (Protocol `Plant`)."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.joints import Plant
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import Commands, Drive, Readings
from linacsim.plant.linac import LinacPlant


def linac(name: str) -> Callable[[int], tuple[MachineSpec, Plant]]:
    """Return a maker of C-arm linacs with a beam ready."""

    def make(seed: int) -> tuple[MachineSpec, Plant]:
        machine = load_machine(name)
        plant = LinacPlant(machine, np.random.default_rng(seed))
        plant.select_energy("6x")
        return machine, plant

    return make


PLANTS = {name: linac(name) for name in ("truebeam-m120", "truebeam-hd120", "truebeam-mlc80")}
Make = Callable[[int], tuple[MachineSpec, Plant]]


@pytest.fixture(params=PLANTS.values(), ids=PLANTS)
def make(request: pytest.FixtureRequest) -> Make:
    return request.param  # type: ignore[no-any-return]


def stretch(
    machine: MachineSpec,
    n: int,
    *,
    start: Floats | None = None,
    mu: float = 0.0,
    beam: bool = False,
    drive: Drive = Drive.FOLLOW,
) -> Commands:
    """Return n ticks in which gantry, couch and a leaf set off, with dose or without."""
    position = np.repeat((machine.start if start is None else start)[None], n, axis=0)
    ramp = np.minimum(np.arange(1, n + 1) * 0.02, 1.0).cumsum()
    position[:, Axis.GANTRY_RTN] -= 0.05 * ramp
    position[:, Axis.COUCH_LNG] -= 0.02 * ramp
    position[:, 30] -= 0.02 * ramp
    dose = mu + (0.1 * np.arange(1, n + 1) if beam else np.zeros(n))
    drives = np.full(machine.layout.n_axes, drive, dtype=np.uint8)
    return Commands(position, drives, dose, beam)


def part(commands: Commands, start: int, stop: int) -> Commands:
    return Commands(
        commands.position[start:stop], commands.drive, commands.mu[start:stop], commands.beam_on
    )


def same(one: Readings, other: Readings) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("position", "mu", "moving")
    )


def run(plant: Plant, commands: Commands, block: int) -> Readings:
    """Return the readings of commands given in blocks."""
    done = []
    for start in range(0, len(commands.mu), block):
        asked = part(commands, start, start + block)
        done.append(plant.act(asked))
        plant.commit(len(asked.mu))
    return Readings(
        *(np.concatenate([getattr(r, name) for r in done]) for name in ("position", "mu", "moving"))
    )


def test_has_all_of_the_protocol(make: Make) -> None:
    plant = make(1)[1]
    members = [name for name in vars(Plant) if not name.startswith("_")]
    assert members
    assert all(callable(getattr(plant, member)) for member in members)


def test_readings_have_a_row_per_tick_and_a_column_per_axis(make: Make) -> None:
    machine, plant = make(1)
    n_axes = machine.layout.n_axes
    sensed, answered = plant.sense(), plant.act(stretch(machine, 7))
    for n, readings in ((1, sensed), (7, answered)):
        assert readings.position.shape == readings.moving.shape == (n, n_axes)
        assert readings.mu.shape == (n,)
        assert readings.position.dtype == readings.mu.dtype == np.float64
        assert readings.moving.dtype == np.bool_


def test_stands_where_the_machine_starts(make: Make) -> None:
    machine, plant = make(1)
    readings = plant.sense()
    assert (np.abs(readings.position[0] - machine.start) <= machine.axes.tolerance).all()
    assert not readings.moving.any()
    assert readings.mu[0] == 0


def test_sensing_changes_nothing_and_gives_no_hold_of_the_plant(make: Make) -> None:
    _, plant = make(1)
    before = plant.sense()
    plant.sense().position[:] = 999.0
    assert same(plant.sense(), before)


def test_acting_is_not_final_until_it_is_committed(make: Make) -> None:
    machine, plant = make(1)
    before = plant.sense()
    plant.act(stretch(machine, 20, beam=True))
    assert same(plant.sense(), before)


def test_what_is_committed_is_sensed(make: Make) -> None:
    machine, plant = make(1)
    answer = plant.act(stretch(machine, 20, beam=True))
    plant.commit(20)
    assert same(plant.sense(), answer.last())


def test_commands_are_left_alone(make: Make) -> None:
    machine, plant = make(1)
    commands = stretch(machine, 30, beam=True)
    for array in (commands.position, commands.drive, commands.mu):
        array.flags.writeable = False
    run(plant, commands, 11)


@pytest.mark.parametrize("keep", [0, 1, 13, 40])
def test_ticks_given_back_never_were(keep: int, make: Make) -> None:
    machine, plant = make(1)
    _, other = make(1)
    commands = stretch(machine, 40, beam=True)
    plant.act(commands)
    plant.commit(keep)
    rest = part(commands, keep, 40)
    expected = run(other, commands, 1)
    if keep:
        assert np.array_equal(plant.sense().position[0], expected.position[keep - 1])
    if keep < 40:
        again = run(plant, rest, 40)
        assert np.array_equal(again.position, expected.position[keep:])
        assert np.array_equal(again.mu, expected.mu[keep:])


@pytest.mark.parametrize("drive", Drive)
@pytest.mark.parametrize("beam", [True, False])
@pytest.mark.parametrize("block", [7, 64])
def test_blocks_are_their_single_ticks(block: int, beam: bool, drive: Drive, make: Make) -> None:
    machine, plant = make(2)
    _, other = make(2)
    setting_off = stretch(machine, 50, beam=beam)
    then = stretch(
        machine, 80, start=setting_off.position[-1], mu=float(setting_off.mu[-1]), drive=drive
    )
    for commands in (setting_off, then):
        assert same(run(plant, commands, block), run(other, commands, 1))


def test_one_seed_gives_one_run_and_another_seed_another(make: Make) -> None:
    runs = [
        run(plant, stretch(machine, 60, beam=True), 60) for machine, plant in map(make, (1, 1, 2))
    ]
    assert same(runs[0], runs[1])
    assert not np.array_equal(runs[0].position, runs[2].position)
    assert not np.array_equal(runs[0].mu, runs[2].mu)


@pytest.mark.parametrize("n", [-1, 6])
def test_no_more_ticks_are_committed_than_were_answered(n: int, make: Make) -> None:
    machine, plant = make(1)
    plant.act(stretch(machine, 5))
    with pytest.raises(RuntimeError, match="commit"):
        plant.commit(n)


def test_nothing_is_committed_twice(make: Make) -> None:
    machine, plant = make(1)
    plant.act(stretch(machine, 5))
    plant.commit(5)
    with pytest.raises(RuntimeError, match="commit"):
        plant.commit(1)


def test_an_answer_is_committed_before_the_next_question(make: Make) -> None:
    machine, plant = make(1)
    plant.act(stretch(machine, 5))
    with pytest.raises(RuntimeError, match="commit"):
        plant.act(stretch(machine, 5))


def test_a_fault_comes_between_ticks_only(make: Make) -> None:
    machine, plant = make(1)
    plant.act(stretch(machine, 5))
    with pytest.raises(RuntimeError, match="commit"):
        plant.apply(Fault(FaultKind.AXIS_STUCK, "GantryRtn"))


@pytest.mark.parametrize("kind", [FaultKind.BEAM_HOLD_READY, FaultKind.KV_COLLIMATION])
def test_faults_that_are_not_the_plants_change_nothing(kind: FaultKind, make: Make) -> None:
    machine, plant = make(1)
    _, other = make(1)
    plant.apply(Fault(kind, "4", 1.0))
    commands = stretch(machine, 20, beam=True)
    assert same(run(plant, commands, 20), run(other, commands, 20))


@pytest.mark.parametrize("axis", ["GantryRtn", "CouchLng", "leaf A17"])
def test_a_stuck_axis_stands_and_comes_free_again(axis: str, make: Make) -> None:
    machine, plant = make(1)
    column = {"GantryRtn": Axis.GANTRY_RTN, "CouchLng": Axis.COUCH_LNG, "leaf A17": 30}[axis]
    plant.apply(Fault(FaultKind.AXIS_STUCK, axis))
    commands = stretch(machine, 200)
    stuck = run(plant, commands, 50).position[:, column]
    assert np.ptp(stuck) == 0
    plant.apply(Fault(FaultKind.AXIS_STUCK, axis, clear=True))
    there = stretch(machine, 1, start=commands.position[-1])
    stay = Commands(
        np.repeat(commands.position[-1:], 800, axis=0), there.drive, np.zeros(800), False
    )
    at = run(plant, stay, 100).position[-1, column]
    assert at == pytest.approx(commands.position[-1, column], abs=machine.axes.tolerance[column])


def test_dose_never_falls_and_comes_with_the_beam_only(make: Make) -> None:
    machine, plant = make(1)
    on = run(plant, stretch(machine, 100, beam=True), 13)
    assert (np.diff(on.mu, prepend=0.0) >= 0).all()
    assert on.mu[-1] == pytest.approx(10.0, abs=0.1)
    off = run(plant, stretch(machine, 100, mu=20.0), 13)
    assert (np.diff(off.mu) >= 0).all()
    assert off.mu[-1] - on.mu[-1] < 1e-3


def test_braking_ends_in_a_standstill_that_lasts(make: Make) -> None:
    machine, plant = make(1)
    run(plant, stretch(machine, 80), 80)
    far = stretch(machine, 400, drive=Drive.BRAKE)
    readings = run(plant, far, 100)
    assert not readings.moving[-1].any()
    still = int(np.argmax(~readings.moving.any(axis=1)))
    assert np.array_equal(readings.position[still], readings.position[-1])


def test_whatever_changes_its_reading_is_said_to_move(make: Make) -> None:
    machine, plant = make(1)
    plant.apply(Fault(FaultKind.AXIS_PUSHED, "CouchLat", 0.3))
    before = plant.sense()
    readings = run(plant, stretch(machine, 120), 120)
    changed = np.diff(readings.position, axis=0, prepend=before.position) != 0
    said = np.concatenate([before.moving, readings.moving])
    assert changed.any()
    assert not (changed & ~(said[:-1] | said[1:])).any()


def test_memory_does_not_grow_with_time(make: Make) -> None:
    machine, plant = make(1)
    commands = stretch(machine, 32, beam=True)
    tracemalloc.start()
    try:
        run(plant, commands, 32)
        early, _ = tracemalloc.get_traced_memory()
        for _ in range(8):
            run(plant, commands, 32)
        late, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The positions of eight blocks alone would be more than 190 kB.
    assert late - early < 50_000
