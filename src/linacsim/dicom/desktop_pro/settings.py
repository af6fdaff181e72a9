"""How the node is set up (sections 3 and 6 of the statement)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from linacsim.dicom.desktop_pro.console import Mask

LEAST_PDU, MOST_PDU = 1024, 31_000


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Upper-layer timeouts in seconds."""

    acse_s: float = 30.0
    """For a whole association request after connecting, and for its release."""
    message_s: float = 60.0
    """For a whole message after its first fragment."""
    idle_s: float = 60.0
    """Without any message, and within one PDU."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What the node listens to and says of itself."""

    ae_title: str = "EOS RTD"
    host: str = "127.0.0.1"
    """Address to listen at; empty: all of this machine."""
    port: int = 104
    """0: a free one."""
    max_pdu_bytes: int = 16_384
    pending_associations: int = 5
    when_full: Literal["wait", "reject"] = "wait"
    """What becomes of associations beyond those: left waiting, or rejected for now."""
    callers: Mapping[str, frozenset[Mask]] = field(default_factory=lambda: MappingProxyType({}))
    """Known calling AE titles, and what their plans do not set."""
    any_caller: bool = False
    """Whether unknown calling AE titles are accepted too, which a real console never does."""
    implementation_class_uid: str = "1.3.46.423632.128000.7.0.1"
    implementation_version_name: str = "Desktop_7.0.1"
    timeouts: Timeouts = Timeouts()
    max_message_bytes: int = 64 * 1024 * 1024
    """Larger messages are cut off; 10,000 control points with 80 leaf pairs need about 20 MB."""
