"""What a row of the rule table is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.data import Data
from linacsim.dicom.desktop_pro.request import Beam, Request


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a plan breaks a rule, and how."""

    where: str
    """Such as `Beam 2 CP 3`; empty for the plan."""
    found: str


Check = Callable[[Request], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause of the statement."""

    id: str
    clause: str
    """Table or note."""
    tag: int
    """Attribute that is named to the sender."""
    code: Code
    demand: str
    """What the clause demands, in one line."""
    check: Check


def each_beam(check: Callable[[Beam, Request], Iterable[Fault]]) -> Check:
    """Turn a check of one beam into a check of all."""

    @wraps(check)
    def run(request: Request) -> Iterator[Fault]:
        for beam in request.beams:
            yield from check(beam, request)

    return run


def twice(items: Iterable[Data], number: int) -> Iterator[Fault]:
    """Yield a fault for each number that an item before has already."""
    seen = set()
    for item in items:
        found = item.integer(number)
        if found in seen:
            yield Fault(item.where, f"number {found} is there twice")
        seen.add(found)
