"""Status reports of the controller."""

from typing import NamedTuple

from linacsim.stubs.grbl.gcode import Modal
from linacsim.stubs.stages.history import Place

HELP = "[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]"

MACHINE, BUFFER = 1, 2
"""Bits of `$10`."""
EVERY_BUSY, EVERY_IDLE = 30, 10
"""Reports from one with the work offset to the next."""


class Room(NamedTuple):
    """What is free."""

    blocks: int
    rx_bytes: int


class Turn(NamedTuple):
    """What decides which of the rare parts a report has."""

    number: int
    idle: bool
    override: int


def report(
    state: str, machine_mm: Place, offset_mm: Place, room: Room, mask: int, turn: Turn
) -> str:
    """Return a report in the form that `$10` asks for."""
    if mask & MACHINE:
        where = f"MPos:{numbers(machine_mm)}"
    else:
        work = (at - offset for at, offset in zip(machine_mm, offset_mm, strict=True))
        where = f"WPos:{numbers(tuple(work))}"
    parts = [state, where]
    if mask & BUFFER:
        parts.append(f"Bf:{room.blocks},{room.rx_bytes}")
    parts.append("FS:0,0")
    rest = turn.number % (EVERY_IDLE if turn.idle else EVERY_BUSY)
    if rest == 0:
        parts.append(f"WCO:{numbers(offset_mm)}")
    elif rest == 1:
        parts.append(f"Ov:{turn.override},100,100")
    return f"<{'|'.join(parts)}>"


def offsets(modal: Modal) -> list[str]:
    """Return the lines of `$#`."""
    zero = numbers((0.0,) * len(modal.stored_mm))
    stored = numbers(modal.stored_mm)
    systems = [f"[G{k}:{stored if k == 54 else zero}]" for k in range(54, 60)]
    shift = f"[G92:{numbers(modal.shift_mm)}]"
    return [*systems, f"[G28:{zero}]", f"[G30:{zero}]", shift, "[TLO:0.000]", f"[PRB:{zero}:0]"]


def numbers(place: Place) -> str:
    """Return coordinates as they are told."""
    return ",".join(f"{value:.3f}" for value in place)
