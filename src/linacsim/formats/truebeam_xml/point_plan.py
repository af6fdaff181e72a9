"""Where the values of a control point stand, by the names of its elements in document order."""

from collections.abc import Sequence
from dataclasses import dataclass

from linacsim.formats.truebeam_xml.point_table import MLC, SLOTS

_MLC_NAMES = ("ID", "B", "A")


@dataclass(frozen=True, slots=True)
class Plan:
    """Places count from the Cp element itself, which has place 0."""

    numbers: tuple[tuple[int, int], ...]
    """Place and column of each single number."""
    mlc: int | None
    """Place of Mlc; ID, B and A follow."""
    others: tuple[int, ...]
    """Places of elements that are read one by one."""
    holders: tuple[int, ...]
    """Places of elements that hold others and no text."""


def plan_for(names: Sequence[str], counts: Sequence[int]) -> Plan | None:
    """Return the plan for a Cp element and all below it, by names and numbers of children.

    None if the elements are not nested and ordered as in the schema.
    """
    numbers: list[tuple[int, int]] = []
    others: list[int] = []
    mlc = None
    last, place, children = -1, 1, 0
    while place < len(names):
        order, column = SLOTS.get(names[place], (-1, 0))
        if order <= last:
            return None
        below = counts[place]
        if any(counts[place + 1 : place + 1 + below]):
            return None
        if column == MLC:
            if tuple(names[place + 1 : place + 4]) != _MLC_NAMES or below != len(_MLC_NAMES):
                return None
            mlc = place
        elif below and names[place] != "SubBeam":
            return None
        elif column >= 0:
            numbers.append((place, column))
        else:
            others.append(place)
        last = order
        children += 1
        place += 1 + below
    if children != counts[0]:
        return None
    holders = tuple(place for place, below in enumerate(counts) if below)
    return Plan(tuple(numbers), mlc, tuple(others), holders)
