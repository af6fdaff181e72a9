"""Beams stopped while carriages are under way: they go on from where everything stands."""

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.conditions import control_point_reaches, state_is
from linacsim.engines.operator import DefaultOperator
from linacsim.invariants import Invariants, Points
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.messages import Action, Operator
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S
from tests.beams import make_beam
from tests.delivering import Kept

MACHINE = load_machine("truebeam-m120")
CARRIAGES = [Axis.CARRIAGE_A, Axis.CARRIAGE_B]
CLOSED = np.concatenate([np.full(60, 10.0), np.full(60, -9.0)])
CLOSED[[5, 65]] = 5.0, -5.0
OTHER = np.concatenate([np.full(60, -8.0), np.full(60, 9.5)])
OTHER[[5, 65]] = -4.0, 4.0
BEAM = make_beam(
    {"Mu": 0, "leaves": CLOSED},
    {"Mu": 20},
    {"leaves": OTHER},
    {"Mu": 40},
)
"""One pair is closed on both sides of the motion: it opens, goes with the carriages, and closes."""


def deliver(stop_at_cp: float | None) -> tuple[Kept, State]:
    agenda = Agenda()
    agenda.start(DefaultOperator(BEAM))
    if stop_at_cp is not None:
        agenda.when(control_point_reaches(stop_at_cp), Operator(Action.BEAM_OFF))
        again = state_is(State.INTERRUPTED)
        agenda.when(again, Operator(Action.MV_READY_PRESS), after_ns=2 * NS_PER_S)
        agenda.when(again, Operator(Action.MV_BEAM_ON), after_ns=5 * NS_PER_S)
    kept, eye = Kept(), Invariants(MACHINE, Points.of(BEAM))
    result = run_batch(Linac(MACHINE, seed=1), agenda, [kept, eye], limit_ns=200 * NS_PER_S)
    eye.close()
    assert eye.violations == ()
    assert result.mu == pytest.approx(40, abs=0.03)
    return kept, result.state


def running(kept: Kept) -> np.ndarray:
    """Return (n - 1,) whether the beam goes on from each tick to the next, as it did before."""
    rises = np.diff(kept.column("cp"), prepend=0.0) > 0
    return np.asarray(rises[1:] & rises[:-1])


def test_carriages_move_with_the_leaves_while_the_beam_is_off() -> None:
    kept, state = deliver(None)
    assert state is State.COMPLETE
    on_way = running(kept)
    moving = on_way & (np.diff(kept.column("expected")[:, CARRIAGES], axis=0) != 0).any(axis=1)
    cp = kept.column("cp")[1:]
    assert not kept.column("beam_on")[1:][moving].any()
    # Carriages rest while the pair opens by 0.25 cm on each side, and while it closes: 0.25 / 2.5 +
    # 2.5 / 50 = 0.15 s each time.
    assert moving.sum() == pytest.approx((on_way & (cp > 1) & (cp <= 2)).sum() - 30, abs=3)


@pytest.mark.parametrize("stop_at_cp", [1.0005, 1.004, 1.5, 1.999])
def test_a_beam_stopped_while_carriages_move_goes_on_from_there(stop_at_cp: float) -> None:
    kept, state = deliver(stop_at_cp)
    assert state is State.COMPLETE
    expected, actual = kept.column("expected"), kept.column("actual")
    cp = kept.column("cp")
    assert (np.diff(cp) >= 0).all()
    # No jump where it goes on: carriages at 1.2 cm/s, leaves at 2.5 cm/s more.
    step = np.abs(np.diff(expected, axis=0))[running(kept), Axis.CARRIAGE_A :].max(axis=0)
    assert (step[:2] <= 0.012 + 1e-9).all()
    assert (step[2:] <= 0.037 + 1e-9).all()
    away = actual[-1] - expected[-1]
    assert np.abs(away[Axis.CARRIAGE_A :]).max() < 0.005
    assert expected[-1, MACHINE.layout.leaves] == pytest.approx(OTHER)
    assert expected[-1, CARRIAGES].sum() == pytest.approx(MACHINE.mlc.least_carriage_sum_cm)


def test_the_stop_takes_no_longer_than_the_way_back_to_speed() -> None:
    whole, stopped = (len(deliver(cp)[0].column("cp")) for cp in (None, 1.5))
    # Both ramps of the slower carriage once more: 1.2 cm/s at 20 cm/s2, and lead-in ticks.
    assert 0 < stopped - whole < 25
