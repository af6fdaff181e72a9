"""Go To and the pendant at the console."""

import numpy as np
import pytest

from linacsim.control.states import Happening
from linacsim.model.axes import Axis
from linacsim.model.messages import Action, Fault, FaultKind, Load, Operator
from linacsim.model.signals import State
from tests.beams import make_beam
from tests.console import Console
from tests.situations import PRESSES, STATIC, moving


@pytest.mark.parametrize("press", [p for p in PRESSES if p is not Happening.MOVE])
def test_nothing_else_is_started_while_the_pendant_moves_an_axis(press: Happening) -> None:
    console = Console(STATIC).to(State.PREPARED)
    console.press(Action.MOVE, "CouchLat", 5.0)
    console.run(5)
    told = console.send(PRESSES[press])
    if press in (Happening.BEAM_OFF, Happening.MV_READY_RELEASE):
        return
    assert told[0].kind == "refused"
    assert console.state is State.PREPARED


def test_the_pendant_moves_one_axis_there_and_no_other() -> None:
    console = Console()
    before = console.position.copy()
    console.press(Action.MOVE, "CouchLat", -3.0)
    console.rest()
    way = console.position - before
    assert way[Axis.COUCH_LAT] == pytest.approx(-3.0, abs=0.02)
    assert np.abs(np.delete(way, Axis.COUCH_LAT)).max() < 0.02


@pytest.mark.parametrize(
    ("action", "argument", "value", "words"),
    [
        (Action.MOVE, "CouchLat", 1e6, "range"),
        (Action.MOVE, "Table", 1.0, "no axis"),
        (Action.GO_TO, "table", 0.0, "no Go To group"),
        (Action.MOUNT, "5", 4001, "slots are 1 to 4"),
        (Action.OVERRIDE, "MOTION", 0.0, "no interlock"),
        (Action.OVERRIDE, "DOOR", 0.0, "not up"),
    ],
)
def test_nonsense_is_refused_in_one_line(
    action: Action, argument: str, value: float, words: str
) -> None:
    console = Console(STATIC).to(State.PREPARED)
    reason = console.refusal(action, argument, value)
    assert words in reason
    assert "\n" not in reason
    assert console.state is State.PREPARED


def test_an_unknown_beam_hold_device_is_refused() -> None:
    told = Console().send(Fault(FaultKind.BEAM_HOLD_READY, "16", 1.0))
    assert [e.kind for e in told] == ["refused"]


def test_go_to_is_stopped_by_beam_off_where_the_axes_come_to_rest() -> None:
    console = moving()
    console.run(100)
    console.press(Action.BEAM_OFF)
    assert console.state is State.PREPARED
    console.rest()
    rest = console.position.copy()
    assert 150 < rest[Axis.GANTRY_RTN] < 180
    console.run(50)
    assert np.array_equal(console.position, rest)


def test_go_to_moves_its_group_only() -> None:
    beam = make_beam({"Mu": 0, "GantryRtn": 175.0, "CouchLat": 99.0, "CouchRtn": 179.0}, {"Mu": 1})
    console = Console(beam)
    console.send(Load(beam), Operator(Action.PREPARE), Operator(Action.GO_TO, "couch_linear"))
    console.rest()
    at = console.position[[Axis.GANTRY_RTN, Axis.COUCH_LAT, Axis.COUCH_RTN]]
    assert at == pytest.approx([180.0, 99.0, 180.0], abs=0.03)
    assert console.state is State.PREPARED
