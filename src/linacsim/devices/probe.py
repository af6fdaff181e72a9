"""Who is on a port? Each protocol's greeting is tried until somebody answers as it should."""

import re
import time
from dataclasses import dataclass
from threading import Condition as Signal

from linacsim.devices.llp.messages import Frame, HostHelo
from linacsim.devices.llp.text import encode
from linacsim.devices.ndi.packets import command
from linacsim.devices.serial_port import PortError, SerialPort
from linacsim.model.findings import InputError

WAIT_S = 1.2
"""For an answer; an LLP/1 device says who it is once a second."""
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Greeting:
    """How a protocol is found out; nothing that is sent moves or resets a device."""

    kind: str
    """Kind of device in a scenario."""
    baud: int
    hello: bytes
    answer: re.Pattern[bytes]
    """What comes back, its first group telling who it is."""


LLP_HELLO = encode(Frame(HostHelo("LLP/1")))

GREETINGS = (
    Greeting("llp-marker or gate-box", 115_200, LLP_HELLO, re.compile(rb"@HELO,([^*\r\n]+)\*")),
    Greeting("ndi-polaris", 9600, command("INIT"), re.compile(rb"(OKAYA896|RESETBE6F|ERROR)")),
    Greeting("ndi-polaris", 115_200, command("VER", "0"), re.compile(rb"([^\r]{8,}?)\n")),
    Greeting("grbl-stage", 115_200, b"$I\n", re.compile(rb"(?i)(\[VER:[^\]]*\]|grbl [^\r\n]*)")),
    Greeting("zaber-stage", 115_200, b"/\n", re.compile(rb"(@\d\d \d [^\r\n]*)")),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who answered."""

    kind: str
    baud: int
    said: str


@dataclass(frozen=True, slots=True)
class Probed:
    """What a port is."""

    found: Found | None
    heard: bytes
    """All that came back, at most `MOST_BYTES`; for the user to recognise."""


def probe(url: str, wait_s: float = WAIT_S) -> Probed:
    """Greet whoever is at `url`, protocol by protocol. Raises InputError for a port that is not."""
    heard = b""
    for greeting in GREETINGS:
        reply = _ask(url, greeting, wait_s)
        heard += reply
        if match := greeting.answer.search(reply):
            said = match[1].decode("ascii", "replace").strip()
            return Probed(Found(greeting.kind, greeting.baud, said), heard[:MOST_BYTES])
    return Probed(None, heard[:MOST_BYTES])


def _ask(url: str, greeting: Greeting, wait_s: float) -> bytes:
    """Return what came back until it made sense or the time was over."""
    heard, news, lost = bytearray(), Signal(), []

    def received(data: bytes, _now_ns: int) -> None:
        with news:
            heard.extend(data[: MOST_BYTES - len(heard)])
            news.notify()
        port.consumed()

    def gone(reason: str) -> None:
        with news:
            lost.append(reason)
            news.notify()

    try:
        port = SerialPort(url, greeting.baud, time.monotonic_ns, received, gone)
    except PortError as error:
        raise InputError(str(error)) from error
    try:
        port.send(greeting.hello)
        with news:
            news.wait_for(lambda: lost or greeting.answer.search(bytes(heard)), wait_s)
    finally:
        port.close()
    return bytes(heard)
