"""What the state tables of all machines are made of: one entry for each state and each event.

An entry leads somewhere, with the action to take on the way, or refuses with the reason that the
operator is told, or ignores the event because it means nothing there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from linacsim.model.findings import InputError

Target = TypeVar("Target", covariant=True)
Happening = TypeVar("Happening", bound=Enum)
Do = TypeVar("Do", bound=Enum, covariant=True)


@dataclass(frozen=True, slots=True)
class Transition(Generic[Target, Do]):
    """The event leads to `target`."""

    target: Target
    action: Do | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The event is refused; the operator is told why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """The event means nothing in this state."""


Entry = Transition[Target, Do] | Refusal | Ignored


def full_row(
    happenings: Iterable[Happening],
    buttons: Iterable[Happening],
    refusal: str,
    entries: Mapping[Happening, Entry[Target, Do]],
) -> dict[Happening, Entry[Target, Do]]:
    """Return a full row: given entries, then refusals for buttons, the rest ignored."""
    row: dict[Happening, Entry[Target, Do]] = {happening: Ignored() for happening in happenings}
    row |= {button: Refusal(refusal) for button in buttons}
    return row | dict(entries)


def way(entry: Entry[Target, Do], happening: Enum) -> Transition[Target, Do] | None:
    """Return where an event leads; None: nowhere. Raises InputError where it is refused."""
    if isinstance(entry, Refusal):
        raise InputError(f"{happening.value}: {entry.reason}")
    return entry if isinstance(entry, Transition) else None
