"""Names of topics (research/hil-protocols.md 6.2)."""

import re

from linacsim.model.findings import InputError

ROOT = "linacsim/v1"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

STATE = "state"
"""Retained, with the last will `lost`: init, ready, sleeping, disconnected."""
DESC = "desc"
"""Retained: who this is, and the schemas of its payloads."""
TELEMETRY = "telemetry"
EVENT = "event"
SAMPLE = "sample"
GATE = "gate"
HEARTBEAT = "hb"
COMMAND = "cmd"
ACK = "ack"


def topic(site: str, device: str, *leaves: str) -> str:
    """Return the topic of something that a device says or is told."""
    return "/".join((ROOT, site, device, *leaves))


def checked_name(name: str, what: str) -> str:
    """Return a name that may stand in a topic. Raises InputError."""
    if _NAME.fullmatch(name):
        return name
    raise InputError(f"{what} {name!r}: use lower-case letters, digits and -, at most 63")
