"""One delivery: its cursor runs, slows with the dose, stands, stops and starts again."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from linacsim.control.delivery import Delivery
from linacsim.control.proposal import FREE, Course, Proposal
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.signals import BeamHold, Drive, Readings
from linacsim.model.time import TICK_NS
from linacsim.model.trajectory import LegKind, Trajectory
from linacsim.planning import plan
from tests.beams import make_beam

STATIC = make_beam({"Mu": 0}, {"Mu": 20})
ARC = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"Mu": 10, "GantryRtn": 160.0}, {"Mu": 40})
CORNER = make_beam(
    {"Mu": 0, "GantryRtn": 180.0}, {"Mu": 10, "GantryRtn": 160.0}, {"Mu": 20, "GantryRtn": 175.0}
)
FIELDS = make_beam(
    {"Mu": 0, "GantryRtn": 180.0, "leaves": (2.0, 2.0)},
    {"Mu": 5},
    {"GantryRtn": 175.0, "leaves": (3.0, 1.0)},
    {"Mu": 8},
)
MOTION = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"GantryRtn": 170.0})
CARRIAGES = make_beam(
    {"Mu": 0, "leaves": (10.0, 10.0)},
    {"Mu": 1, "leaves": (0.0, 10.0)},
    {"Mu": 2, "leaves": (-5.0, 10.0)},
    {"Mu": 3, "leaves": (-9.0, 10.0)},
)


@dataclass
class Rig:
    """A delivery with a dose monitor that says what a test wants it to say."""

    machine: MachineSpec
    delivery: Delivery
    trajectory: Trajectory
    behind: float = 0.0
    """MU by which the monitor stays behind the expected MU."""
    mu: float = 0.0
    done: list[Proposal] = field(default_factory=list)

    @property
    def readings(self) -> Readings:
        n_axes = self.machine.layout.n_axes
        return Readings(
            self.machine.start[None], np.array([self.mu]), np.zeros((1, n_axes), dtype=bool)
        )

    def propose(self, n: int, course: Course = FREE) -> Proposal:
        return self.delivery.propose(n, self.machine.start, self.readings, course)

    def step(self, n: int = 1, course: Course = FREE) -> Proposal:
        """Propose up to n ticks and take them all."""
        proposal = self.propose(n, course)
        self.delivery.accept(proposal, len(proposal))
        if proposal.commands.beam_on:
            self.mu = max(self.mu, float(proposal.mu_expected[-1]) - self.behind)
        self.done.append(proposal)
        return proposal

    @property
    def lead_in_ticks(self) -> int:
        first = self.trajectory.legs[0]
        way = np.ptp(first.evaluate(np.array([0.0, first.duration_s / 2]))[2], axis=0)
        rules = self.machine.supervision
        return rules.lead_in_moving_ticks if way.any() else rules.lead_in_ticks

    def lead_in(self) -> None:
        """Pass the lead-in."""
        left = self.lead_in_ticks
        while left:
            left -= len(self.step(left))

    def until_mu(self, mu: float) -> "Rig":
        while self.delivery.at.mu < mu:
            self.step()
        return self

    def finish(self, block: int = 1) -> "Rig":
        for _ in range(100_000):
            if self.delivery.finished(self.readings):
                return self
            self.step(block)
        raise AssertionError("it never finishes")

    def column(self, name: str) -> Floats:
        return np.concatenate([getattr(p, name) for p in self.done])


def rig(machine: MachineSpec, beam: Beam) -> Rig:
    trajectory = plan(beam, machine, held=machine.start).trajectory
    assert trajectory is not None
    follow = np.full(machine.layout.n_axes, Drive.FOLLOW, dtype=np.uint8)
    delivery = Delivery(machine, beam, trajectory, follow, beam.resolved_positions())
    return Rig(machine, delivery, trajectory)


# Lead-in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("beam", "ticks"), [(STATIC, 4), (FIELDS, 4), (ARC, 8), (MOTION, 8)])
def test_lead_in_puts_axes_where_the_beam_begins_and_holds_it(
    beam: Beam, ticks: int, machine: MachineSpec
) -> None:
    r = rig(machine, beam)
    r.lead_in()
    assert sum(len(p) for p in r.done) == r.lead_in_ticks == ticks
    *first, last = r.done
    assert all(proposal.hold is BeamHold.HOLD for proposal in first)
    # The line is released a tick before the first dose, and not for motion without dose.
    released = beam is not MOTION
    assert len(last) == 1
    assert last.hold is (BeamHold.NORMAL if released else BeamHold.HOLD)
    for proposal in r.done:
        assert not proposal.commands.beam_on
        begin = r.trajectory.sample(np.zeros(1, dtype=np.int64)).position[0]
        wanted = np.where(r.trajectory.dynamic, begin, machine.start)
        assert (proposal.commands.position == wanted).all()
        assert (proposal.mu_expected == 0).all()
    assert r.step().commands.beam_on is released


@pytest.mark.parametrize("block", [1, 2, 3, 4, 100])
def test_lead_in_taken_in_parts_is_as_long(block: int, machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    while not r.step(block).commands.beam_on:
        pass
    assert sum(len(p) for p in r.done[:-1]) == r.lead_in_ticks


def test_nothing_is_finished_before_the_lead_in_is_over(machine: MachineSpec) -> None:
    r = rig(machine, make_beam({"Mu": 0}, {"Mu": 0}))
    for _ in range(4):
        assert not r.delivery.finished(r.readings)
        r.step()
    assert r.delivery.finished(r.readings)


# Running ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("beam", [STATIC, ARC, FIELDS, MOTION], ids=["static", "arc", "f", "m"])
def test_cursor_follows_the_trajectory_tick_by_tick(beam: Beam, machine: MachineSpec) -> None:
    r = rig(machine, beam)
    r.lead_in()
    r.finish()
    plan_ticks = r.trajectory.duration_ns // TICK_NS
    times = TICK_NS * np.arange(1, plan_ticks + 1)
    planned = r.trajectory.sample(times)
    lead_in = r.lead_in_ticks
    ran = slice(lead_in, lead_in + plan_ticks)
    assert np.array_equal(r.column("cp")[ran], planned.s)
    assert np.array_equal(r.column("mu_expected")[ran], planned.mu)
    assert np.array_equal(r.column("leg")[ran], planned.leg)
    expected = [
        p.expected for p in r.done[-len(r.column("cp")) + lead_in :] if p.expected is not None
    ]
    assert np.array_equal(np.concatenate(expected)[:plan_ticks], planned.position)
    assert r.delivery.at_end


@pytest.mark.parametrize("beam", [STATIC, ARC, FIELDS, MOTION], ids=["static", "arc", "f", "m"])
@pytest.mark.parametrize("block", [7, 512])
def test_blocks_are_their_ticks(block: int, beam: Beam, machine: MachineSpec) -> None:
    ticks, blocks = rig(machine, beam).finish(1), rig(machine, beam).finish(block)
    for name in ("cp", "mu_expected", "leg", "cursor_ns"):
        assert np.array_equal(ticks.column(name), blocks.column(name)), name
    for name in ("position", "mu"):
        one, many = (
            np.concatenate([getattr(p.commands, name) for p in r.done]) for r in (ticks, blocks)
        )
        assert np.array_equal(one, many), name


def test_beam_is_on_just_where_mu_rises(machine: MachineSpec) -> None:
    r = rig(machine, FIELDS).finish()
    mu = r.column("mu_expected")
    rises = np.diff(mu, prepend=0.0) > 0
    on = np.array([p.commands.beam_on for p in r.done for _ in range(len(p))])
    assert on[rises].all()
    # One tick more after each field, in which the last pulses come.
    extra = np.flatnonzero(on & ~rises)
    assert len(extra) == 2
    assert rises[extra - 1].all()


def test_dose_is_cut_within_the_last_tick_of_a_block(machine: MachineSpec) -> None:
    here = rig(machine, STATIC)
    here.lead_in()
    free = here.propose(40)
    cut = here.propose(40, Course(cut_ns=7 * TICK_NS + TICK_NS // 4))
    assert len(cut) == 8
    assert cut.mu_expected.tolist() == free.mu_expected[:8].tolist()
    assert cut.commands.mu[:7].tolist() == free.commands.mu[:7].tolist()
    begin, end = free.mu_expected[6:8]
    assert cut.commands.mu[7] == pytest.approx(begin + 0.25 * (end - begin))
    assert cut.hold_line(8).tolist() == [BeamHold.NORMAL] * 7 + [BeamHold.HOLD]
    assert cut.hold_line(7).tolist() == [BeamHold.NORMAL] * 7


def test_a_cut_at_the_end_of_a_tick_cuts_nothing_of_it(machine: MachineSpec) -> None:
    here = rig(machine, STATIC)
    here.lead_in()
    whole = here.propose(40, Course(cut_ns=7 * TICK_NS))
    assert len(whole) == 7
    assert not whole.cut


def test_while_plan_and_beam_slow_down_each_tick_is_decided_anew(machine: MachineSpec) -> None:
    """Near a corner the ramp waits for a tick at the plan's own pace."""
    here = rig(machine, CORNER)
    here.lead_in()
    here.until_mu(9.9)
    slowing = [here.step(40, Course(slowing=True)) for _ in range(80)]
    assert here.delivery.ramped_down
    assert {len(proposal) for proposal in slowing} == {1}
    assert slowing[0].pace == 1.0


def test_a_block_is_all_beam_or_all_hold(machine: MachineSpec) -> None:
    r = rig(machine, FIELDS)
    r.lead_in()
    led_in = len(r.done)
    for proposal in r.finish(512).done[led_in:]:
        assert proposal.hold is (BeamHold.NORMAL if proposal.commands.beam_on else BeamHold.HOLD)


def test_hold_is_planned_where_mu_stops_and_comes_after_the_last_pulses(
    machine: MachineSpec,
) -> None:
    r = rig(machine, FIELDS).finish()
    after = r.lead_in_ticks
    rises = np.diff(r.column("mu_expected"), prepend=0.0) > 0
    planned, line = (
        np.array([getattr(p, name) for p in r.done for _ in range(len(p))]) == BeamHold.NORMAL
        for name in ("hold_planned", "hold")
    )
    assert np.array_equal(planned[after:], rises[after:])
    assert (line & ~planned).sum() == 2


def test_axes_that_do_not_move_are_commanded_where_they_are_kept(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    kept = machine.start + 0.03
    proposal = r.delivery.propose(50, kept, r.readings)
    moving = r.trajectory.dynamic
    assert proposal.expected is not None
    assert (proposal.commands.position[:, ~moving] == kept[~moving]).all()
    assert np.array_equal(proposal.commands.position[:, moving], proposal.expected[:, moving])


def test_taking_part_of_a_proposal_stands_at_its_last_tick(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    proposal = r.propose(100)
    r.delivery.accept(proposal, 30)
    assert r.delivery.at.s == proposal.cp[29]
    assert r.delivery.at.mu == proposal.mu_expected[29]
    assert np.array_equal(r.propose(70).cp[:5], proposal.cp[30:35])


# Dose lag --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lag", "rate"),
    [(0.0, 1.0), (0.3, 1.0), (0.36, 0.8), (0.45, 0.5), (0.57, 0.1), (0.6, 0.0), (0.9, 0.0)],
)
def test_cursor_slows_in_proportion_to_the_dose_deficit(
    lag: float, rate: float, machine: MachineSpec
) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    before = r.done[-1].cursor_ns[-1]
    r.mu = r.delivery.at.mu - lag
    proposal = r.propose(100)
    assert proposal.cursor_ns[0] - before == pytest.approx(rate * TICK_NS, abs=1)
    assert len(proposal) == (1 if lag > 0.3 else 100)
    assert proposal.commands.beam_on


def test_cursor_goes_on_when_the_dose_catches_up(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    r.mu = r.delivery.at.mu - 0.8
    stood = r.step(100)
    assert len(stood) == 1
    assert stood.cursor_ns[0] == r.done[-2].cursor_ns[-1]
    r.mu = r.delivery.at.mu
    assert r.step().cursor_ns[0] == stood.cursor_ns[0] + TICK_NS


@pytest.mark.parametrize(
    ("lag", "starved"), [(0.5, False), (0.56, False), (0.58, True), (2.0, True)]
)
def test_starved_when_less_than_a_tenth_of_the_speed_is_left(
    lag: float, starved: bool, machine: MachineSpec
) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    assert r.delivery.starved(r.delivery.at.mu - lag) is starved


def test_an_owed_pulse_is_waited_for_at_the_end_with_the_beam_on(machine: MachineSpec) -> None:
    r = rig(machine, STATIC)
    r.behind = 0.1
    r.lead_in()
    while r.delivery.at.mu < 20:
        r.step()
    for _ in range(5):
        proposal = r.step(10)
        assert len(proposal) == 1
        assert proposal.commands.beam_on
        assert not r.delivery.finished(r.readings)
    r.mu = 19.99
    r.step()
    assert r.delivery.finished(r.readings)


def test_motion_after_a_field_waits_for_its_dose_when_much_is_owed(machine: MachineSpec) -> None:
    r = rig(machine, FIELDS)
    r.lead_in()
    while r.delivery.at.mu < 5:
        r.step()
    r.mu = 4.5
    at = r.delivery.at
    for _ in range(10):
        proposal = r.step(10)
        assert proposal.commands.beam_on
        assert proposal.cp[0] == at.s
        r.mu = 4.5
    r.mu = 5.0
    while r.step().commands.beam_on:
        pass
    assert r.step(10).cursor_ns[-1] > at.s


def test_dose_that_is_ahead_hurries_nothing(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    before = r.done[-1].cursor_ns[-1]
    r.mu += 3.0
    assert r.step().cursor_ns[0] == before + TICK_NS


# Stops -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [0.0, 0.1, 2.0])
def test_a_stop_takes_the_expected_side_back_to_the_dose_and_onto_the_line(
    behind: float, machine: MachineSpec
) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    r.mu = r.delivery.at.mu - behind
    r.delivery.stop(r.readings)
    at = r.delivery.at
    assert at.mu == pytest.approx(r.mu)
    assert at.s == pytest.approx(r.mu / 10)
    assert at.position[Axis.GANTRY_RTN] == pytest.approx(180 - 20 * at.s)


def test_a_stop_beyond_a_control_point_may_go_back_before_it(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(10.5)
    r.mu = 9.5
    r.delivery.stop(r.readings)
    assert r.delivery.at.s == pytest.approx(0.95)
    assert r.delivery.at.position[Axis.GANTRY_RTN] == pytest.approx(161.0)


def test_a_stop_never_goes_ahead_of_what_was_expected(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    expected = r.delivery.at
    r.mu = expected.mu + 1.0
    r.delivery.stop(r.readings)
    assert r.delivery.at.mu == expected.mu
    assert r.delivery.at.s == pytest.approx(expected.s)


def test_a_stop_never_goes_back_into_an_earlier_leg(machine: MachineSpec) -> None:
    r = rig(machine, FIELDS)
    r.finish()
    second = next(leg for leg in r.trajectory.legs[::-1] if leg.kind is LegKind.BEAM)
    r.mu = 4.0
    r.delivery.stop(r.readings)
    assert r.delivery.at.s == second.s_from == 2.0
    assert r.delivery.at.mu == 5.0


def test_a_stop_during_motion_stays_where_the_motion_is(machine: MachineSpec) -> None:
    r = rig(machine, MOTION)
    r.lead_in()
    for _ in range(80):
        r.step()
    before = r.delivery.at
    r.delivery.stop(r.readings)
    assert r.delivery.at is before
    assert 0 < before.s < 1
    assert r.delivery.on_path


def test_a_stop_forgets_what_was_owed(machine: MachineSpec) -> None:
    r = rig(machine, FIELDS)
    r.lead_in()
    r.until_mu(4.0)
    r.mu = 3.9
    r.delivery.stop(r.readings)
    assert not r.delivery.at_end
    assert r.delivery.at.mu == pytest.approx(3.9)


def test_stopping_twice_is_stopping_once(machine: MachineSpec) -> None:
    r = rig(machine, ARC)
    r.lead_in()
    r.until_mu(5.0)
    r.mu -= 0.2
    r.delivery.stop(r.readings)
    once = r.delivery.at
    r.delivery.stop(r.readings)
    assert (r.delivery.at.s, r.delivery.at.mu) == pytest.approx((once.s, once.mu))


def test_carriage_legs_are_off_the_path(machine: MachineSpec) -> None:
    r = rig(machine, CARRIAGES)
    kinds = [leg.kind for leg in r.trajectory.legs]
    assert LegKind.CARRIAGE in kinds
    r.lead_in()
    while kinds[r.delivery.at.leg] is not LegKind.CARRIAGE:
        r.step()
    assert not r.delivery.on_path
    s = r.delivery.at.s
    r.delivery.stop(r.readings)
    assert r.delivery.at.s == s


def test_a_beam_without_dose_or_motion_is_over_after_the_lead_in(machine: MachineSpec) -> None:
    r = rig(machine, make_beam({"Mu": 0}, {"Mu": 0}))
    r.finish()
    assert len(r.column("cp")) == 4
    assert not any(p.commands.beam_on for p in r.done)
