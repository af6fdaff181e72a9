"""Pages that open from disk: sections of text, facts, tables and pictures in one HTML file.

Every report of the house (a delivery, a comparison, a regression) is such a page, so that they
look alike, carry the same words of safety and load nothing from anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SAFETY = "Research and test use only. Not for clinical decisions."


class Mood(StrEnum):
    """How a notice is meant; it is also told by a word, not by colour alone."""

    GOOD = "good"
    BAD = "bad"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that stands out."""

    text: str
    mood: Mood = Mood.NOTE


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with a text each."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below headings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: Sequence[str] = ()
    """Headings of columns that are aligned left; the others are aligned right."""
    caption: str = ""
    folded: bool = False
    """Shown only when the reader opens it; then the caption says what it is."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, whole in the page."""

    svg: bytes
    caption: str
    """What it shows and how to read it; also what a screen reader tells."""


Block = Notice | Text | Heading | Facts | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks below a heading."""

    title: str
    blocks: Sequence[Block]
    anchor: str = field(default="")
    """Name to link to; by default made of the title."""

    def name(self) -> str:
        """Return the name to link to."""
        words = "".join(c if c.isalnum() else " " for c in (self.anchor or self.title).lower())
        return "-".join(words.split()) or "section"


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    notices: Sequence[Notice] = ()
    """Above everything else: the verdict, what the reader must know."""
    provenance: Sequence[tuple[str, str]] = ()
    """Where all this comes from: files with digests, versions, date."""
