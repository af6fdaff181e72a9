"""Conditions on frames, tick by tick, for actors that wait for the machine.

A condition takes frames of n ticks and returns (n,) flags.
"""

import numpy as np

from linacsim.control.interlocks import BIT
from linacsim.model.arrays import Bools
from linacsim.model.signals import Condition, Frames, State


def state_is(*states: State) -> Condition:
    """Return the condition that the supervisor is in one of the states."""
    wanted = np.zeros(len(State), dtype=bool)
    wanted[list(states)] = True
    return lambda frames: wanted[frames.state]


def mu_reaches(mu: float) -> Condition:
    """Return the condition that the actual MU is at least `mu`."""
    return lambda frames: frames.mu_actual >= mu


def control_point_reaches(cp: float) -> Condition:
    """Return the condition that the fractional control point is at least `cp`."""
    return lambda frames: frames.cp >= cp


def interlock_up(name: str) -> Condition:
    """Return the condition that the interlock is up."""
    return lambda frames: (frames.interlocks & BIT[name]) != 0


def any_of(*conditions: Condition) -> Condition:
    """Return the condition that one of several is met."""

    def met(frames: Frames) -> Bools:
        flags = np.zeros(len(frames), dtype=bool)
        for condition in conditions:
            flags |= condition(frames)
        return flags

    return met
