"""From bytes to rows of numbers: any chunking, any garbage, errors counted."""

import math
import re
from dataclasses import dataclass

from linacsim.devices.framing.counters import Counters
from linacsim.devices.framing.lines import Blocks

LONGEST = 256
COMMENT = "#"
SIMULATED = "# SIM"
"""What a stand-in says now and then, since a bare line has no flags."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NO_NUMBER = frozenset({"", "nan", "inf", "ovf", "-nan", "-inf", "+inf", "-ovf"})
"""What microcontrollers print for a value that is none."""


@dataclass(frozen=True, slots=True)
class Form:
    """How rows are written."""

    columns: int
    separator: str = ","
    """Between two numbers; a space stands for any white space."""
    decimal: str = "."
    """Decimal mark."""

    def read(self, line: bytes) -> tuple[float, ...] | None:
        """Return the numbers of a line, NaN for a value that is none; None: it is no row."""
        try:
            text = line.decode("ascii").strip()
        except UnicodeDecodeError:
            return None
        cells = text.split(None if self.separator == " " else self.separator)
        if len(cells) != self.columns:
            return None
        numbers = tuple(map(self._number, cells))
        return None if None in numbers else tuple(n for n in numbers if n is not None)

    def _number(self, cell: str) -> float | None:
        cell = cell.strip().lower()
        if cell in _NO_NUMBER:
            return math.nan
        if self.decimal != ".":
            cell = cell.replace(".", "?").replace(self.decimal, ".")
        return float(cell) if _NUMBER.fullmatch(cell) else None


class RowFramer:
    """Rows of one form.

    The first line after the wire was opened is left out: half of it may be missing, and half a
    number is a number too.
    """

    def __init__(self, form: Form) -> None:
        """Take the form."""
        self.counters = Counters()
        self.simulated = False
        """Whether a stand-in has said that it is one."""
        self.strange = b""
        """The newest line that was no row."""
        self._form = form
        self._blocks = Blocks(b"\n", LONGEST, self.counters)
        self._whole = False

    def reset(self) -> None:
        """Forget what is half received, as after the wire was opened anew."""
        self._blocks.reset()
        self._whole = self.simulated = False
        self.strange = b""

    def feed(self, data: bytes) -> list[tuple[float, ...]]:
        """Return the rows that are now whole."""
        self.counters.bytes += len(data)
        data = data.replace(b"\r", b"\n")
        if not self._whole:
            _, end, data = data.partition(b"\n")
            self._whole = bool(end)
        rows = [row for line in self._blocks.feed(data) if (row := self._row(line))]
        self.counters.frames += len(rows)
        return rows

    def _row(self, line: bytes) -> tuple[float, ...] | None:
        if line.startswith(COMMENT.encode()):
            self.simulated |= line.startswith(SIMULATED.encode())
            return None
        row = self._form.read(line)
        if row is None:
            self.counters.undecodable += 1
            self.strange = line
        return row
