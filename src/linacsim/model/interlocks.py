"""Interlocks as rows: what they do, whether they latch, who may override them."""

from dataclasses import dataclass
from enum import Flag, IntEnum, auto


class Effect(Flag):
    """What an active interlock does; the state machine sees nothing else of it."""

    NONE = 0
    BLOCK_START = auto()
    HOLD = auto()
    INTERRUPT = auto()
    TERMINATE = auto()


class Right(IntEnum):
    """User rights (manual, "Overwriting Interlocks")."""

    BASIC = 0
    SERVICE = 1


NOBODY: None = None


@dataclass(frozen=True, slots=True)
class Interlock:
    """One row of the interlock table."""

    name: str
    effects: Effect
    latching: bool
    override: Right | None
    """Lowest right that may override it; None: nobody."""
    text: str
    """What it says to people; `{detail}` is filled in."""
    source: str
