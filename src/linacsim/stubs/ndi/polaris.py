"""The stub itself: commands in, replies out (research/hil-protocols.md 1.1 to 1.6, 1.14)."""

from collections.abc import Callable
from dataclasses import dataclass

from linacsim.devices.ndi.gbf import offers_bx2
from linacsim.devices.ndi.packets import (
    CRC_DIGITS,
    LONGEST_COMMAND,
    ascii_reply,
    binary_reply,
    crc16,
    stream_packet,
)
from linacsim.stubs.faults import OTHER, Kind
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.streams import Streams
from linacsim.stubs.ndi.tools import Refused, Tools
from linacsim.stubs.ndi.tracking import KNOWN_MASKS, TRANSFORMS, Seen, bx, bx2, tx

SERIAL_NUMBER = "P7-00000"
PRODUCT = "linacsim stub of an NDI Polaris, SIM"
ANY_TIME = frozenset(
    {"RESET", "INIT", "COMM", "VER", "GETINFO", "GET", "APIREV", "ECHO", "BEEP", "SFLIST"}
)
NOT_TRACKING = frozenset({"PINIT", "PENA", "PDIS", "PHRQ", "PVWR", "PHF", "COMM", "IRATE"})
BEEPS = frozenset("123456789")
RATES_HZ = {"0": 20, "1": 30, "2": 60}

Answer = str | bytes


@dataclass(frozen=True, slots=True)
class Model:
    """Which camera the stub is."""

    freeze_tag: str = "Polaris Vega 008"
    """Clients choose by it between TX and BX."""
    initialises_by_itself: bool = True
    """A Vega's PENA initialises; a Vicra's or Spectra's refuses."""
    revision: str = "G.003.002"
    """Of the API; clients look at it before they ask with BX2."""


def model_of(freeze_tag: str) -> Model:
    """Return the camera that a freeze tag stands for: a Vega, or an older one without BX2."""
    if "Vega" in freeze_tag:
        return Model(freeze_tag)
    return Model(freeze_tag, initialises_by_itself=False, revision="G.001.000")


class Polaris:
    """A `Peer`: the firmware of a camera."""

    def __init__(self, camera: Camera, model: Model | None = None) -> None:
        """Be just switched on."""
        self._camera = camera
        self._model = model or Model()
        self._tools = Tools()
        self._in = bytearray()
        self._out = b""
        self._ready = self._tracking = False
        self._since_ns = 0
        """When the frame counter was zero."""
        self._now_ns = 0
        self._is_other = False
        self._parameters = {
            "Param.Tracking.Track Frequency": "2",
            "Features.Firmware.Version": "008",
            "Features.Hardware.Serial Number": SERIAL_NUMBER,
        }
        self._commands: dict[str, Callable[[str], Answer]] = {
            "RESET": self._reset,
            "INIT": self._init,
            "COMM": lambda _arguments: "OKAY",
            "ECHO": lambda arguments: arguments,
            "BEEP": lambda arguments: "1" if arguments in BEEPS else _refuse("36"),
            "APIREV": lambda _arguments: self._model.revision,
            "VER": self._version,
            "SFLIST": lambda _arguments: "00000011",
            "GETINFO": self._getinfo,
            "GET": self._get,
            "SET": self._set,
            "IRATE": self._irate,
            "PHSR": self._phsr,
            "PHRQ": lambda _arguments: f"{self._tools.request():02X}",
            "PHF": self._each(lambda handle, _rest: self._tools.free(handle)),
            "PVWR": self._each(self._pvwr),
            "PINIT": self._each(lambda handle, _rest: self._tools.initialise(handle)),
            "PENA": self._each(self._pena),
            "PDIS": self._each(lambda handle, _rest: self._tools.disable(handle)),
            "PHINF": self._phinf,
            "TSTART": self._tstart,
            "TSTOP": self._tstop,
            "STREAM": self._stream,
            "USTREAM": self._ustream,
        }
        self._of_frame: dict[str, Callable[[str, int], Answer]] = {
            "TX": self._tx,
            "BX": self._bx,
            "BX2": self._bx2,
        }
        self._commands |= {name: self._now(tell) for name, tell in self._of_frame.items()}
        self._streams = Streams(self._of_frame)

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes of commands; each is answered at once."""
        self._go_on(now_ns)
        self._in += data
        while (end := self._in.find(b"\r")) >= 0:
            line = bytes(self._in[:end])
            del self._in[: end + 1]
            self._out += self._answer(line)
        if len(self._in) > LONGEST_COMMAND:
            self._in.clear()
            self._out += ascii_reply("ERROR02")

    def wake(self, now_ns: int) -> None:
        """Send the frames of streams; else a Polaris speaks only when asked."""
        self._go_on(now_ns)

    def next_ns(self) -> int | None:
        """Return when a stream has its next frame."""
        frame = self._streams.next_frame()
        return None if frame is None else self._camera.ready_ns(frame, self._since_ns)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out

    def _go_on(self, now_ns: int) -> None:
        self._now_ns = now_ns
        faults = self._camera.faults
        was_other, self._is_other = self._is_other, bool(faults.on(Kind.OTHER, now_ns))
        if faults.happened(Kind.REBOOT, now_ns) or self._is_other != was_other:
            self._reset("")
        for due in self._streams.due(self._camera.counted(now_ns, self._since_ns)):
            if self._camera.took(due.frame, self._since_ns):
                self._out += stream_packet(due.stream, self._streamed(due.command, due.frame))

    def _streamed(self, command: str, frame: int) -> bytes:
        name, _, arguments = command.partition(" ")
        return self._reply(lambda: self._of_frame[name.upper()](arguments, frame))

    def _answer(self, line: bytes) -> bytes:
        return self._reply(lambda: self._obey(*_command(line)))

    def _reply(self, ask: Callable[[], Answer]) -> bytes:
        try:
            answer = ask()
        except Refused as refusal:
            answer = f"ERROR{refusal.code}"
        return binary_reply(answer) if isinstance(answer, bytes) else ascii_reply(answer)

    def _obey(self, name: str, arguments: str) -> Answer:
        if name not in self._commands:
            raise Refused("01")
        if not self._ready and name not in ANY_TIME:
            raise Refused("10")
        if self._tracking and name in NOT_TRACKING:
            raise Refused("0C")
        return self._commands[name](arguments)

    def _each(self, act: Callable[[int, str], None]) -> Callable[[str], str]:
        """Return a command that does something to the handle its arguments begin with."""

        def command(arguments: str) -> str:
            act(_handle(arguments), arguments[2:])
            return "OKAY"

        return command

    def _now(self, tell: Callable[[str, int], Answer]) -> Callable[[str], Answer]:
        """Return a command that tells of the newest frame."""
        return lambda arguments: tell(arguments, self._newest())

    # Commands --------------------------------------------------------------------------------

    def _reset(self, _arguments: str) -> str:
        self._tools.clear()
        self._streams.clear()
        self._ready = self._tracking = False
        return "RESET"

    def _init(self, _arguments: str) -> str:
        self._streams.clear()
        self._ready = True
        self._tracking = False
        return "OKAY"

    def _version(self, _arguments: str) -> str:
        return (
            f"{PRODUCT}\n"
            f"Serial Number: {SERIAL_NUMBER + OTHER * self._is_other}\n"
            "Characterization Date: 01/01/26\n"
            f"Freeze Tag: {self._model.freeze_tag}\n"
            "Freeze Date: 01/01/26\n"
            "(C) linacsim maintainers\n"
        )

    def _getinfo(self, arguments: str) -> str:
        if arguments not in self._parameters:
            raise Refused("34")
        return f"{arguments}={self._parameters[arguments]};5;1;;;;"

    def _get(self, arguments: str) -> str:
        if arguments not in self._parameters:
            raise Refused("34")
        return f"{arguments}={self._parameters[arguments]}"

    def _set(self, arguments: str) -> str:
        name, _, value = arguments.partition("=")
        if name not in self._parameters:
            raise Refused("34")
        if not name.startswith("Param."):
            raise Refused("39")
        return self._irate(value)

    def _irate(self, arguments: str) -> str:
        if arguments not in RATES_HZ:
            raise Refused("36")
        self._camera.rate_hz = RATES_HZ[arguments]
        self._parameters["Param.Tracking.Track Frequency"] = arguments
        return "OKAY"

    def _phsr(self, arguments: str) -> str:
        listed = self._tools.listed(arguments or "00")
        rows = "".join(f"{handle:02X}{int(tool.status):03X}" for handle, tool in listed)
        return f"{len(listed):02X}{rows}"

    def _pvwr(self, handle: int, rest: str) -> None:
        try:
            address, data = int(rest[:4], 16), bytes.fromhex(rest[4:])
        except ValueError as error:
            raise Refused("36") from error
        self._tools.write(handle, address, data)

    def _pena(self, handle: int, priority: str) -> None:
        self._tools.enable(handle, priority, initialises=self._model.initialises_by_itself)

    def _phinf(self, arguments: str) -> str:
        tool = self._tools.get(_handle(arguments))
        mask = _mask(arguments[2:] or "0001")
        rom = bytes(tool.rom)
        fields = {
            0x0001: f"02000000{_text(rom[580:592], 12)}00000000000{int(tool.status):02X}",
            0x0004: _text(rom[592:612], 20),
            0x0008: "00",
            0x0020: "00000000010000",
        }
        return "".join(text for bit, text in fields.items() if mask & bit)

    def _tstart(self, arguments: str) -> str:
        if arguments == "80" or not self._tracking:
            self._since_ns = self._now_ns
            self._streams.clear()
        self._tracking = True
        return "OKAY"

    def _tstop(self, _arguments: str) -> str:
        if not self._tracking:
            raise Refused("0C")
        self._streams.clear()
        self._tracking = False
        return "OKAY"

    def _stream(self, arguments: str) -> str:
        self._check_new()
        self._streams.start(arguments, self._newest(), self._camera.step)
        return "OKAY"

    def _ustream(self, arguments: str) -> str:
        self._streams.stop(arguments)
        return "OKAY"

    def _newest(self) -> int:
        if not self._tracking:
            raise Refused("0C")
        return self._camera.frame_at(self._now_ns, self._since_ns)

    def _tx(self, arguments: str, frame: int) -> str:
        return tx(self._seen(frame), frame, _tracking_mask(arguments))

    def _bx(self, arguments: str, frame: int) -> bytes:
        return bx(self._seen(frame), frame, _tracking_mask(arguments))

    def _bx2(self, _arguments: str, frame: int) -> bytes:
        self._check_new()
        return bx2(self._seen(frame), frame, self._now_ns)

    def _seen(self, frame: int) -> list[Seen]:
        return self._camera.see(self._tools.enabled, frame, self._since_ns)

    def _check_new(self) -> None:
        """Refuse what older cameras do not know."""
        if not offers_bx2(self._model.revision):
            raise Refused("01")


def _command(line: bytes) -> tuple[str, str]:
    """Return name and arguments; a colon announces a CRC, a space none."""
    text = line.decode("ascii", "replace").lstrip("\n")
    for k, char in enumerate(text):
        if char == ":":
            body, digits = text[:-CRC_DIGITS], text[-CRC_DIGITS:]
            if digits.upper() != f"{crc16(body.encode('ascii', 'replace')):04X}":
                raise Refused("04")
            return text[:k].upper(), body[k + 1 :]
        if char == " ":
            return text[:k].upper(), text[k + 1 :]
    return text.upper(), ""


def _handle(arguments: str) -> int:
    try:
        return int(arguments[:2], 16)
    except ValueError as error:
        raise Refused("08") from error


def _mask(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError as error:
        raise Refused("36") from error


def _tracking_mask(arguments: str) -> int:
    mask = _mask(arguments) if arguments else TRANSFORMS
    if mask & ~KNOWN_MASKS:
        raise Refused("36")
    return mask


def _text(data: bytes, width: int) -> str:
    return data.rstrip(b"\0").decode("ascii", "replace").ljust(width)[:width]


def _refuse(code: str) -> str:
    raise Refused(code)
