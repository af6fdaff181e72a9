"""Takes regular control points out of a document before the XML parser sees it.

A long beam is nearly all numbers: of a file of 7 MB, 5000 control points with 120 leaves each. A
point is regular if it consists of known elements in schema order, without attributes, comments or
entities, each holding plain numbers and nothing else. Such points are read here, many numbers at
once, and leave a mark and their line ends behind; all others stay for the XML parser.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from linacsim.formats.truebeam_xml.numerals import parse_lists, parse_singles
from linacsim.formats.truebeam_xml.point_table import MLC, NUMBERS, SLOTS
from linacsim.model.arrays import Floats

MARK = "@point "
"""Stands with a row number in place of a regular point."""
BATCH = 512
"""Points that are turned into arrays together."""
BANKS = 256
"""Leaf banks that are turned into arrays together: few enough for the processor's cache."""

_OPEN = b"<Cp>"
_CLOSE = re.compile(rb"</Cp>")
_BLANKS = b" \t\r\n"
_MLC_TAGS = (b"ID", b"/ID", b"B", b"/B", b"A", b"/A", b"/Mlc")


@dataclass(frozen=True, slots=True)
class Regular:
    """m regular points and the document without them."""

    data: bytes
    numbers: Floats
    """(m, 15) by the columns of NUMBERS."""
    leaves: Floats
    """(m, 2 * pairs) bank A, bank B, NaN where the point has no Mlc."""


@dataclass(frozen=True, slots=True)
class _Form:
    """Where the values stand among the texts between the tags of a point."""

    columns: tuple[int, ...]
    numbers: tuple[int, ...]
    mlc: int | None
    """Place of the text of ID; those of B and A follow two and four places later."""
    gaps: tuple[int, ...]
    """Places that hold blanks only."""


def take_out(data: bytes) -> Regular | None:
    """Return the regular points of a document and what is left, None if there are none.

    The first point is never taken out: it must hold more than numbers. Nothing is taken out of a
    document that could mean something else by the text of a point or by the mark.
    """
    start = data.find(b"<ControlPoints>")
    end = data.rfind(b"</ControlPoints>")
    if not 0 <= start < end:
        return None
    # One character is found much faster than several, and is hardly ever there.
    if (b"@" in data and MARK.encode() in data) or (b"[" in data and b"<![CDATA[" in data):
        return None
    bodies = list(_bodies(data, start, end))
    taken = _Taken(data, len(bodies), _alternate(data, start, end))
    for first, last in bodies:
        taken.offer(first, last)
    return taken.result()


def _bodies(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the content of each Cp but the first begins and ends."""
    closes = [match.start() for match in _CLOSE.finditer(data, start, end)]
    for before, last in pairwise(closes):
        first = data.find(_OPEN, before, last)
        if first >= 0:
            yield first + len(_OPEN), last


def _alternate(text: bytes, start: int, end: int) -> bool:
    """Return whether brackets open and close in turn; a bracket inside a comment breaks that."""
    octets = np.frombuffer(text, np.uint8, end - start, start)
    opened, closed = np.flatnonzero(octets == ord("<")), np.flatnonzero(octets == ord(">"))
    return (
        len(opened) == len(closed)
        and bool((opened < closed).all())
        and bool((closed[:-1] < opened[1:]).all())
    )


class _Taken:
    """Points taken out so far, and a batch that waits to be read."""

    def __init__(self, data: bytes, most: int, alternate: bool) -> None:
        self._data = data
        self._alternate = alternate
        self._forms: dict[tuple[bytes, ...], _Form | None] = {}
        self._tags: list[bytes] | None = None
        self._form: _Form | None = None
        self._pieces: list[bytes] = []
        self._kept_from = 0
        self._count = 0
        self._numbers: Floats = np.full((most, len(NUMBERS)), np.nan)
        self._leaves: Floats = np.full((most, 0), np.nan)
        self._start_batch()

    def _start_batch(self) -> None:
        self._spans: list[tuple[int, int, int]] = []
        """Where the content of each point begins and ends, and how many lines it has."""
        self._where: list[int] = []
        self._texts: list[bytes] = []
        self._rows: list[int] = []
        self._banks: list[bytes] = []

    def offer(self, first: int, last: int) -> None:
        """Add a point to the batch if its form is regular."""
        if not (self._alternate or _alternate(self._data, first, last)):
            return
        fields = self._data[first:last].replace(b">", b"<").split(b"<")
        texts, tags = fields[0::2], fields[1::2]
        if tags != self._tags:
            self._tags, self._form = tags, self._form_of(tuple(tags))
        form = self._form
        if form is None:
            return
        blanks = b"".join([texts[place] for place in form.gaps])
        if blanks.strip(_BLANKS):
            return
        row = self._count + len(self._spans)
        if form.mlc is not None:
            number, bank_b, bank_a = texts[form.mlc : form.mlc + 5 : 2]
            if number != b"1":
                return
            self._rows.append(row)
            self._banks += (bank_a, bank_b)
        base = row * len(NUMBERS)
        self._where += [base + column for column in form.columns]
        self._texts += [texts[place] for place in form.numbers]
        self._spans.append((first, last, blanks.count(b"\n")))
        if len(self._spans) == BATCH:
            self._finish_batch()

    def _form_of(self, tags: tuple[bytes, ...]) -> _Form | None:
        if tags not in self._forms:
            self._forms[tags] = form_of(tags)
        return self._forms[tags]

    def _finish_batch(self) -> None:
        """Read the numbers of the batch; if any is not plain, all its points stay."""
        if self._read_numbers() and self._read_leaves():
            for first, last, lines in self._spans:
                self._pieces.append(self._data[self._kept_from : first])
                self._pieces.append(f"{MARK}{self._count}".encode() + lines * b"\n")
                self._kept_from = last
                self._count += 1
        else:
            refused = slice(self._count, self._count + len(self._spans))
            self._numbers[refused] = np.nan
            self._leaves[refused] = np.nan
        self._start_batch()

    def _read_numbers(self) -> bool:
        values = parse_singles(self._texts)
        if values is None:
            return False
        self._numbers.flat[self._where] = values
        return True

    def _read_leaves(self) -> bool:
        if not self._rows:
            return True
        pairs = self._banks[0].count(b" ") + 1
        if not self._leaves.shape[1]:
            self._leaves = np.full((len(self._numbers), 2 * pairs), np.nan)
        for first in range(0, len(self._banks), BANKS):
            values = parse_lists(self._banks[first : first + BANKS], pairs)
            if values is None or 2 * pairs != self._leaves.shape[1]:
                return False
            rows = self._rows[first // 2 : (first + BANKS) // 2]
            self._leaves[rows] = values.reshape(len(rows), 2 * pairs)
        return True

    def result(self) -> Regular | None:
        """Return what was taken out and what is left."""
        self._finish_batch()
        if not self._count:
            return None
        left = b"".join([*self._pieces, self._data[self._kept_from :]])
        return Regular(left, self._numbers[: self._count], self._leaves[: self._count])


def form_of(tags: tuple[bytes, ...]) -> _Form | None:
    """Return the form of a point by its tags without brackets, None if it is not regular.

    The text before tag i has place i, so an element's own text has the place of its end tag.
    """
    columns: list[int] = []
    numbers: list[int] = []
    orders: list[int] = [-1]
    mlc = None
    place = 0
    while place < len(tags):
        order, column = SLOTS.get(tags[place].decode("latin-1"), (-1, 0))
        orders.append(order)
        if column == MLC and tags[place + 1 : place + 1 + len(_MLC_TAGS)] == _MLC_TAGS:
            mlc = place + 2
            place += 1 + len(_MLC_TAGS)
        elif column >= 0 and tags[place + 1 : place + 2] == (b"/" + tags[place],):
            columns.append(column)
            numbers.append(place + 1)
            place += 2
        else:
            return None
    if any(after <= before for before, after in pairwise(orders)):
        return None
    values = {*numbers} if mlc is None else {*numbers, mlc, mlc + 2, mlc + 4}
    gaps = tuple(place for place in range(len(tags) + 1) if place not in values)
    return _Form(tuple(columns), tuple(numbers), mlc, gaps)
