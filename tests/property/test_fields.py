"""Prescribed fields of any kind: no limit is passed, no dose lost, every control point reached."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.elekta import Field, LinacState
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.planning.fields import FieldPlan, plan_field, prescribe
from linacsim.planning.fields.planner import with_guides
from linacsim.planning.fields.rates import needed_s, on_guides
from linacsim.planning.fields.turns import in_reach
from tests.effort import examples
from tests.fields import plan_beam

MACHINES = {
    name: load_machine(name) for name in ("agility", "precise-mlc", "precise-beam-modulator")
}
SLACK = 1e-6


def steps(n: int, most: float) -> st.SearchStrategy[list[float]]:
    """Return lists of n numbers that may stand still."""
    return st.lists(st.sampled_from([0.0, 0.0, 1.0, 0.3, -0.7, 0.1]), min_size=n, max_size=n).map(
        lambda shares: [most * share for share in shares]
    )


class Made(NamedTuple):
    """A field and its machine."""

    field: Field
    machine: MachineSpec

    def __repr__(self) -> str:
        """Return what is short enough to be read where a test fails."""
        beam = self.field.beam
        moves = np.ptp(beam.resolved_positions(), axis=0)
        return (
            f"{self.machine.name}: MU {beam.resolved_mu().tolist()}, wedge {self.field.wedge_in}, "
            f"{self.field.energies()}, axes {np.flatnonzero(moves > 0)[:20]}"
        )


@st.composite
def fields(draw: st.DrawFn, machine: str | None = None) -> Made:
    """Return a field with arcs, shapes, moves without dose, changes of wedge and energy."""
    name = machine or draw(st.sampled_from(sorted(MACHINES)))
    spec = MACHINES[name]
    n = draw(st.integers(2, 7))
    doses = draw(st.lists(st.sampled_from([0, 1, 1, 3, 20]), min_size=n - 1, max_size=n - 1))
    assume(sum(doses) > 0)
    mu = draw(st.sampled_from([0.5, 1.0, 2.0])) * sum(doses)

    def path(start: float, most: float) -> np.ndarray:
        return start + np.concatenate([[0.0], np.cumsum(draw(steps(n - 1, most)))])

    values: dict[str, Any] = {
        "gantry_deg": path(draw(st.integers(-90, 90)), 15.0),
        "collimator_deg": path(draw(st.integers(-90, 90)), 10.0),
        "half_mm": np.abs(path(30.0, 25.0)) + 2.0,
        "energy": draw(st.lists(st.sampled_from([6.0, 6.0, 10.0]), min_size=n, max_size=n)),
        "dose_rate": draw(st.lists(st.sampled_from([np.nan, 50.0, 333.0]), min_size=n, max_size=n)),
    }
    if draw(st.booleans()):
        words = st.lists(st.sampled_from(["IN", "OUT"]), min_size=n, max_size=n)
        values["wedge"] = draw(words)
    if name != "precise-beam-modulator":
        values["y_jaws_mm"] = np.column_stack([path(-50.0, 8.0), path(50.0, 8.0)])
    weights = np.concatenate([[0.0], np.cumsum(doses)]) / sum(doses)
    made = prescribe(plan_beam(name, weights.tolist(), **values), mu, spec, "test")
    assume(made.field is not None)
    assert made.field is not None
    return Made(made.field, spec)


def sampled(plan: FieldPlan) -> tuple[np.ndarray, np.ndarray]:
    """Return MU (n,) and positions (n, n_axes) at every tick."""
    ticks = np.arange(0, plan.trajectory.duration_ns + TICK_NS, TICK_NS)
    sample = plan.trajectory.sample(ticks)
    return sample.mu, sample.position


@given(made=fields())
@examples(60)
def test_mu_only_grow_and_all_are_given(made: Made) -> None:
    field, machine = made
    mu, _ = sampled(plan_field(field, machine))
    assert (np.diff(mu) >= -SLACK).all()
    assert mu[0] == 0
    assert mu[-1] == pytest.approx(field.prescribed_mu, abs=SLACK)


@given(made=fields())
@examples(60)
def test_no_axis_leaves_its_range_or_passes_its_speed_or_acceleration(made: Made) -> None:
    field, machine = made
    plan, axes, step_s = plan_field(field, machine), machine.axes, 2e-3
    # Three instants close together, at a thousand places and about every control point.
    places = np.linspace(0.0, plan.trajectory.duration_s, 1000)
    about = [plan.trajectory.cp_departure_s + k * step_s for k in range(-20, 20)]
    now = np.sort(np.concatenate([places, *about]))[:, None] + step_s * np.arange(3)
    sample = plan.trajectory.sample(np.rint(now.ravel() * NS_PER_S).astype(np.int64))
    named = ~np.isnan(sample.position[0])
    beyond = (sample.position < axes.lower - SLACK) | (sample.position > axes.upper + SLACK)
    assert not beyond[:, named].any()
    # Leaves have their limits on their guides, guides and all else in the room.
    own = on_guides(machine, sample.position)[:, named].reshape(len(now), 3, -1)
    speed = np.abs(np.diff(own, axis=1)) / step_s
    assert (speed <= axes.max_speed[named] * (1 + SLACK) + SLACK).all()
    accel = np.abs(np.diff(own, 2, axis=1)) / step_s**2
    assert (accel <= axes.max_accel[named] * (1 + 1e-4) + 1e-3).all()


@given(made=fields())
@examples(60)
def test_every_control_point_is_reached_in_order_with_its_mu(
    made: Made,
) -> None:
    field, machine = made
    plan = plan_field(field, machine)
    trajectory = plan.trajectory
    reached, left = trajectory.cp_time_s, trajectory.cp_departure_s
    assert (np.diff(reached) >= -SLACK).all()
    assert (left >= reached - SLACK).all()
    sample = trajectory.sample(np.rint(left * NS_PER_S).astype(np.int64))
    wanted = with_guides(field, machine)
    named = ~np.isnan(wanted[0])
    assert sample.mu == pytest.approx(field.beam.resolved_mu(), abs=1e-4)
    # Between two segments with dose an axis rounds the corner by what the plan's table says.
    miss = np.full(wanted.shape[1], 1e-4)
    if len(plan.table.columns):
        miss[plan.table.columns] += plan.table.corner_miss.max(axis=0)
    assert (np.abs(sample.position - wanted) <= miss)[:, named].all()
    still = sample.position[[0, -1]][:, named]
    assert still == pytest.approx(wanted[[0, -1]][:, named], abs=SLACK)


@given(made=fields())
@examples(60)
def test_rates_are_the_highest_that_plan_machine_and_axes_allow(
    made: Made,
) -> None:
    field, machine = made
    plan, rules = plan_field(field, machine), machine.field_rules
    assert rules is not None
    mu, energies = np.diff(field.beam.resolved_mu()), field.energies()
    need = needed_s(machine, with_guides(field, machine))
    stated = field.beam.resolved_dose_rate()
    for k in np.flatnonzero(mu > 0).tolist():
        energy = machine.energies[energies[k]]
        most = min(energy.max_dose_rate_mu_per_min, stated[k] if stated[k] > 0 else np.inf)
        if need[k] > 0:
            most = min(most, 60 * mu[k] / need[k])
        assert 0 < plan.rate[k] <= most * (1 + SLACK)
        if rules.binned and plan.rate[k] >= min(energy.dose_rates_mu_per_min):
            assert plan.rate[k] in energy.dose_rates_mu_per_min
    expected, _ = sampled(plan)
    assert np.diff(expected).max() * NS_PER_S / TICK_NS * 60 <= plan.rate.max() * (1 + SLACK)


@given(made=fields("agility"))
@examples(30)
def test_an_undivided_segment_has_just_the_rate_that_its_slowest_axis_allows(
    made: Made,
) -> None:
    field, machine = made
    mu = np.diff(field.beam.resolved_mu())
    assume(len(mu) == 1 or mu[mu > 0].min() >= 1.0)
    need = needed_s(machine, with_guides(field, machine))
    stated, rate = field.beam.resolved_dose_rate(), plan_field(field, machine).rate
    for k in np.flatnonzero(mu > 0).tolist():
        energy = machine.energies[field.energies()[k]]
        most = min(energy.max_dose_rate_mu_per_min, stated[k] if stated[k] > 0 else np.inf)
        assert rate[k] == pytest.approx(min(most, 60 * mu[k] / need[k]) if need[k] > 0 else most)


@given(made=fields())
@examples(60)
def test_wedge_and_energy_are_there_whenever_there_is_dose(
    made: Made,
) -> None:
    field, machine = made
    plan, rules = plan_field(field, machine), machine.field_rules
    assert rules is not None
    starts = np.array([phase.from_ns for phase in plan.phases])
    assert starts[0] == 0
    assert (np.diff(starts) >= 0).all()
    ticks = np.arange(0, plan.trajectory.duration_ns, TICK_NS)
    sample = plan.trajectory.sample(ticks)
    lit = np.flatnonzero(np.diff(sample.mu) > SLACK)
    # Legs begin with a tick, and end within one.
    segment = np.floor(sample.s[lit] + 1e-9).astype(int)
    for tick, k in zip(lit.tolist(), segment.tolist(), strict=True):
        phase = plan.phases[int(np.searchsorted(starts, ticks[tick], side="right")) - 1]
        assert phase.state is LinacState.RADIATION_ON
        assert phase.wedge_in == field.wedge_in[k]
        assert phase.energy == field.energies()[k]


@given(made=fields())
@examples(60)
def test_the_beam_waits_for_the_wedge_and_the_energy(made: Made) -> None:
    field, machine = made
    rules = machine.field_rules
    assert rules is not None
    phases = plan_field(field, machine).phases
    for k in range(1, len(phases)):
        before, gap = phases[k - 1], phases[k]
        if before.state is not LinacState.RADIATION_ON or k + 1 >= len(phases):
            continue
        lit = next((one for one in phases[k:] if one.state is LinacState.RADIATION_ON), None)
        if lit is None:
            continue
        wait_s = (lit.from_ns - gap.from_ns) / NS_PER_S
        least = rules.intersegment_s
        if lit.wedge_in != before.wedge_in:
            least = max(least, rules.wedge_travel_s)
        if lit.energy != before.energy:
            least = max(least, rules.energy_change_s)
        assert wait_s >= least - 0.011


@given(made=fields(), share=st.floats(0.02, 0.98))
@examples(60)
def test_what_remains_ends_alike(made: Made, share: float) -> None:
    field, machine = made
    done = share * field.prescribed_mu
    rest = field.remaining(done)
    mu, position = sampled(plan_field(rest, machine))
    _, whole = sampled(plan_field(field, machine))
    named = ~np.isnan(whole[-1])
    assert mu[-1] + done == pytest.approx(field.prescribed_mu, abs=SLACK)
    assert position[-1, named] == pytest.approx(whole[-1, named], abs=SLACK)


@given(
    start=st.integers(-3600, 3600),
    turns=st.lists(st.integers(-1800, 1800), min_size=1, max_size=5),
)
@examples(100)
def test_a_sweep_is_in_reach_just_if_it_does_not_pass_180(start: int, turns: list[int]) -> None:
    """In tenths of a degree; 180 itself may be touched."""
    path = np.concatenate([[start], start + np.cumsum(turns)])
    low, high = int(path.min()), int(path.max())
    passes = any(low < stop < high for stop in range(-41400, 41401, 3600))
    varian = 180.0 - path / 10.0
    placed = in_reach(varian, 0.0, 360.0, 180.0)
    assert (placed is None) == passes
    if placed is not None:
        assert (placed >= 0).all()
        assert (placed <= 360).all()
        assert np.diff(placed) == pytest.approx(np.diff(varian))


@given(
    doses=st.lists(st.sampled_from([0, 1, 2]), min_size=2, max_size=3),
    words=st.lists(st.sampled_from(["IN", "OUT"]), min_size=4, max_size=4),
)
@examples(60)
def test_simple_wedged_fields_have_a_segment_for_each_dose_and_no_more(
    doses: list[int], words: list[str]
) -> None:
    """DP Note XVI."""
    wedge = words[: len(doses) + 1]
    held = wedge[: len(doses)]
    assume(sum(doses) > 0)
    assume("IN" in held)
    assume(held != ["IN", "OUT", "IN"])
    assume(held != ["OUT", "IN", "OUT"])
    weights = np.concatenate([[0.0], np.cumsum(doses)]) / sum(doses)
    made = prescribe(
        plan_beam("precise-mlc", weights.tolist(), wedge=wedge),
        50.0,
        MACHINES["precise-mlc"],
        "test",
    )
    assert made.field is not None
    lit = np.flatnonzero(doses)
    assert made.field.wedge_in.tolist() == [wedge[k] == "IN" for k in lit]
    assert made.field.prescribed_mu == 50.0
    assert np.diff(made.field.beam.resolved_mu()) == pytest.approx(
        np.diff(np.round(weights * 50.0, 1))[lit], abs=0.051
    )
