"""The order tables by parent and child name: which names stand for others, which hold what."""

from collections.abc import Iterable
from functools import cache

from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, SET_BEAM, SUB_BEAM
from linacsim.formats.truebeam_xml.shapes import Kind, OneOf, Row, Shape
from linacsim.formats.truebeam_xml.values import Scalar

Pair = tuple[str, str]
"""Parent and child element."""


@cache
def renamed() -> dict[Pair, str]:
    """Return the 2.0 name of each element that has another name in 1.x or is often misspelt."""
    return {
        (element, old): new
        for element, shape in _shapes("SetBeam", SET_BEAM)
        for old, new in (*shape.aliases.items(), *shape.misspelt.items())
    }


@cache
def scalars() -> dict[Pair, Scalar]:
    """Return the type of each element that holds a simple value."""
    points = Shape(dict, CP_PARTS)
    found = [*_shapes("SetBeam", SET_BEAM), ("Cp", points), ("SubBeam", SUB_BEAM)]
    return {
        (element, part.name): part.kind
        for element, shape in found
        for part in shape.parts
        if isinstance(part.kind, Scalar)
    }


def _shapes(name: str, kind: Kind) -> Iterable[tuple[str, Shape]]:
    """Yield every shape below an element with the element's name."""
    if isinstance(kind, Row | OneOf):
        for child, shape in kind.items.items():
            yield from _shapes(child, shape)
    elif isinstance(kind, Shape):
        yield name, kind
        for part in kind.parts:
            yield from _shapes(part.name, part.kind)
