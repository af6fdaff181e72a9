"""What a scenario may say about any device on a wire."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from linacsim.model.findings import InputError
from linacsim.scenario.words import Strict, Text
from linacsim.stubs.faults import fault_of
from linacsim.stubs.taken import check_taken

STUB = "stub"
"""As a URL: the stand-in that comes with linacsim, on a simulated wire or on a pty of its own."""


def _checked_fault(text: str) -> str:
    try:
        fault_of(text)
    except InputError as error:
        raise ValueError(str(error)) from None
    return text


FaultText = Annotated[
    str, AfterValidator(_checked_fault), WithJsonSchema({"type": "string", "pattern": ".+@.+"})
]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class StubKeys(Strict):
    """How a stand-in behaves."""

    faults: Annotated[tuple[FaultText, ...], Field(strict=False)] = ()
    """What goes wrong when, `KIND@START[+DURATION][=VALUE]` in s (docs/reference/faults.md)."""


def check_faults(kind: str, name: str, stub: StubKeys) -> None:
    """Raise ValueError for a fault that the stand-in for a kind of device cannot commit."""
    try:
        check_taken(kind, stub.faults)
    except InputError as error:
        raise ValueError(f"{name}: {error}") from None


class DeviceBase(Strict):
    """What all devices have."""

    name: Name
    """Its name in events, logs and topics."""
    url: Text = STUB
    """Device name such as `/dev/ttyUSB0`, `socket://HOST:PORT`, `rfc2217://HOST:PORT`, or `stub`
    for the stand-in that comes with linacsim."""
    allow_simulated: bool | None = None
    """Whether a stub may release the beam of the emulator; null: only that of `url: stub`."""

    @property
    def takes_stubs(self) -> bool:
        """Whether a stub may release the beam of the emulator."""
        return self.url == STUB if self.allow_simulated is None else self.allow_simulated


class UnprotectedBase(DeviceBase):
    """What all devices have that send without checksums."""

    allow_unprotected: bool = False
    """Whether what comes without a checksum may release the beam; without it, it only holds it."""
