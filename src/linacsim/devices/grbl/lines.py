"""What a GRBL controller says, line by line (research/hil-protocols.md, section 2.2)."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

LETTERS = "XYZABC"
"""Axes in the order of positions in status reports."""
_SETTING = re.compile(r"\$(\d{1,3})=(-?\d+(?:\.\d*)?)\b")
_STATUS = re.compile(r"<([A-Za-z]+)(?::(\d+))?((?:\|[^|>]*)*)>")


class Told(Enum):
    """What a line is."""

    OK = auto()
    ERROR = auto()
    ALARM = auto()
    BANNER = auto()
    STATUS = auto()
    SETTING = auto()
    NOTE = auto()
    """In brackets: build, messages, modal state."""
    OTHER = auto()


class Line(NamedTuple):
    """One line."""

    told: Told
    text: str
    code: int = 0
    """Of an error or alarm; number of a setting."""
    value: float = 0.0
    """Of a setting."""


@dataclass(frozen=True, slots=True)
class Status:
    """A status report."""

    state: str
    sub_state: int | None
    machine_mm: tuple[float, ...] | None
    """Machine coordinates, where they can be told."""
    free_blocks: int | None
    """Room in the planner, where it is told."""
    pins: str = ""
    """Inputs that are on."""


def parse_line(data: bytes) -> Line:
    """Return what a line is; anything can be parsed."""
    text = data.decode("ascii", "replace").strip()
    if text == "ok":
        return Line(Told.OK, text)
    if text.startswith("<"):
        return Line(Told.STATUS, text)
    if text.lower().startswith("grbl"):
        return Line(Told.BANNER, text)
    for told, head in ((Told.ERROR, "error:"), (Told.ALARM, "ALARM:")):
        if text.startswith(head):
            digits = text[len(head) :]
            return Line(told, text, int(digits) if digits.isdecimal() and len(digits) < 4 else -1)
    if (setting := _SETTING.match(text)) is not None:
        return Line(Told.SETTING, text, int(setting[1]), float(setting[2]))
    return Line(Told.NOTE if text.startswith("[") else Told.OTHER, text)


class StatusReader:
    """Reads status reports, and remembers the offset that is sent only now and then."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._offset_mm: tuple[float, ...] | None = None

    def read(self, text: str) -> Status | None:
        """Return a report; None where it is none."""
        form = _STATUS.fullmatch(text)
        if form is None:
            return None
        fields = dict(part.split(":", 1) for part in form[3].split("|") if ":" in part)
        if (offset := _numbers(fields.get("WCO"))) is not None:
            self._offset_mm = offset
        buffered = _numbers(fields.get("Bf"))
        return Status(
            form[1],
            None if form[2] is None else int(form[2]),
            self._machine(_numbers(fields.get("MPos")), _numbers(fields.get("WPos"))),
            None if buffered is None else int(buffered[0]),
            fields.get("Pn", ""),
        )

    def _machine(
        self, machine: tuple[float, ...] | None, work: tuple[float, ...] | None
    ) -> tuple[float, ...] | None:
        """Return machine coordinates: as told, or from work coordinates and their offset."""
        offset = self._offset_mm
        if machine is not None or work is None or offset is None or len(offset) != len(work):
            return machine
        return tuple(at + shift for at, shift in zip(work, offset, strict=True))


def _numbers(text: str | None) -> tuple[float, ...] | None:
    if not text:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        return None
    return numbers if all(abs(number) < 1e9 for number in numbers) else None


ERRORS = {
    1: "a letter was expected",
    2: "bad number",
    3: "unknown $ command",
    4: "negative value",
    5: "homing is not enabled ($22)",
    7: "settings could not be read",
    8: "only when idle",
    9: "locked by alarm or jog",
    10: "soft limits need homing",
    11: "line too long",
    13: "safety door",
    15: "jog target beyond the travel",
    16: "bad jog command",
    20: "unsupported command",
    21: "two commands of one group",
    22: "no feed rate",
}
ALARMS = {
    1: "hard limit",
    2: "soft limit",
    3: "reset while moving",
    4: "probe",
    5: "probe",
    6: "homing: reset",
    7: "homing: safety door",
    8: "homing: switch did not open",
    9: "homing: switch not found",
    10: "homing: second switch not found",
}


def error_text(line: Line) -> str:
    """Return an error or alarm in words."""
    known = ERRORS if line.told is Told.ERROR else ALARMS
    words = known.get(line.code)
    return f"{line.text} ({words})" if words else line.text
