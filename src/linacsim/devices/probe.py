"""Who is on a port? Each protocol's greeting is tried until somebody answers as it should."""

import re
import time
from dataclasses import dataclass
from threading import Condition as Signal

from linacsim.devices.llp.messages import Frame, HostHelo
from linacsim.devices.llp.text import encode
from linacsim.devices.ndi.packets import CR, command
from linacsim.devices.peer import LineOrder
from linacsim.devices.serial_port import PortError, SerialPort
from linacsim.model.findings import InputError

WAIT_S = 1.2
"""For an answer; an LLP/1 device says who it is once a second."""
BOOT_S = 2.0
"""More for the first one: boards that restart when their port is opened take that long."""
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
LLP_KINDS = "llp-marker, gate-box or llp-stage"
VERSION = CR + command("VER", "0")
"""Behind a CR, which ends what was sent before in another protocol."""
CAMERA = re.compile(rb"([^\r\n]*(?:NDI|Polaris)[^\r\n]*|ERROR10)")
"""The first line of its version, or that it must be initialised before."""

GREETINGS = (
    Greeting(LLP_KINDS, 115_200, LLP_HELLO, re.compile(rb"@HELO,([^*\r\n]+)\*")),
    Greeting("ndi-polaris", 9600, VERSION, CAMERA),
    Greeting("ndi-polaris", 115_200, VERSION, CAMERA),
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
    """Greet whoever is at `url`, protocol by protocol. Raises InputError for a port that is not.

    The port is opened once only: many boards restart whenever that is done.
    """
    asking = _Asking(url, GREETINGS[0].baud)
    try:
        for greeting in GREETINGS:
            booting_s = BOOT_S if greeting is GREETINGS[0] else 0.0
            if match := asking.ask(greeting, booting_s + wait_s):
                said = match[1].decode("ascii", "replace").strip()
                return Probed(Found(greeting.kind, greeting.baud, said), bytes(asking.heard))
    finally:
        asking.close()
    return Probed(None, bytes(asking.heard))


class _Asking:
    """An open port, and all that came back."""

    def __init__(self, url: str, baud: int) -> None:
        self.heard = bytearray()
        self._baud = baud
        self._lost = False
        self._news = Signal()
        try:
            self._port = SerialPort(url, baud, time.monotonic_ns, self._received, self._gone)
        except PortError as error:
            raise InputError(str(error)) from error
        self._port.start()

    def ask(self, greeting: Greeting, wait_s: float) -> re.Match[bytes] | None:
        """Greet, and return the answer once it makes sense, or None when the time is over."""
        if greeting.baud != self._baud:
            self._baud = greeting.baud
            self._port.send(LineOrder(baud=greeting.baud))
        self._port.send(greeting.hello)

        def answer() -> re.Match[bytes] | None:
            return greeting.answer.search(bytes(self.heard))

        with self._news:
            self._news.wait_for(lambda: self._lost or answer(), wait_s)
            return answer()

    def close(self) -> None:
        self._port.close()

    def _received(self, data: bytes, _now_ns: int) -> None:
        with self._news:
            self.heard.extend(data[: MOST_BYTES - len(self.heard)])
            self._news.notify()
        self._port.consumed()

    def _gone(self, _reason: str) -> None:
        with self._news:
            self._lost = True
            self._news.notify()
