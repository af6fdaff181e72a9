"""Names of topics (research/hil-protocols.md 6.2)."""

import re

from linacsim.model.findings import InputError

ROOT = "linacsim/v1"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

STATE = "state"
"""Retained, with the last will `lost`: init, ready, disconnected."""
DESC = "desc"
"""Retained: who this is, and the schemas of its payloads."""
TELEMETRY = "telemetry"
EVENT = "event"
SAMPLE = "sample"
GATE = "gate"
CLOCK_ASK = "ts"
CLOCK_ANSWER = "t"
COMMAND = "cmd"
ACK = "ack"

QOS = {STATE: 1, DESC: 1, TELEMETRY: 0, EVENT: 1, SAMPLE: 0, GATE: 1} | {
    CLOCK_ASK: 0,
    CLOCK_ANSWER: 0,
    COMMAND: 1,
    ACK: 1,
}
"""By purpose: 0 where the next one is worth more than this one again, 1 where none may be lost."""


def topic(site: str, device: str, *leaves: str) -> str:
    """Return the topic of something that a device says or is told."""
    return "/".join((ROOT, site, device, *leaves))


def parts(topic: str) -> tuple[str, ...]:
    """Return what follows the site: the device and its leaves."""
    return tuple(topic.split("/")[3:])


def checked_name(name: str, what: str) -> str:
    """Return a name that may stand in a topic. Raises InputError."""
    if _NAME.fullmatch(name):
        return name
    raise InputError(f"{what} {name!r}: use lower-case letters, digits and -, at most 63")
