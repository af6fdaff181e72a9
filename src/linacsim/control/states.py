"""The TrueBeam state table: every state, every event, one entry each.

States and events are in the words of the manual ("Loading and delivering an XML Beam",
"Limitations"). An entry either leads somewhere, with the action to take on the way, or refuses
with the reason the operator is told, or ignores the event because it means nothing there. What
actions do is elsewhere (`supervisor`); the diagram in the docs is generated from this table.
"""

from enum import StrEnum

from linacsim.control.state_table import Entry, Ignored, Refusal, Transition, full_row
from linacsim.model.interlocks import Effect
from linacsim.model.signals import State


class Happening(StrEnum):
    """What may happen to the supervisor: operator actions first, then its own observations."""

    LOAD = "load"
    UNLOAD = "unload"
    PREPARE = "PREPARE"
    GO_TO = "Go To"
    MOVE = "pendant move"
    MV_READY_PRESS = "MV READY pressed"
    MV_READY_RELEASE = "MV READY released"
    MV_BEAM_ON = "MV BEAM ON"
    KV_BEAM_ON = "kV BEAM ON"
    BEAM_OFF = "BEAM OFF"
    MOVE_DONE = "move done"
    CHECK_DONE = "check done"
    BLOCKED = "start blocked"
    FINISHED = "trajectory finished"
    HELD = "hold"
    RELEASED = "hold released"
    INTERRUPT = "interrupt"
    TERMINATE = "terminate"


class Do(StrEnum):
    """Actions on a transition."""

    TAKE_BEAM = "take beam"
    DROP_BEAM = "drop beam"
    PLAN = "plan trajectory"
    MOVE = "start move"
    STOP_MOVE = "stop move"
    CHECK = "freeze axes, start check"
    START = "start or resume"
    HOLD = "hold"
    RESUME = "replan from here and go on"
    BRAKE = "brake all axes"
    FINISH = "stay at the end"


STANDBY = None
"""Where a given-up start goes back to: PREPARED, or INTERRUPTED once dose or motion has begun."""


Row = dict[Happening, Entry[State | None, Do]]
"""Events lead to a `State`, or to `STANDBY`."""

_NO_BEAM = "no beam is loaded"
_NOT_PREPARED = "press PREPARE first"
_NOT_READY = "MV BEAM ON is not lit: press and hold MV READY first"
_RUNNING = "the beam is running: press BEAM OFF first"
_MOVING = "axes are moving: wait for the Go To to end"
_FROZEN = "axes are frozen: release MV READY or press BEAM OFF first"
_INTERRUPTED = "the beam is interrupted: resume it or load it again"
_OVER = "the beam is over: load it again"

_TAKE = Transition(State.LOADED, Do.TAKE_BEAM)
_DROP = Transition(State.IDLE, Do.DROP_BEAM)

BUTTONS = (
    Happening.LOAD,
    Happening.UNLOAD,
    Happening.PREPARE,
    Happening.GO_TO,
    Happening.MOVE,
    Happening.MV_READY_PRESS,
    Happening.MV_BEAM_ON,
    Happening.KV_BEAM_ON,
)
"""What the operator presses to make something happen; never ignored without a word."""


def _row(state: State, refusal: str, entries: Row) -> Row:
    row: Row = full_row(Happening, BUTTONS, refusal, entries)
    if state in _PENDANT:
        row[Happening.MOVE] = Transition(state, Do.MOVE)
    return row


_PENDANT = frozenset(
    {
        State.IDLE,
        State.LOADED,
        State.PREPARED,
        State.INTERRUPTED,
        State.COMPLETE,
        State.TERMINATED,
    }
)
"""States in which the pendant may move an axis: before READY and after beam-off."""

_WAIT_FOR_BEAM_ON: Row = {
    Happening.BLOCKED: Transition(STANDBY),
    Happening.BEAM_OFF: Transition(STANDBY),
    Happening.INTERRUPT: Transition(STANDBY),
    Happening.TERMINATE: Transition(State.TERMINATED),
}

_STOP: Row = {
    Happening.BEAM_OFF: Transition(State.INTERRUPTED, Do.BRAKE),
    Happening.INTERRUPT: Transition(State.INTERRUPTED, Do.BRAKE),
    Happening.TERMINATE: Transition(State.TERMINATED, Do.BRAKE),
}

TABLE: dict[State, Row] = {
    State.IDLE: _row(State.IDLE, _NO_BEAM, {Happening.LOAD: _TAKE}),
    State.LOADED: _row(
        State.LOADED,
        _NOT_PREPARED,
        {
            Happening.LOAD: _TAKE,
            Happening.UNLOAD: _DROP,
            Happening.PREPARE: Transition(State.PREPARED, Do.PLAN),
        },
    ),
    State.PREPARED: _row(
        State.PREPARED,
        _NOT_READY,
        {
            Happening.LOAD: _TAKE,
            Happening.UNLOAD: _DROP,
            Happening.PREPARE: Refusal("the beam is prepared already"),
            Happening.GO_TO: Transition(State.MOVING, Do.MOVE),
            Happening.MV_READY_PRESS: Transition(State.CHECKING, Do.CHECK),
            Happening.KV_BEAM_ON: Transition(State.DELIVERING, Do.START),
        },
    ),
    State.MOVING: _row(
        State.MOVING,
        _MOVING,
        {
            Happening.MOVE_DONE: Transition(State.PREPARED),
            Happening.BEAM_OFF: Transition(State.PREPARED, Do.STOP_MOVE),
            Happening.INTERRUPT: Transition(State.PREPARED, Do.STOP_MOVE),
            Happening.TERMINATE: Transition(State.TERMINATED, Do.STOP_MOVE),
        },
    ),
    State.CHECKING: _row(
        State.CHECKING,
        _FROZEN,
        {
            **_WAIT_FOR_BEAM_ON,
            Happening.MV_READY_PRESS: Ignored(),
            Happening.MV_READY_RELEASE: Transition(STANDBY),
            Happening.CHECK_DONE: Transition(State.READY),
            Happening.MV_BEAM_ON: Refusal("the pre-beam check is still running"),
        },
    ),
    State.READY: _row(
        State.READY,
        _FROZEN,
        {
            **_WAIT_FOR_BEAM_ON,
            Happening.MV_READY_PRESS: Ignored(),
            Happening.MV_BEAM_ON: Transition(State.DELIVERING, Do.START),
            Happening.KV_BEAM_ON: Refusal("this beam has MV radiation: press MV BEAM ON"),
        },
    ),
    State.DELIVERING: _row(
        State.DELIVERING,
        _RUNNING,
        {
            **_STOP,
            Happening.FINISHED: Transition(State.COMPLETE, Do.FINISH),
            Happening.HELD: Transition(State.HOLDING, Do.HOLD),
        },
    ),
    State.HOLDING: _row(
        State.HOLDING,
        _RUNNING,
        {**_STOP, Happening.RELEASED: Transition(State.DELIVERING, Do.RESUME)},
    ),
    State.INTERRUPTED: _row(
        State.INTERRUPTED,
        _INTERRUPTED,
        {
            Happening.LOAD: _TAKE,
            Happening.UNLOAD: _DROP,
            Happening.GO_TO: Refusal(
                "the machine does not drive axes back to where a beam was interrupted"
            ),
            Happening.MV_READY_PRESS: Transition(State.CHECKING, Do.CHECK),
            Happening.KV_BEAM_ON: Transition(State.DELIVERING, Do.START),
            Happening.TERMINATE: Transition(State.TERMINATED),
        },
    ),
    State.COMPLETE: _row(State.COMPLETE, _OVER, {Happening.LOAD: _TAKE, Happening.UNLOAD: _DROP}),
    State.TERMINATED: _row(
        State.TERMINATED, _OVER, {Happening.LOAD: _TAKE, Happening.UNLOAD: _DROP}
    ),
}


def look_up(state: State, happening: Happening) -> Entry[State | None, Do]:
    """Return the entry of the table; there is one for each pair."""
    return TABLE[state][happening]


FROZEN = frozenset({State.CHECKING, State.READY, State.DELIVERING, State.HOLDING})
"""States in which axes that the beam does not move must stand still."""

STANDING = frozenset({State.PREPARED, State.CHECKING, State.READY, State.INTERRUPTED})
"""States in which it matters whether axes are where the beam starts or resumes."""

OBEYED = (
    (Effect.TERMINATE, Happening.TERMINATE),
    (Effect.INTERRUPT, Happening.INTERRUPT),
    (Effect.BLOCK_START, Happening.BLOCKED),
    (Effect.HOLD, Happening.HELD),
)
"""What active effects make happen, the gravest first."""
