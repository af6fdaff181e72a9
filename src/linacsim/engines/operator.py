"""The default operator: load, prepare, go to, MV READY held, beam on.

Manual, "Loading and delivering an XML Beam". The operator reacts to what the console shows, a
moment after it shows it, and gives up where a button is refused.
"""

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.conditions import state_is
from linacsim.model.beam import Beam
from linacsim.model.messages import Action, Load, Operator
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S

REACTION_NS = NS_PER_S // 2
"""Half a second between what the operator sees and does; chosen, it only moves the start."""


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
        agenda.post(Operator(Action.MV_READY_PRESS))
        yield agenda.until(state_is(State.READY))
        yield agenda.wait(REACTION_NS)
        agenda.post(Operator(Action.MV_BEAM_ON))
