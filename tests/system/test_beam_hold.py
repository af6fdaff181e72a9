"""Beam-hold devices: dose stops at the edge, axes overshoot and come back, the beam goes on."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.digest import FrameDigest
from linacsim.engines.operator import DefaultOperator
from linacsim.invariants import Invariants, Points, Violation
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import BeamHold, State
from linacsim.model.time import NS_PER_S, TICK_NS
from tests.beams import make_beam
from tests.system.test_linac import ARC, STATIC, TWO_FIELDS, Keep

MACHINE = load_machine("truebeam-m120")
GATE = (BeamHoldDevice(4),)
READY = Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0)

LATENCY_S = MACHINE.supervision.beam_on_latency_s

Edge = tuple[float, bool]


CALM = replace(MACHINE, hold_line=replace(MACHINE.hold_line, chatter_edges_per_s=1000))
"""A machine that no chatter makes suspicious."""


def deliver(
    beam: Beam, edges: Sequence[Edge], *, listed: bool = True, machine: MachineSpec = MACHINE
) -> tuple[RunResult, Keep, FrameDigest, tuple[Violation, ...]]:
    """Deliver a beam while device 4 changes its line at the given times in s."""
    beam = replace(beam, beam_hold_devices=GATE if listed else ())
    agenda = Agenda()
    if listed:
        agenda.at(0, READY)
    agenda.start(DefaultOperator(beam))
    for time_s, hold in edges:
        agenda.line(round(time_s * NS_PER_S), 4, hold=hold)
    keep, digest, eye = Keep(), FrameDigest(), Invariants(MACHINE, Points.of(beam))
    linac = Linac(machine, seed=1)
    result = run_batch(linac, agenda, [keep, digest, eye], limit_ns=300 * NS_PER_S)
    eye.close()
    return result, keep, digest, eye.violations


def held_rows(keep: Keep) -> np.ndarray:
    return np.flatnonzero(keep.column("state") == State.HOLDING)


def test_static_field_is_held_as_in_the_real_log() -> None:
    """Log-formats 6.4: expected runs on up to 0.2 MU, is reset to actual, goes on from there."""
    result, keep, _, violations = deliver(STATIC, [(8.0033, True), (15.36 - LATENCY_S, False)])
    assert result.state is State.COMPLETE
    assert result.holds == 1
    assert violations == ()
    first, last = held_rows(keep)[[0, -1]]
    expected, actual = keep.column("mu_expected"), keep.column("mu_actual")
    assert 0 < expected[first - 1] - expected[first] < 0.2
    assert expected[first] == actual[first - 1]
    assert np.ptp(expected[first : last + 1]) == 0
    assert actual[last] - actual[first] == pytest.approx(0.0005 * 7.36, rel=0.05)
    assert expected[last + 1] - expected[last] == pytest.approx(0.05, abs=1e-6)
    assert (keep.column("hold_actual")[first : last + 1] == BeamHold.HOLD).all()
    assert expected[-1] == 100


@pytest.mark.parametrize("offset_ms", [0.0, 2.5, 5.0, 9.9])
def test_dose_stops_at_the_edge_and_not_at_the_tick(offset_ms: float) -> None:
    edge_s = 8.0 + offset_ms / 1000
    _, keep, _, _ = deliver(STATIC, [(edge_s, True), (9, False)])
    first = held_rows(keep)[0]
    row = int(np.flatnonzero(keep.column("tick") == 799)[0])
    rate, latency_s = 10.0, MACHINE.supervision.beam_off_latency_s
    wanted = keep.column("mu_expected")[row] + rate * (edge_s + latency_s - 8.0)
    pulse = MACHINE.energies["6x"].mu_per_pulse
    assert abs(keep.column("mu_actual")[first] - wanted) < pulse + rate * MACHINE.dose.lag_s


def test_gantry_overshoots_returns_and_meets_the_beam_again() -> None:
    result, keep, _, violations = deliver(ARC, [(17.0033, True), (20.0071, False)])
    assert result.state is State.COMPLETE
    assert violations == ()
    rows = held_rows(keep)
    gantry = keep.column("actual")[rows, Axis.GANTRY_RTN]
    frozen = keep.column("expected")[rows, Axis.GANTRY_RTN]
    assert np.ptp(frozen) == 0
    beyond = np.abs(gantry - frozen)
    assert 0.8 < beyond.max() < 1.2
    assert 0.25 < np.argmax(beyond) * 0.01 < 0.4
    assert beyond[-1] < 0.1


@pytest.mark.parametrize("block", [1, 512])
def test_beam_waits_for_axes_when_the_gate_opens_during_their_return(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also tick by tick, as live, where each tick asks whether they are back."""
    monkeypatch.setattr("linacsim.machine.linac.BLOCK_TICKS", block)
    _, keep, _, violations = deliver(ARC, [(17.0033, True), (17.1, False)])
    rows = held_rows(keep)
    assert violations == ()
    assert len(rows) * TICK_NS > 0.5 * NS_PER_S
    error = keep.column("expected")[rows[-1]] - keep.column("actual")[rows[-1]]
    assert np.abs(error).max() <= 0.1


@pytest.mark.parametrize("block", [1, 40])
def test_a_hold_is_the_same_when_its_return_and_wait_are_one_block(block: int) -> None:
    edges = [(17.0033, True), (20.0071, False)]
    whole = deliver(ARC, edges)[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linacsim.machine.linac.BLOCK_TICKS", block)
        assert deliver(ARC, edges)[2].columns() == whole.columns()


def test_chatter_during_the_return_is_one_hold() -> None:
    chatter = [(17 + 0.05 * k, k % 2 == 0) for k in range(10)]
    result, _, _, violations = deliver(ARC, chatter)
    assert result.state is State.COMPLETE
    assert result.holds == 1
    assert violations == ()


def test_hold_between_fields_stops_motion_as_well() -> None:
    result, keep, _, violations = deliver(TWO_FIELDS, [(24, True), (26, False)])
    assert result.state is State.COMPLETE
    assert violations == ()
    assert len(held_rows(keep)) > 190


def test_a_device_that_is_not_listed_has_no_say() -> None:
    result, _, _, _ = deliver(STATIC, [(8, True)], listed=False)
    assert result.state is State.COMPLETE
    assert result.holds == 0


def test_a_listed_device_must_be_ready() -> None:
    beam = replace(STATIC, beam_hold_devices=GATE)
    agenda = Agenda()
    agenda.start(DefaultOperator(beam))
    result = run_batch(Linac(MACHINE, seed=1), agenda, [], limit_ns=60 * NS_PER_S)
    assert result.state is State.PREPARED
    assert result.interlocks == ("BEAM_HOLD_NOT_READY",)


SHORT = make_beam(
    {"Mu": 0, "GantryRtn": 180.0}, {"Mu": 10, "GantryRtn": 172.0}, {"Mu": 30, "GantryRtn": 165.0}
)


@settings(max_examples=15, deadline=None)
@given(gaps=st.lists(st.floats(0.001, 1.0), min_size=1, max_size=12))
def test_random_lines_never_get_dose_while_they_hold(gaps: list[float]) -> None:
    times = 7.0 + np.cumsum(gaps)
    edges = [(float(time), k % 2 == 0) for k, time in enumerate(times)]
    if len(edges) % 2:
        edges.append((float(times[-1]) + 0.3, False))
    result, keep, digest, violations = deliver(SHORT, edges, machine=CALM)
    assert result.state is State.COMPLETE
    assert violations == ()
    held = held_rows(keep)
    if len(held):
        rise = np.diff(keep.column("mu_actual"), prepend=0.0)[held]
        assert rise.max() < 1e-4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linacsim.machine.linac.BLOCK_TICKS", 3)
        again = deliver(SHORT, edges, machine=CALM)[2]
    assert again.columns() == digest.columns()
