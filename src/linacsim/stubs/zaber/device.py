"""The device: commands in, replies out."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linacsim.devices.framing.lines import LineFramer
from linacsim.devices.zaber.messages import (
    ACCELERATION_UNIT,
    NO_FLAG,
    SPEED_UNIT,
    checked,
    checksum,
)
from linacsim.model.arrays import Floats, Ints
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.zaber.axis import Axis, Goal

HOMING_SPEED_MM_PER_S = 25.0
LABEL = base64.b64encode(b"linacsim stub, SIM").decode()
LEAST_VALUE, MOST_VALUE = 1e-9, 1e12
"""Of numbers in commands; beyond, they are none that a device has."""
_FAULTS = (Kind.LIMIT, Kind.REBOOT)


class Rejected(Exception):
    """A command is answered by RJ."""


@dataclass(frozen=True, slots=True)
class Build:
    """What the device is."""

    axes: int = 1
    microstep_mm: float = 0.00049609375
    """Of a small lead screw, as printed on many of Zaber's slides."""
    travel_mm: float = 100.0
    speed_mm_per_s: float = 100.0
    acceleration_mm_per_s2: float = 1000.0
    start_mm: float = 30.0
    """Where the axes stand when it is switched on."""
    serial: int = 70000
    firmware: str = "7.38"
    address: int = 1


class _Motor:
    """One axis with what the firmware knows of it."""

    def __init__(self, build: Build) -> None:
        self.axis = Axis(build.start_mm)
        self.lost_mm = build.start_mm
        """True place at which the firmware takes itself to be at 0."""
        self.referenced = self.homing = False
        self.flags: list[str] = []
        self.settings: dict[str, float] = {
            "maxspeed": round(build.speed_mm_per_s / build.microstep_mm * SPEED_UNIT),
            "accel": round(build.acceleration_mm_per_s2 / build.microstep_mm * ACCELERATION_UNIT),
            "limit.min": 0,
            "limit.max": round(build.travel_mm / build.microstep_mm),
            "resolution": 64,
            "peripheralid": 43211,
            "driver.temperature": 30,
        }

    def flag(self) -> str:
        """Return the most urgent flag."""
        return self.flags[0] if self.flags else NO_FLAG if self.referenced else "WR"


class Zaber:
    """A `Peer`: a Zaber device."""

    def __init__(self, build: Build | None = None, faults: Faults | None = None) -> None:
        """Be switched on at time zero, not referenced."""
        self._build = build or Build()
        self._faults = faults or Faults()
        self._motors = [_Motor(self._build) for _ in range(self._build.axes)]
        self._framer = LineFramer(255)
        self._out = b""
        self._now_ns = 0
        self._stalled = False
        self._device_settings = {
            "deviceid": "50081",
            "system.serial": str(self._build.serial),
            "version": self._build.firmware,
            "version.build": "1000",
            "system.axiscount": str(self._build.axes),
            "comm.packet.size.max": "80",
            "comm.word.size.max": "50",
            "comm.command.packets.max": "1",
            "comm.address": str(self._build.address),
            "comm.alert": "0",
            "comm.checksum": "0",
            "get.settings.max": "0",
            "device.hw.modified": "0",
            "system.access": "1",
            "system.voltage": "24.0",
        }
        self._commands: dict[str, Callable[[list[str], list[_Motor]], str]] = {
            "": lambda _words, _motors: "0",
            "get": self._get,
            "set": self._set,
            "home": self._home,
            "move": self._move,
            "stop": self._stop,
            "estop": self._estop,
            "warnings": self._warnings,
            "storage": self._storage,
            "renumber": lambda _words, _motors: "0",
        }

    # Peer ----------------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes of commands; each is answered at once."""
        self._pass_to(now_ns)
        if self._faults.on(Kind.SILENT, now_ns):
            return
        for line in self._framer.feed(data):
            self._answer(line)

    def wake(self, now_ns: int) -> None:
        """Let time pass."""
        self._pass_to(now_ns)

    def next_ns(self) -> int | None:
        """Return when something happens that is not asked for."""
        due = [self._faults.next_ns(_FAULTS), self._faults.edge_ns(self._now_ns, Kind.STALL)]
        due += [motor.axis.next_ns() for motor in self._motors if motor.homing]
        return min((time for time in due if time is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out

    def places_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) true places at (n,) times up to now."""
        for motor in self._motors:
            motor.axis.advance(int(times_ns.max()))
        rows = [[motor.axis.at(int(time)) for motor in self._motors] for time in times_ns]
        return np.array(rows, dtype=np.float64)

    # Time ----------------------------------------------------------------------------------

    def _pass_to(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        for motor in self._motors:
            motor.axis.advance(self._now_ns)
            if motor.homing and not motor.axis.moving:
                motor.homing, motor.referenced, motor.lost_mm = False, True, 0.0
        self._stalled = self._faults.on(Kind.STALL, self._now_ns) is not None
        if self._stalled:
            self._stop_dead()
        if self._faults.happened(Kind.LIMIT, self._now_ns):
            self._stop_dead()
            for motor in self._motors:
                motor.flags, motor.referenced = ["FE"], False
        if self._faults.happened(Kind.REBOOT, self._now_ns):
            self._stop_dead()
            for motor in self._motors:
                motor.flags, motor.referenced, motor.homing = [], False, False
                motor.lost_mm = motor.axis.at(self._now_ns)

    def _stop_dead(self) -> None:
        for motor in self._motors:
            if motor.axis.moving:
                motor.axis.stop_dead(self._now_ns)

    # Lines ---------------------------------------------------------------------------------

    def _answer(self, line: bytes) -> None:
        text = checked(line)
        if text is None or not text.startswith("/"):
            return
        numbers, words = _split(text[1:])
        device, scope = (*numbers, 0, 0)[:2]
        ident = numbers[2] if len(numbers) > 2 else None
        if device not in (0, self._build.address):
            return
        motors = self._motors if scope == 0 else self._motors[scope - 1 : scope]
        try:
            if not motors:
                raise Rejected("BADAXIS")
            data, verdict = self._obey(words, motors, scope), "OK"
        except Rejected as refusal:
            data, verdict, motors = str(refusal), "RJ", motors or self._motors
        busy = "BUSY" if any(motor.axis.moving for motor in motors) else "IDLE"
        head = f"{self._build.address:02d} {scope}" + ("" if ident is None else f" {ident:02d}")
        body = f"{head} {verdict} {busy} {_worst(motors)} {data}"
        self._out += f"@{body}:{checksum(body.encode()):02X}\r\n".encode()

    def _obey(self, words: list[str], motors: list[_Motor], scope: int) -> str:
        name, rest = (words[0], words[1:]) if words else ("", [])
        if name not in self._commands:
            raise Rejected("BADCOMMAND")
        if name in ("get", "set") and scope and rest and rest[0] in self._device_settings:
            raise Rejected("BADCOMMAND")
        return self._commands[name](rest, motors)

    # Commands ------------------------------------------------------------------------------

    def _get(self, words: list[str], motors: list[_Motor]) -> str:
        if len(words) != 1:
            raise Rejected("BADCOMMAND")
        name = words[0]
        if name in self._device_settings:
            return self._device_settings[name]
        if name == "pos":
            return " ".join(str(self._position(motor)) for motor in motors)
        if name not in motors[0].settings:
            raise Rejected("BADCOMMAND")
        return " ".join(f"{motor.settings[name]:.10g}" for motor in motors)

    def _set(self, words: list[str], motors: list[_Motor]) -> str:
        if len(words) != 2 or words[0] not in motors[0].settings | dict.fromkeys(("pos",), 0.0):
            raise Rejected("BADCOMMAND")
        value = _value(words[1])
        if words[0] in ("maxspeed", "accel") and value <= 0:
            raise Rejected("BADDATA")
        for motor in motors:
            if words[0] == "pos":
                motor.lost_mm = motor.axis.at(self._now_ns) - value * self._build.microstep_mm
            else:
                motor.settings[words[0]] = value
        return "0"

    def _home(self, _words: list[str], motors: list[_Motor]) -> str:
        for motor in motors:
            motor.flags = []
            motor.homing = True
            self._go(motor, 0.0, HOMING_SPEED_MM_PER_S, self._build.acceleration_mm_per_s2)
        return "0"

    def _move(self, words: list[str], motors: list[_Motor]) -> str:
        self._refuse_on_purpose()
        kind, values = (words[0], [_value(word) for word in words[1:]]) if words else ("", [])
        if kind not in ("abs", "rel", "vel", "min", "max"):
            raise Rejected("BADCOMMAND")
        if len(values) < (kind in ("abs", "rel", "vel")):
            raise Rejected("BADCOMMAND")
        for motor in motors:
            self._move_one(motor, kind, values)
        return "0"

    def _move_one(self, motor: _Motor, kind: str, values: list[float]) -> None:
        settings, step = motor.settings, self._build.microstep_mm
        lower, upper = settings["limit.min"], settings["limit.max"]
        if motor.flag().startswith("F") or (not motor.referenced and kind in ("abs", "min", "max")):
            raise Rejected("BADDATA")
        target, extra = {
            "abs": (values[0] if values else 0.0, values[1:]),
            "rel": (self._position(motor) + (values[0] if values else 0.0), values[1:]),
            "vel": (upper if values and values[0] > 0 else lower, [abs(v) for v in values]),
            "min": (lower, values),
            "max": (upper, values),
        }[kind]
        if not lower <= target <= upper:
            raise Rejected("BADDATA")
        if kind == "vel" and values[0] == 0:
            motor.axis.stop(self._now_ns, self._build.acceleration_mm_per_s2)
            return
        speed = extra[0] if extra and extra[0] > 0 else settings["maxspeed"]
        if speed > settings["maxspeed"]:
            raise Rejected("BADDATA")
        hard = extra[1] if len(extra) > 1 and extra[1] > 0 else settings["accel"]
        motor.homing = False
        self._go(
            motor,
            target * step + motor.lost_mm,
            speed / SPEED_UNIT * step,
            hard / ACCELERATION_UNIT * step,
        )

    def _go(self, motor: _Motor, place_mm: float, speed: float, hard: float) -> None:
        if not self._stalled:
            motor.axis.go(self._now_ns, Goal(place_mm, speed, hard))

    def _stop(self, _words: list[str], motors: list[_Motor]) -> str:
        for motor in motors:
            motor.homing = False
            motor.axis.stop(self._now_ns, self._build.acceleration_mm_per_s2)
        return "0"

    def _estop(self, _words: list[str], motors: list[_Motor]) -> str:
        for motor in motors:
            motor.homing = False
            motor.axis.stop_dead(self._now_ns)
        return "0"

    def _warnings(self, words: list[str], motors: list[_Motor]) -> str:
        flags = [flag for motor in motors for flag in motor.flags]
        flags += ["WR"] if any(not motor.referenced for motor in motors) else []
        if words == ["clear"]:
            for motor in motors:
                motor.flags = []
        elif words:
            raise Rejected("BADCOMMAND")
        return " ".join([f"{len(flags):02d}", *flags])

    def _storage(self, words: list[str], _motors: list[_Motor]) -> str:
        if words != ["get", "zaber.label"]:
            raise Rejected("BADDATA")
        return LABEL

    def _refuse_on_purpose(self) -> None:
        if self._faults.on(Kind.REFUSE, self._now_ns) is not None:
            raise Rejected("STATUSBUSY")

    def _position(self, motor: _Motor) -> int:
        return round((motor.axis.at(self._now_ns) - motor.lost_mm) / self._build.microstep_mm)


def _split(text: str) -> tuple[list[int], list[str]]:
    """Return the numbers in front and the words behind them."""
    words = text.split()
    numbers = 0
    while numbers < min(3, len(words)) and words[numbers].isdecimal():
        numbers += 1
    return [int(word) for word in words[:numbers]], words[numbers:]


def _value(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise Rejected("BADDATA") from None
    if value and not LEAST_VALUE <= abs(value) <= MOST_VALUE:
        raise Rejected("BADDATA")
    return value


def _worst(motors: list[_Motor]) -> str:
    flags = [motor.flag() for motor in motors]
    return min((flag for flag in flags if flag != NO_FLAG), default=NO_FLAG)
