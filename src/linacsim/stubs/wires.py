"""Which wire a stub is asked to be on."""

from dataclasses import dataclass
from pathlib import Path

from linacsim.model.findings import InputError
from linacsim.stubs.serving import LOOPBACK, Pty, SerialWire, Tcp, Wire


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
    host, port = host_and_port(wanted.tcp)
    if host not in LOOPBACK and not wanted.any_host:
        raise InputError(
            f"--tcp {wanted.tcp}: other machines could connect; add --any-host if they shall"
        )
    return Tcp(host, port)


def host_and_port(tcp: str) -> tuple[str, int]:
    """Read `HOST:PORT`. Raises InputError."""
    host, colon, port = tcp.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise InputError(f"--tcp {tcp}: write HOST:PORT, such as 127.0.0.1:8765")
    return host, int(port)
