"""When something in a scenario happens: at a time, or when the machine comes to something."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.conditions import (
    control_point_reaches,
    interlock_up,
    mu_reaches,
    state_is,
)
from linacsim.model.signals import Condition, State
from linacsim.model.time import to_ns
from linacsim.scenario.words import InterlockName, Seconds, StateName, Strict


class When(Strict):
    """One thing that the machine comes to."""

    state: StateName | None = None
    """The supervisor is in this state."""
    mu: Annotated[float, Field(ge=0)] | None = None
    """So many MU are delivered."""
    control_point: Annotated[float, Field(ge=0)] | None = None
    """The beam is at this fractional control point or beyond."""
    interlock: InterlockName | None = None
    """This interlock is up."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self

    def condition(self) -> Condition:
        """Return it as a condition on frames."""
        if self.state is not None:
            return state_is(State[self.state])
        if self.mu is not None:
            return mu_reaches(self.mu)
        if self.control_point is not None:
            return control_point_reaches(self.control_point)
        assert self.interlock is not None
        return interlock_up(self.interlock)


class Timed(Strict):
    """Something that happens at a time or when the machine comes to something."""

    at_s: Seconds | None = None
    """Time since the machine was switched on."""
    when: When | None = None
    after_s: Seconds = 0.0
    """Further delay."""

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.at_s is not None and self.when is not None:
            raise ValueError("give at_s or when, not both")
        return self

    def awaited(self, agenda: Agenda) -> Steps:
        """Wait until it is due; a time that has passed is due at once."""
        if self.at_s is not None:
            yield agenda.wait(max(0, to_ns(self.at_s) - agenda.now_ns))
        elif self.when is not None:
            yield agenda.until(self.when.condition())
        if self.after_s:
            yield agenda.wait(to_ns(self.after_s))
