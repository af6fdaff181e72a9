"""The Elekta state table: every stage, every event, one entry each.

Linac states have the names and numbers of TRF logs (research/log-formats.md 2.3), which know one
state, closed, for all that happens before the start; the stages of the console in it have names of
this house. An entry leads somewhere, with an action, or refuses with a reason, or ignores.
"""

from enum import Enum, StrEnum

from linacsim.control.state_table import Entry, Transition, full_row
from linacsim.model.elekta import LinacState
from linacsim.model.signals import State


class Stage(Enum):
    """Stages: linac state, state as all machines share it, name."""

    CLOSED = (LinacState.CLOSED, State.IDLE, "closed")
    PRESCRIBED = (LinacState.CLOSED, State.LOADED, "closed, field prescribed")
    CONFIRMED = (LinacState.CLOSED, State.PREPARED, "closed, field confirmed")
    SETTING_UP = (LinacState.CLOSED, State.MOVING, "closed, setting up")
    INTERSEGMENT = (LinacState.INTERSEGMENT, State.DELIVERING, "intersegment")
    MOVE_ONLY = (LinacState.MOVE_ONLY, State.DELIVERING, "move only")
    RADIATION_ON = (LinacState.RADIATION_ON, State.DELIVERING, "radiation on")
    PAUSE = (LinacState.PAUSE, State.HOLDING, "pause")
    INTERRUPTED = (LinacState.INTERRUPTED, State.INTERRUPTED, "interrupted")
    INTERRUPTED_READY = (LinacState.INTERRUPTED_READY, State.INTERRUPTED, "interrupted ready")
    CHECKING = (LinacState.TERMINATED_CHECKING, State.CHECKING, "terminated checking")
    OK = (LinacState.TERMINATED_OK, State.COMPLETE, "terminated OK")
    FAULT = (LinacState.TERMINATED_FAULT, State.TERMINATED, "terminated fault")

    @property
    def linac(self) -> LinacState:
        """State as a TRF log has it."""
        return self.value[0]

    @property
    def shared(self) -> State:
        """State in the words that all machines of this house share."""
        return self.value[1]

    def __str__(self) -> str:
        """Return the name."""
        return self.value[2]


class Happening(StrEnum):
    """What may happen: operator actions first, then the control system's own observations."""

    PRESCRIBE = "prescribe"
    UNLOAD = "unload"
    CONFIRM = "confirm"
    PARTIAL = "partial field"
    SET_UP = "assisted set-up"
    MOVE = "pendant move"
    START = "MV START"
    INTERRUPT_PRESSED = "INTERRUPT pressed"
    TERMINATE_PRESSED = "TERMINATE pressed"
    MOVE_DONE = "move done"
    BETWEEN = "segment over"
    MOVING = "only moves left"
    RADIATION = "segment ready"
    HELD = "inhibited"
    RELEASED = "inhibit gone"
    INTERRUPT = "interrupt"
    TERMINATE = "terminate"
    BLOCKED = "start inhibited"
    CLEARED = "no inhibit left"
    FINISHED = "prescribed MU delivered"
    CHECKED = "check passed"
    FAILED = "check failed"


class Do(StrEnum):
    """Actions on a transition."""

    TAKE_FIELD = "take field"
    DROP_FIELD = "drop field"
    PLAN = "plan field"
    CUT_FIELD = "keep what is left"
    MOVE = "start move"
    STOP_MOVE = "stop move"
    START = "start field"
    RESTART = "bring axes back, start again"
    HOLD = "stop dose and axes"
    RESUME = "replan from here and go on"
    CLOSE = "stop everything, start check"


Row = dict[Happening, Entry[Stage, Do]]

BUTTONS = (
    Happening.PRESCRIBE,
    Happening.UNLOAD,
    Happening.CONFIRM,
    Happening.PARTIAL,
    Happening.SET_UP,
    Happening.MOVE,
    Happening.START,
)
"""What the operator presses to make something happen; never ignored without a word."""

RUNNING = (Stage.INTERSEGMENT, Stage.MOVE_ONLY, Stage.RADIATION_ON)
"""Stages in which a trajectory runs."""

FROZEN = (*RUNNING, Stage.PAUSE)
"""Stages in which axes that the field does not move must stand still."""

_TAKE = Transition(Stage.PRESCRIBED, Do.TAKE_FIELD)
_DROP = Transition(Stage.CLOSED, Do.DROP_FIELD)
_CLOSE = Transition(Stage.CHECKING, Do.CLOSE)

_IN_HAND: Row = {Happening.PRESCRIBE: _TAKE, Happening.UNLOAD: _DROP}

_STOP: Row = {
    Happening.INTERRUPT_PRESSED: Transition(Stage.INTERRUPTED, Do.HOLD),
    Happening.INTERRUPT: Transition(Stage.INTERRUPTED, Do.HOLD),
    Happening.TERMINATE_PRESSED: _CLOSE,
    Happening.TERMINATE: _CLOSE,
}

_RUN: Row = {
    **_STOP,
    Happening.BETWEEN: Transition(Stage.INTERSEGMENT),
    Happening.MOVING: Transition(Stage.MOVE_ONLY),
    Happening.RADIATION: Transition(Stage.RADIATION_ON),
    Happening.FINISHED: _CLOSE,
}
"""Of a hold nothing is said: moves between segments go on, only radiation waits."""

_INTERRUPTED: Row = {
    Happening.MOVE: Transition(Stage.INTERRUPTED, Do.MOVE),
    Happening.TERMINATE_PRESSED: _CLOSE,
    Happening.TERMINATE: _CLOSE,
}


def _row(refusal: str, entries: Row) -> Row:
    return full_row(Happening, BUTTONS, refusal, entries)


def _move(stage: Stage) -> Row:
    return {Happening.MOVE: Transition(stage, Do.MOVE)}


_RUNNING_WORD = "a field is being delivered: press INTERRUPT first"

TABLE: dict[Stage, Row] = {
    Stage.CLOSED: _row(
        "no field is prescribed", {Happening.PRESCRIBE: _TAKE} | _move(Stage.CLOSED)
    ),
    Stage.PRESCRIBED: _row(
        "confirm the field first",
        {
            **_IN_HAND,
            **_move(Stage.PRESCRIBED),
            Happening.CONFIRM: Transition(Stage.CONFIRMED, Do.PLAN),
            Happening.PARTIAL: Transition(Stage.PRESCRIBED, Do.CUT_FIELD),
        },
    ),
    Stage.CONFIRMED: _row(
        "the field is confirmed: prescribe it again to change it",
        {
            **_IN_HAND,
            **_move(Stage.CONFIRMED),
            Happening.SET_UP: Transition(Stage.SETTING_UP, Do.MOVE),
            Happening.START: Transition(Stage.INTERSEGMENT, Do.START),
        },
    ),
    Stage.SETTING_UP: _row(
        "axes are moving: wait for the set-up to end",
        {
            Happening.MOVE_DONE: Transition(Stage.CONFIRMED),
            Happening.INTERRUPT_PRESSED: Transition(Stage.CONFIRMED, Do.STOP_MOVE),
            Happening.INTERRUPT: Transition(Stage.CONFIRMED, Do.STOP_MOVE),
            Happening.TERMINATE_PRESSED: Transition(Stage.CONFIRMED, Do.STOP_MOVE),
            Happening.TERMINATE: Transition(Stage.CONFIRMED, Do.STOP_MOVE),
        },
    ),
    Stage.INTERSEGMENT: _row(_RUNNING_WORD, _RUN),
    Stage.MOVE_ONLY: _row(_RUNNING_WORD, _RUN),
    Stage.RADIATION_ON: _row(
        _RUNNING_WORD, {**_RUN, Happening.HELD: Transition(Stage.PAUSE, Do.HOLD)}
    ),
    Stage.PAUSE: _row(
        _RUNNING_WORD, {**_STOP, Happening.RELEASED: Transition(Stage.INTERSEGMENT, Do.RESUME)}
    ),
    Stage.INTERRUPTED: _row(
        "the field is interrupted and something inhibits its start",
        {**_INTERRUPTED, Happening.CLEARED: Transition(Stage.INTERRUPTED_READY)},
    ),
    Stage.INTERRUPTED_READY: _row(
        "the field is interrupted: start it again or terminate it",
        {
            **_INTERRUPTED,
            Happening.START: Transition(Stage.PAUSE, Do.RESTART),
            Happening.BLOCKED: Transition(Stage.INTERRUPTED),
            Happening.INTERRUPT: Transition(Stage.INTERRUPTED),
        },
    ),
    Stage.CHECKING: _row(
        "the field is over: wait for its check",
        {
            Happening.CHECKED: Transition(Stage.OK),
            Happening.FAILED: Transition(Stage.FAULT),
        },
    ),
    Stage.OK: _row("the field is over: prescribe another", {**_IN_HAND, **_move(Stage.OK)}),
    Stage.FAULT: _row(
        "the field is over: prescribe what is left of it", {**_IN_HAND, **_move(Stage.FAULT)}
    ),
}


def look_up(stage: Stage, happening: Happening) -> Entry[Stage, Do]:
    """Return the entry of the table; there is one for each pair."""
    return TABLE[stage][happening]


BEGINS = {
    LinacState.INTERSEGMENT: Happening.BETWEEN,
    LinacState.MOVE_ONLY: Happening.MOVING,
    LinacState.RADIATION_ON: Happening.RADIATION,
}
"""What begins a phase of a planned field."""
