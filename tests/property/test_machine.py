"""Laws of the whole machine, whatever the beam and whatever is pressed.

`HYPOTHESIS_PROFILE=thorough` tries many more examples.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.batch import RunResult
from linacsim.engines.conditions import state_is
from linacsim.engines.digest import FrameDigest
from linacsim.engines.journal import Journal, read_journal
from linacsim.engines.operator import DefaultOperator
from linacsim.engines.replay import replay
from linacsim.invariants import Invariants, Points
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.axes import XML_NAMES
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.interlocks import Right
from linacsim.model.messages import Action, Fault, FaultKind, HoldLine, Load, Message, Operator
from linacsim.model.signals import Inputs, State
from linacsim.model.time import NS_PER_MS, TICK_NS, ticks_until
from tests.beams import make_beam
from tests.effort import examples
from tests.keep import Keep
from tests.random_beams import RECIPES, Recipe
from tests.runs import Actor, record_run

MACHINE = load_machine("truebeam-m120")
DOSELESS_MU = 0.006
"""Most that the monitor drifts after the last pulse (8 s at 0.0005 MU/s), and a little more."""


def run(
    actors: list[Actor], *sinks: object, seed: int, limit_s: float = 200
) -> tuple[RunResult, Journal]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.journal"
        result = record_run(path, MACHINE, actors, *sinks, seed=seed, limit_s=limit_s)  # type: ignore[arg-type]
        return result, read_journal(path)


# Whole deliveries ------------------------------------------------------------------------------


@examples(30)
@given(recipe=RECIPES, seed=st.integers(0, 1000))
def test_a_feasible_beam_is_delivered_on_its_line_and_replays(recipe: Recipe, seed: int) -> None:
    beam, keep = recipe.beam(), Keep()
    eye = Invariants(MACHINE, Points.of(beam))
    result, journal = run([DefaultOperator(beam)], keep, eye, seed=seed)
    eye.close()

    assert [str(violation) for violation in eye.violations] == []
    assert result.state is State.COMPLETE
    assert result.interlocks in ((), ("INITIAL_POSITION",))
    pulse = MACHINE.energies[recipe.energy].mu_per_pulse
    assert result.mu == pytest.approx(beam.resolved_mu()[-1], abs=pulse + DOSELESS_MU)
    assert (np.diff(keep.column("mu_actual")) >= 0).all()

    running = keep.column("state") == State.DELIVERING
    cp, mu = keep.column("cp")[running], keep.column("mu_expected")[running]
    assert (np.diff(cp) >= 0).all()
    assert (np.diff(mu) >= 0).all()
    points = np.arange(len(beam.control_points))
    assert np.allclose(mu, np.interp(cp, points, beam.resolved_mu()), atol=1e-9)

    assert replay(journal, block=1 + seed % 40).identical is True


@examples(10)
@given(recipe=RECIPES, block=st.sampled_from([1, 2, 13]))
def test_fused_blocks_are_their_single_ticks(recipe: Recipe, block: int) -> None:
    _, journal = run([DefaultOperator(recipe.beam())], seed=3)
    result = replay(journal, block=block)
    assert result.differing == ()
    assert result.identical is True


def subdivided(beam: Beam, rng: np.random.Generator) -> Beam:
    """Return the same beam with a control point more somewhere on each of its segments."""
    points = beam.control_points
    mu, position = beam.resolved_mu(), beam.resolved_positions()
    out = []
    for k in range(len(points)):
        shares = [1.0] if k == 0 else [float(rng.uniform(0.2, 0.8)), 1.0]
        for share in shares:
            before = max(k - 1, 0)
            at = position[before] + share * (position[k] - position[before])
            named = {
                name: at[column]
                for column, name in enumerate(XML_NAMES)
                if not np.isnan(at[column])
            }
            leaves = {} if np.isnan(at[14]) else {"leaves": at[14:]}
            out.append({"Mu": mu[before] + share * (mu[k] - mu[before]), **named, **leaves})
    return make_beam(*out, energy=beam.energy, dose_rate=points.dose_rate[0])


@examples(10)
@given(recipe=RECIPES)
def test_more_points_on_the_same_line_change_nothing(recipe: Recipe) -> None:
    """But rounding: half a segment's motion is not exactly half of it."""
    beam = recipe.beam()
    more = subdivided(beam, np.random.default_rng(recipe.seed))
    one, other = (run([DefaultOperator(b)], seed=5)[0] for b in (beam, more))
    assert other.state is one.state is State.COMPLETE
    assert abs(other.ticks - one.ticks) <= free_segments(beam)
    assert other.mu == pytest.approx(one.mu, abs=MACHINE.energies[beam.energy].mu_per_pulse)
    moving = np.abs(other.positions - one.positions).max()
    assert moving < 0.05


def free_segments(beam: Beam) -> int:
    """Return how many segments rest at their ends, where a point more means a rest more."""
    position = beam.resolved_positions()
    leaves = np.nan_to_num(np.abs(np.diff(position[:, 14:], axis=0))).any(axis=1)
    still = np.diff(beam.resolved_mu()) == 0
    return int(np.count_nonzero(leaves & still)) * 200


def gate(rng: np.random.Generator, edges: int) -> Actor:
    """Return an actor that raises and drops a beam-hold line a few times from beam-on on."""

    def steps(agenda: Agenda) -> Steps:
        agenda.post(Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0))
        yield agenda.until(state_is(State.DELIVERING))
        edge_ns = agenda.now_ns
        for k in range(2 * edges):
            yield agenda.wait(int(rng.choice([3, 50, 200, 500, 900])) * NS_PER_MS)
            edge_ns = max(edge_ns + 1, agenda.now_ns + int(rng.integers(0, TICK_NS)))
            agenda.post(HoldLine(4, k % 2 == 0, edge_ns))

    return steps


@examples(20)
@given(recipe=RECIPES, seed=st.integers(0, 2**32 - 1), edges=st.integers(1, 5))
def test_a_gated_beam_is_delivered_whole_and_on_its_line(
    recipe: Recipe, seed: int, edges: int
) -> None:
    beam, keep = recipe.beam(beam_hold_devices=(BeamHoldDevice(4),)), Keep()
    eye = Invariants(MACHINE, Points.of(beam))
    actors = [gate(np.random.default_rng(seed), edges), DefaultOperator(beam)]
    result, journal = run(actors, keep, eye, seed=seed % 1000)
    eye.close()

    assert result.state is State.COMPLETE
    assert [str(violation) for violation in eye.violations] == []
    pulse = MACHINE.energies[recipe.energy].mu_per_pulse
    assert result.mu == pytest.approx(beam.resolved_mu()[-1], abs=pulse + DOSELESS_MU)
    assert replay(journal, block=1 + seed % 40).differing == ()


# Random noise ----------------------------------------------------------------------------------

NOISE_BEAMS = (
    make_beam({"Mu": 0, "GantryRtn": 180.0}, {"Mu": 4, "GantryRtn": 176.0}, {"Mu": 12}),
    make_beam({"Mu": 0, "CouchLng": 100.0}, {"Mu": 6}, {"CouchLng": 99.0}, {"Mu": 10}),
    make_beam({"Mu": 0, "GantryRtn": 180.0}, {"GantryRtn": 177.0}, energy="0k", dose_rate=0),
    make_beam({"Mu": 0}, {"Mu": 5}, energy="7x"),
)
AXES = ["GantryRtn", "CouchLng", "CouchLat", "X1", "leaf B17", "carriage A"]
ARGUMENTS = {
    Action.GO_TO: ["all", "couch_linear", "table"],
    Action.MOVE: ["GantryRtn", "CouchLng", "CouchLat", "Table"],
    Action.MOUNT: ["1", "4", "5"],
    Action.OVERRIDE: ["MOTN", "INITIAL_POSITION", "DOOR", "NONSENSE"],
}
LIKELY = [
    *(Action.PREPARE, Action.GO_TO, Action.MV_READY_PRESS, Action.MV_BEAM_ON, Action.KV_BEAM_ON),
    *(Action.ACKNOWLEDGE, Action.CLOSE_DOOR),
]


def random_message(rng: np.random.Generator, now_ns: int) -> Message:
    pick = rng.random()
    if pick < 0.15:
        return Load(NOISE_BEAMS[rng.integers(len(NOISE_BEAMS))])
    if pick < 0.2:
        edge_ns = now_ns + int(rng.integers(0, 300)) * NS_PER_MS
        return HoldLine(int(rng.integers(0, 16)), bool(rng.random() < 0.5), edge_ns)
    if pick < 0.35:
        kind = list(FaultKind)[rng.integers(len(FaultKind))]
        target = str(rng.integers(0, 17)) if "hold" in kind else AXES[rng.integers(len(AXES))]
        value = float(rng.choice([0.0, 0.05, 0.3, 1.0]))
        return Fault(kind, target, value, clear=bool(rng.random() < 0.6))
    actions = LIKELY if pick < 0.85 else list(Action)
    action = actions[rng.integers(len(actions))]
    argument = str(rng.choice(ARGUMENTS.get(action, [""])))
    value = float(rng.choice([0.0, -1.0, 3.0, 1e5, np.inf, np.nan])) if rng.random() < 0.5 else 1.0
    return Operator(action, argument, value)


def mischief(seed: int, presses: int) -> Actor:
    """Return an actor that presses anything at any time."""

    def steps(agenda: Agenda) -> Steps:
        rng = np.random.default_rng(seed)
        agenda.post(Load(NOISE_BEAMS[seed % 2]))
        for _ in range(presses):
            yield agenda.wait(int(rng.choice([1, 7, 40, 130, 600])) * NS_PER_MS)
            agenda.post(random_message(rng, agenda.now_ns))
        # An axis that is slow enough never arrives.
        for axis in AXES:
            agenda.post(Fault(FaultKind.AXIS_SLOW, axis, clear=True))

    return steps


LONGEST_TICKS = 20_000
"""Everything pressed takes half a minute, the longest move or beam after it less than two."""


def press_at_random(seed: int, presses: int) -> tuple[dict[int, tuple[Message, ...]], Keep]:
    """Run until nothing more happens by itself; return the messages by tick and the frames."""
    linac = Linac(MACHINE, seed=seed, rights=Right(seed % 2))
    agenda, keep = Agenda(), Keep()
    agenda.start(mischief(seed, presses))
    seen: dict[int, tuple[Message, ...]] = {}
    while (now := linac.supervisor.tick) < LONGEST_TICKS:
        inputs = Inputs(tuple(agenda.advance(now * TICK_NS)))
        if inputs.messages:
            seen[now] = inputs.messages
        elif agenda.only_waits and linac.at_rest:
            return seen, keep
        most = ticks_until(agenda.next_ns(LONGEST_TICKS * TICK_NS)) - now
        frames = linac.run(inputs, most)
        keep.write(frames)
        agenda.show(frames)
    raise AssertionError(f"it never comes to rest: {linac.state.name}")


@examples(25)
@given(seed=st.integers(0, 2**32 - 1), presses=st.integers(5, 60))
def test_whatever_is_pressed_dose_comes_only_while_delivering(seed: int, presses: int) -> None:
    seen, keep = press_at_random(seed, presses)
    state, on, mu = (keep.column(name) for name in ("state", "beam_on", "mu_actual"))
    assert (state[on] == State.DELIVERING).all()
    dark = np.diff(mu)[~on[1:]]
    assert dark.max(initial=0.0) < 1e-5
    assert np.array_equal(keep.column("tick"), np.arange(len(state)))
    assert digest_in_blocks(seed, seen, len(state), 5) == digest(keep)


def digest(keep: Keep) -> dict[str, str]:
    out = FrameDigest()
    for block in keep.blocks:
        out.write(block)
    return out.columns()


def digest_in_blocks(
    seed: int, inputs: dict[int, tuple[Message, ...]], ticks: int, block: int
) -> dict[str, str]:
    """Return the digest of the same run in blocks of at most `block` ticks."""
    linac, out = Linac(MACHINE, seed=seed, rights=Right(seed % 2)), FrameDigest()
    while (now := linac.supervisor.tick) < ticks:
        stop = min((t for t in inputs if t > now), default=ticks)
        out.write(linac.run(Inputs(inputs.get(now, ())), min(block, stop - now)))
    return out.columns()
