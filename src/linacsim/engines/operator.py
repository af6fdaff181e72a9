"""The default operator: load, prepare, go to, MV READY held, beam on.

Manual, "Loading and delivering an XML Beam". The operator reacts to what the console shows, a
moment after it shows it. Where something blocks the start, as a device that is not live, it waits
until that is over and presses again; where a button is refused for another reason, it gives up.
"""

import numpy as np
from simpy import Event

from linacsim.control.interlocks import BIT, TABLE
from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.conditions import state_is
from linacsim.model.arrays import Bools
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field
from linacsim.model.interlocks import Effect
from linacsim.model.messages import Action, Load, Operator, Prescribe
from linacsim.model.signals import Frames, State
from linacsim.model.time import NS_PER_S, TICK_NS

REACTION_NS = NS_PER_S // 2
"""Half a second between what the operator sees and does; chosen, it only moves the start."""

MOST_PRESSES = 10
"""Of a button that something blocks again and again, before the operator gives up."""
MOST_LOOKS = 120
"""At the console, while something blocks: the operator's patience is a minute."""

_INHIBITS = sum(BIT[row.name] for row in TABLE if Effect.BLOCK_START in row.effects)
_PASSING = sum(BIT[row.name] for row in TABLE if Effect.HOLD in row.effects and not row.latching)
"""What holds goes by itself; other blocks need somebody to do something."""


class DefaultOperator:
    """Delivers one beam the usual way."""

    def __init__(self, beam: Beam, *, go_to: bool = True) -> None:
        """Deliver `beam`; `go_to` False leaves the axes where they stand."""
        self._beam = beam
        self._go_to = go_to

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        agenda.post(Load(self._beam))
        yield agenda.wait(REACTION_NS)
        agenda.post(Operator(Action.PREPARE))
        yield agenda.until(state_is(State.PREPARED))
        yield agenda.wait(REACTION_NS)
        if self._go_to:
            agenda.post(Operator(Action.GO_TO, "all"))
            yield agenda.until(state_is(State.PREPARED))
            yield agenda.wait(REACTION_NS)
        if self._beam.energy.endswith("k"):
            agenda.post(Operator(Action.KV_BEAM_ON))
            return
        for _ in range(MOST_PRESSES):
            blocked = agenda.until(stands_blocked)
            yield from self._start(agenda, blocked)
            if not blocked.triggered:
                return
            clear = agenda.until(stands_prepared)
            for _ in range(MOST_LOOKS):
                if clear.triggered:
                    break
                yield agenda.wait(REACTION_NS) | clear
            yield agenda.wait(REACTION_NS)
            if not clear.triggered:
                return

    @staticmethod
    def _start(agenda: Agenda, blocked: Event) -> Steps:
        """Press MV READY and MV BEAM ON, unless something blocks it meanwhile."""
        agenda.post(Operator(Action.MV_READY_PRESS))
        yield agenda.until(state_is(State.READY)) | blocked
        yield agenda.wait(REACTION_NS) | blocked
        if not blocked.triggered:
            agenda.post(Operator(Action.MV_BEAM_ON))
            yield agenda.until(state_is(State.DELIVERING, State.HOLDING)) | blocked


class FieldOperator:
    """Delivers one prescribed field the usual way: confirm, assisted set-up, start."""

    def __init__(self, field: Field, *, set_up: bool = True) -> None:
        """Deliver `field`; `set_up` False leaves the axes where they stand."""
        self._field = field
        self._set_up = set_up

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        agenda.post(Prescribe(self._field))
        yield agenda.wait(REACTION_NS)
        agenda.post(Operator(Action.PREPARE))
        yield agenda.until(state_is(State.PREPARED))
        yield agenda.wait(REACTION_NS)
        if self._set_up:
            agenda.post(Operator(Action.GO_TO, "all"))
            yield agenda.wait(TICK_NS)
            yield agenda.until(stands_prepared)
            yield agenda.wait(REACTION_NS)
        agenda.post(Operator(Action.MV_BEAM_ON))


def stands_prepared(frames: Frames) -> Bools:
    """Flag ticks in which what is prepared has nothing that inhibits its start."""
    return np.asarray((frames.state == State.PREPARED) & ~_inhibited(frames))


def stands_blocked(frames: Frames) -> Bools:
    """Flag ticks in which only what passes by itself inhibits the start of what is prepared."""
    lasting = (frames.interlocks & (_INHIBITS & ~_PASSING)) != 0
    return np.asarray((frames.state == State.PREPARED) & _inhibited(frames) & ~lasting)


def _inhibited(frames: Frames) -> Bools:
    return np.asarray((frames.interlocks & _INHIBITS) != 0)
