"""What an element may hold: the one source of element order for reader and writer.

A `Shape` maps an element to a record: attributes and children in schema order. A `Row` is an
element that only holds a list, an `OneOf` one that holds a single child of several kinds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from types import MappingProxyType
from typing import Any

from linacsim.formats.truebeam_xml.values import Scalar


@dataclass(frozen=True, slots=True)
class Part:
    """A child element or attribute, and the record's field it goes to."""

    name: str
    field: str
    kind: "Kind"
    least: int = 0
    most: int | None = 1
    """None: any number."""
    only_in: str | None = None
    """The dialect that alone has this part; None: the 2.0 schema has it."""

    @property
    def is_list(self) -> bool:
        """Whether the field is a tuple."""
        return self.most != 1


@dataclass(frozen=True, slots=True)
class Shape:
    """An element that becomes one record."""

    record: Callable[..., Any]
    parts: tuple[Part, ...] = ()
    attributes: tuple[Part, ...] = ()
    ordered: bool = True
    """False for xs:all."""
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of children of which at most one may be present."""
    needed: tuple[tuple[str, ...], ...] = ()
    """Groups of children of which at least one must be present."""
    text: str | None = None
    """Field that takes the element's text."""
    tag: str | None = None
    """Field that takes the element's own name."""
    content: str | None = None
    """Field that takes all children as XML text."""
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names of 1.x by their meaning in this table."""
    misspelt: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names that are plainly meant for one of this table, by that one."""

    @property
    def has_line(self) -> bool:
        """Whether the record keeps the line of its element."""
        record = self.record
        return is_dataclass(record) and any(item.name == "line" for item in fields(record))


@dataclass(frozen=True, slots=True)
class Row:
    """An element that holds a list of records."""

    items: Mapping[str, Shape]
    least: int = 1


@dataclass(frozen=True, slots=True)
class OneOf:
    """An element that holds exactly one of several records."""

    items: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Flag:
    """An element that says something by being there; its field is not filled."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An element that a module of its own reads and writes."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An element whose children are kept as XML text."""


Kind = Scalar | Shape | Row | OneOf | Flag | Elsewhere | Raw


def blank(kind: Kind) -> Any:
    """Return the stand-in for a mandatory part that is missing."""
    match kind:
        case Scalar():
            return kind.fallback
        case Row() | Raw():
            return ()
        case OneOf():
            return blank(next(iter(kind.items.values())))
        case Flag() | Elsewhere():
            return None
    filled = {
        part.field: () if part.is_list else blank(part.kind)
        for part in kind.parts + kind.attributes
        if part.least
    }
    extras = {name: "" for name in (kind.text, kind.tag) if name}
    return kind.record(**filled, **extras)
