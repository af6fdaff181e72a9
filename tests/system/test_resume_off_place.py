"""A beam that is resumed with an axis off its place, within tolerance, first drives it there."""

import numpy as np
import pytest

from linacsim.invariants import Invariants, Points
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.messages import Action
from linacsim.model.signals import State
from tests.beams import make_beam
from tests.console import Console

MACHINE = load_machine("truebeam-m120")
BEAM = make_beam({"Mu": 0, "X1": 5.0}, {"X1": 15.0}, {"Mu": 5})


@pytest.mark.parametrize("ticks", [4, 10, 12, 14])
def test_nothing_is_caught_up_at_more_than_full_speed(ticks: int) -> None:
    console = Console(BEAM).to(State.DELIVERING)
    console.run(ticks)
    console.press(Action.BEAM_OFF)
    console.rest()
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)
    console.press(Action.MV_BEAM_ON)
    console.until(State.COMPLETE)
    eye = Invariants(MACHINE, Points.of(BEAM))
    for frames in console.frames:
        eye.write(frames)
    eye.close()
    assert [str(one) for one in eye.violations] == []
    x1 = np.concatenate([frames.actual[:, Axis.X1] for frames in console.frames])
    assert np.abs(np.diff(x1)).max() / 0.01 < 1.02 * MACHINE.axes.max_speed[Axis.X1]
