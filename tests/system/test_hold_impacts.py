"""What beam-hold devices hold: every combination of impacts, inside and outside treatment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.operator import DefaultOperator
from linacsim.invariants import HoldEye, Invariants, Points
from linacsim.invariants.holds import Edge
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S, to_ns
from tests.beams import make_beam
from tests.keep import Keep

MACHINE = load_machine("truebeam-m120")
ARC = make_beam({"Mu": 0, "GantryRtn": 230.0}, {"Mu": 100, "GantryRtn": 130.0})
STATIC = make_beam({"Mu": 0}, {"Mu": 100})
TURN = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"Mu": 20}, {"GantryRtn": 120.0}, {"Mu": 40})
KV = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"GantryRtn": 120.0}, energy="0k", dose_rate=0)

BEAM_ALONE = BeamHoldDevice(7, mv_beam_impact=True, motion_impact=False)
MOTION_ALONE = BeamHoldDevice(7, mv_beam_impact=False, motion_impact=True)
BOTH = BeamHoldDevice(7)
NOTHING = BeamHoldDevice(7, mv_beam_impact=False, motion_impact=False)
SYNC_STOP = BeamHoldDevice(7, mv_beam_impact=False, motion_impact=True, sync_stop=True)
SYNC_STOP_AND_BEAM = BeamHoldDevice(7, sync_stop=True)


@dataclass
class Run:
    result: RunResult
    keep: Keep
    violations: tuple[object, ...]

    @property
    def gantry(self) -> Floats:
        return self.keep.column("expected")[:, Axis.GANTRY_RTN]

    @property
    def held(self) -> np.ndarray:
        return np.flatnonzero(self.keep.column("state") == State.HOLDING)

    def row(self, time_s: float) -> int:
        return int(np.flatnonzero(self.keep.column("tick") == round(time_s * 100))[0])


def deliver(
    beam: Beam, device: BeamHoldDevice, edges_s: Sequence[float], other_s: Sequence[float] = ()
) -> Run:
    """Deliver a beam while device 7 raises and drops its line in turn at the times.

    Device 8 does so at the times `other_s`; it holds beam and motion.
    """
    beam = replace(beam, beam_hold_devices=(device, BeamHoldDevice(8)))
    edges, others = in_turn(edges_s), in_turn(other_s)
    agenda = Agenda()
    for number, own in ((7, edges), (8, others)):
        agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, str(number), 1.0))
        for time_ns, hold in own:
            agenda.line(time_ns, number, hold=hold)
    agenda.start(DefaultOperator(beam))
    lines = [edges, others] if device.holds_beam else [others]
    motion = [edges] if device.holds_motion and not device.holds_beam else []
    line_eye = HoldEye(MACHINE, beam.energy, lines, motion)
    keep, eye = Keep(), Invariants(MACHINE, Points.of(beam))
    result = run_batch(
        Linac(MACHINE, seed=1), agenda, [keep, eye, line_eye], limit_ns=120 * NS_PER_S
    )
    eye.close()
    return Run(result, keep, eye.violations + line_eye.violations)


def in_turn(times_s: Sequence[float]) -> list[Edge]:
    return [(to_ns(time_s), k % 2 == 0) for k, time_s in enumerate(times_s)]


def begin_s(run: Run) -> float:
    first = np.argmax(run.keep.column("state") == State.DELIVERING)
    return float(run.keep.column("tick")[first]) / 100


def test_a_device_without_impact_must_be_ready_and_holds_nothing() -> None:
    free = deliver(ARC, NOTHING, [])
    held = deliver(ARC, NOTHING, [begin_s(free) + 5, begin_s(free) + 9])
    assert held.result.state is State.COMPLETE
    assert held.result.ticks == free.result.ticks
    assert not len(held.held)


@pytest.mark.parametrize("device", [BOTH, BEAM_ALONE, SYNC_STOP_AND_BEAM], ids=str)
@pytest.mark.parametrize("beam", [ARC, STATIC], ids=["arc", "static"])
def test_dose_stops_at_the_edge_where_the_beam_is_held(beam: Beam, device: BeamHoldDevice) -> None:
    edge_s = begin_s(deliver(beam, device, [])) + 3.0033
    run = deliver(beam, device, [edge_s, edge_s + 2])
    assert run.result.state is State.COMPLETE
    assert run.violations == ()
    row = run.row(int(edge_s * 100) / 100)
    mu = run.keep.column("mu_actual")
    assert np.diff(mu[row + 1 : row + 180]).max() < 1e-4
    assert mu[-1] == pytest.approx(100, abs=0.05)


def test_motion_without_dose_goes_on_while_the_beam_alone_is_held() -> None:
    free = deliver(TURN, BEAM_ALONE, [])
    first_s = float(free.keep.column("tick")[np.argmax(free.keep.column("cp") > 1)]) / 100
    held = deliver(TURN, BEAM_ALONE, [first_s + 1, first_s + 5])
    assert held.result.ticks == free.result.ticks
    assert "MV_HOLD" in held.result.interlocks
    assert not len(held.held)
    stopped = deliver(TURN, BOTH, [first_s + 1, first_s + 5])
    assert stopped.result.ticks > free.result.ticks + 300


def test_the_beam_alone_held_stops_the_plan_no_later_than_dose_may_lag() -> None:
    edge_s = begin_s(deliver(ARC, BEAM_ALONE, [])) + 5.0033
    run = deliver(ARC, BEAM_ALONE, [edge_s, edge_s + 3])
    assert run.violations == ()
    assert run.result.holds == 1
    expected, actual = run.keep.column("mu_expected"), run.keep.column("mu_actual")
    lag = (expected - actual)[run.keep.column("state") == State.DELIVERING]
    assert 0.3 < lag.max() < 0.3 + 0.06 + 0.03
    first, last = run.held[[0, -1]]
    gantry = run.keep.column("actual")[:, Axis.GANTRY_RTN]
    # Axes come back to where the dose stopped, so that dose and place stay on their line.
    assert abs(gantry[last] - run.gantry[last]) < 0.1
    assert run.gantry[last] == pytest.approx(230 - actual[first], abs=0.05)


def test_sync_stop_ramps_plan_and_beam_down_before_the_hold() -> None:
    edge_s = begin_s(deliver(ARC, SYNC_STOP, [])) + 5.0033
    run = deliver(ARC, SYNC_STOP, [edge_s, edge_s + 3])
    assert run.result.state is State.COMPLETE
    assert run.violations == ()
    assert {"SYNC_STOP", "BEAM_HOLD"} <= set(run.result.interlocks)
    row, first = run.row(int(edge_s * 100) / 100), int(run.held[0])
    assert first - row == pytest.approx(50, abs=2)
    speed = -np.diff(run.gantry[row : first + 1]) / 0.01
    # From the gantry's speed limit, at which this arc runs, to rest in equal steps.
    assert speed[0] == pytest.approx(6.0, rel=0.03)
    assert speed[-1] == pytest.approx(0.0, abs=0.15)
    assert (np.diff(speed) < 1e-6).all()
    assert np.abs(np.diff(speed)).max() / 0.01 <= MACHINE.axes.max_accel[Axis.GANTRY_RTN] + 1e-3
    # Dose goes down with the plan: half of what a full rate would give in that time.
    mu = run.keep.column("mu_actual")
    rate = (mu[row] - mu[row - 50]) / 0.5
    assert mu[first] - mu[row] == pytest.approx(rate * 0.5 / 2, rel=0.1)
    beyond = np.abs(run.keep.column("actual")[run.held, Axis.GANTRY_RTN] - run.gantry[run.held])
    assert beyond.max() < 0.2


def test_a_line_that_drops_during_the_ramp_lets_the_plan_speed_up_again() -> None:
    edge_s = begin_s(deliver(ARC, SYNC_STOP, [])) + 5.0033
    run = deliver(ARC, SYNC_STOP, [edge_s, edge_s + 0.2])
    assert run.violations == ()
    assert run.result.state is State.COMPLETE
    assert run.result.holds == 0
    free = deliver(ARC, SYNC_STOP, [])
    # Down to 0.6 of the speed within 20 ticks and up again: as if it had stood for 8.
    assert run.result.ticks - free.result.ticks == pytest.approx(8, abs=1)


@pytest.mark.parametrize(
    ("device", "stops"),
    [(NOTHING, False), (BEAM_ALONE, False), (MOTION_ALONE, True), (BOTH, True), (SYNC_STOP, True)],
    ids=str,
)
def test_outside_treatment_every_combination_holds_what_it_says(
    device: BeamHoldDevice, stops: bool
) -> None:
    free = deliver(KV, device, [])
    edge_s = begin_s(free) + 3.0033
    run = deliver(KV, device, [edge_s, edge_s + 2])
    assert run.result.state is State.COMPLETE
    assert run.violations == ()
    assert (run.result.ticks - free.result.ticks > 150) is stops
    if not stops:
        assert run.result.ticks == free.result.ticks


def test_motion_alone_held_stops_the_plan_and_with_it_the_dose() -> None:
    """The checker refuses it during treatment; a beam that was loaded all the same is held."""
    edge_s = begin_s(deliver(ARC, MOTION_ALONE, [])) + 5.0033
    run = deliver(ARC, MOTION_ALONE, [edge_s, edge_s + 3])
    assert run.result.state is State.COMPLETE
    assert run.violations == ()
    assert int(run.held[0]) - run.row(int(edge_s * 100) / 100) <= 2


def test_blocks_are_their_single_ticks_for_every_combination() -> None:
    flags = (False, True)
    for device in (BeamHoldDevice(7, b, m, s) for b in flags for m in flags for s in flags):
        edges, other = [14.0033, 14.5, 14.61, 16.2, 17.0, 17.0071], [14.7055, 15.0]
        whole = deliver(ARC, device, edges, other)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("linacsim.machine.linac.BLOCK_TICKS", 3)
            parts = deliver(ARC, device, edges, other)
        for name in ("state", "mu_actual", "mu_expected", "hold_actual", "interlocks"):
            assert (whole.keep.column(name) == parts.keep.column(name)).all(), (device, name)
        assert whole.result.holds, "they hold while the beam runs"
