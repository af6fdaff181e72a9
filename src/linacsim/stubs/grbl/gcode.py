"""The part of G-code that moves a stage: modal state, moves, offsets."""

from collections.abc import Callable
from dataclasses import dataclass, field

from linacsim.stubs.grbl.words import AXES, Refused, Word, words_of
from linacsim.stubs.stages.history import Place

MM_PER_INCH = 25.4
RAPID = 1e9
_GROUPS = {
    **dict.fromkeys((4, 28, 30, 53, 92), "once"),
    **dict.fromkeys((0, 1), "move"),
    **dict.fromkeys((17, 18, 19), "plane"),
    **dict.fromkeys((20, 21), "units"),
    **dict.fromkeys((90, 91), "distance"),
    **dict.fromkeys((54, 55, 56, 57, 58, 59), "system"),
    **dict.fromkeys((93, 94), "feed"),
}
_JOG_G = frozenset({20, 21, 53, 90, 91})
_M = frozenset({0, 1, 2, 3, 4, 5, 7, 8, 9, 30})
_ENDS, _PAUSES = frozenset({2, 30}), frozenset({0, 1})

Move = Callable[[Place, float], None]
"""Moves to machine coordinates at a feed in mm/min."""


@dataclass(slots=True)
class Modal:
    """What stays from line to line."""

    move: int = 0
    inches: bool = False
    relative: bool = False
    system: int = 54
    plane: int = 17
    feed: float = 0.0
    spindle: int = 5
    shift_mm: Place = (0.0,) * len(AXES)
    """G92."""
    stored_mm: Place = (0.0,) * len(AXES)
    """G54, the only one that can be set here."""

    @property
    def offset_mm(self) -> Place:
        """Machine minus work coordinates."""
        return tuple(a + b for a, b in zip(self.shift_mm, self.stored_mm, strict=True))

    def text(self) -> str:
        """Return the answer to `$G`."""
        return (
            f"[GC:G{self.move} G{self.system} G{self.plane} G{20 if self.inches else 21} "
            f"G{91 if self.relative else 90} G94 M{self.spindle} M9 T0 F{self.feed:g} S0]"
        )


@dataclass(slots=True)
class Line:
    """A line, its words sorted."""

    g: dict[str, int] = field(default_factory=dict)
    m: list[int] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)

    @staticmethod
    def of(words: list[Word]) -> "Line":
        """Sort words. Raises Refused: 20 for an unknown, 21 for two of one group, 25 twice."""
        line = Line()
        for letter, value in words:
            if letter == "G":
                line._add_g(value)
            elif letter == "M":
                if value not in _M:
                    raise Refused(20)
                line.m.append(int(value))
            elif letter in "XYZFPSNT":
                if letter in line.values:
                    raise Refused(25)
                line.values[letter] = value
            else:
                raise Refused(20)
        if line.values.get("F", 0.0) < 0:
            raise Refused(4)
        return line

    @property
    def has_axes(self) -> bool:
        """Whether any axis is named."""
        return any(axis in self.values for axis in AXES)

    def _add_g(self, value: float) -> None:
        number = int(value)
        if number != value or number not in _GROUPS or number == 93:
            raise Refused(20)
        group = _GROUPS[number]
        if group in self.g:
            raise Refused(21)
        self.g[group] = number


@dataclass(slots=True)
class Effects:
    """What a line asks for besides moving."""

    dwell_s: float = 0.0
    pauses: bool = False
    ends: bool = False


def run_line(text: str, modal: Modal, at_mm: Place, move: Move) -> Effects:
    """Obey a bare line with the tool planned to be at machine coordinates. Raises Refused."""
    line = Line.of(words_of(text))
    once = line.g.get("once")
    if line.has_axes and once != 92 and once != 4:
        _needs_feed(line, modal)
    _set_modes(line, modal)
    if once == 4:
        if "P" not in line.values:
            raise Refused(28)
        return Effects(dwell_s=line.values["P"])
    if once == 92:
        _shift(line, modal, at_mm)
    elif once in (28, 30):
        move((0.0,) * len(AXES), RAPID)
    elif line.has_axes:
        target = _target(line, modal, at_mm, machine=once == 53)
        move(target, RAPID if modal.move == 0 else modal.feed)
    elif once == 53:
        raise Refused(26)
    return Effects(pauses=bool(_PAUSES & set(line.m)), ends=bool(_ENDS & set(line.m)))


def jog(text: str, modal: Modal, at_mm: Place) -> tuple[Place, float]:
    """Return target and feed of a jog; modal state stays as it is. Raises Refused."""
    line = Line.of(words_of(text))
    numbers = set(line.g.values())
    if not numbers <= _JOG_G or line.m or not line.has_axes:
        raise Refused(16)
    if "F" not in line.values or line.values["F"] <= 0:
        raise Refused(22)
    own = Modal(
        inches=20 in numbers or (modal.inches and 21 not in numbers),
        relative=91 in numbers or (modal.relative and 90 not in numbers),
        shift_mm=modal.shift_mm,
        stored_mm=modal.stored_mm,
    )
    feed = line.values["F"] * (MM_PER_INCH if own.inches else 1.0)
    return _target(line, own, at_mm, machine=53 in numbers), feed


def _needs_feed(line: Line, modal: Modal) -> None:
    kind = line.g.get("move", modal.move)
    if kind == 1 and line.values.get("F", modal.feed) <= 0 and line.g.get("once") is None:
        raise Refused(22)


def _set_modes(line: Line, modal: Modal) -> None:
    modal.move = line.g.get("move", modal.move)
    modal.plane = line.g.get("plane", modal.plane)
    modal.system = line.g.get("system", modal.system)
    if "units" in line.g:
        modal.inches = line.g["units"] == 20
    if "distance" in line.g:
        modal.relative = line.g["distance"] == 91
    if "F" in line.values:
        modal.feed = line.values["F"] * (MM_PER_INCH if modal.inches else 1.0)
    for number in line.m:
        if number in (3, 4, 5):
            modal.spindle = number


def _shift(line: Line, modal: Modal, at_mm: Place) -> None:
    scale = MM_PER_INCH if modal.inches else 1.0
    modal.shift_mm = tuple(
        at - stored - line.values[axis] * scale if axis in line.values else shift
        for axis, at, stored, shift in zip(
            AXES, at_mm, modal.stored_mm, modal.shift_mm, strict=True
        )
    )


def _target(line: Line, modal: Modal, at_mm: Place, *, machine: bool) -> Place:
    scale = MM_PER_INCH if modal.inches else 1.0
    target = []
    for axis, at, offset in zip(AXES, at_mm, modal.offset_mm, strict=True):
        value = line.values.get(axis)
        if value is None:
            target.append(at)
        elif modal.relative:
            target.append(at + value * scale)
        else:
            target.append(value * scale + (0.0 if machine else offset))
    return tuple(target)
