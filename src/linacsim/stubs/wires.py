"""Which wire a stub is asked to be on."""

from dataclasses import dataclass
from pathlib import Path

from linacsim.devices.addresses import guarded_place
from linacsim.model.findings import InputError
from linacsim.stubs.serving import Pty, SerialWire, Tcp, Wire


@dataclass(frozen=True, slots=True)
class Wanted:
    """At most one of the three; none: a pseudo terminal."""

    link: str | None = None
    """Name of a link to the pseudo terminal; None: it has its own name only."""
    pty: bool = False
    tcp: str | None = None
    """`HOST:PORT`; port 0 takes a free one."""
    serial: str | None = None
    """URL of a real port."""
    baud: int = 115_200
    any_host: bool = False
    """Whether other machines may connect."""


def open_wire(wanted: Wanted) -> Wire:
    """Return the wire. Raises InputError where it is not clear or not to be had."""
    if sum((wanted.pty, wanted.tcp is not None, wanted.serial is not None)) > 1:
        raise InputError("give one of --pty, --tcp and --serial")
    if wanted.link is not None and (wanted.tcp or wanted.serial):
        raise InputError(f"{wanted.link}: only a pseudo terminal gets a name, so leave it out")
    if wanted.serial is not None:
        return SerialWire(wanted.serial, wanted.baud)
    if wanted.tcp is None:
        return Pty(Path(wanted.link) if wanted.link else None)
    return Tcp(*guarded_place("--tcp", wanted.tcp, any_host=wanted.any_host))
