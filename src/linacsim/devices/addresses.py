"""`HOST:PORT` of TCP, and who could connect there."""

from ipaddress import ip_address

from linacsim.model.findings import InputError


def host_and_port(option: str, text: str) -> tuple[str, int]:
    """Return both of `HOST:PORT`. Raises InputError, which names the option."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise InputError(f"{option} {text}: write HOST:PORT, such as 127.0.0.1:1706")
    return host, int(port)


def guarded_place(option: str, text: str, *, any_host: bool) -> tuple[str, int]:
    """Return both of `HOST:PORT`, on this computer only unless `any_host`. Raises InputError."""
    host, port = host_and_port(option, text)
    if not any_host and not is_this_computer(host):
        raise InputError(
            f"{option} {text}: other machines could connect; add --any-host if they shall"
        )
    return host, port


def is_this_computer(host: str) -> bool:
    """Return whether only programs of this computer reach what listens there."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
