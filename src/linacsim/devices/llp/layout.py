"""The fields of each type of frame: one table for reading and writing."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from linacsim.devices.llp import messages as m

_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+|inf|nan)")
_ID = re.compile(r"[A-Za-z0-9]{1,8}")
_WHOLE = re.compile(r"\d{1,20}")


class WrongSyntax(ValueError):
    """A frame with a right checksum and a content against the grammar; the text says where."""


class Codec(NamedTuple):
    """How one field is read and written."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


class Layout(NamedTuple):
    """The fields of a type."""

    name: str
    record: type
    fixed: tuple[Codec, ...] = ()
    rest: Codec | None = None
    """Of all fields that follow, as the record's last member."""
    optional: int = 0
    """How many of the fixed ones may be missing at the end."""


def read_float(text: str) -> float:
    """Return a number; NaN for an empty field. Raises WrongSyntax."""
    if not text:
        return math.nan
    if _FLOAT.fullmatch(text) is None:
        raise WrongSyntax(f"{text!r} is no number")
    return float(text)


def write_float(value: float) -> str:
    """Return a number without exponent, to 6 decimals; nothing for NaN and infinity."""
    if not math.isfinite(value):
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def read_whole(text: str) -> int:
    """Return a number of digits only. Raises WrongSyntax."""
    if _WHOLE.fullmatch(text) is None:
        raise WrongSyntax(f"{text!r} is no whole number")
    return int(text)


def read_id(text: str) -> str:
    """Return the id of a command. Raises WrongSyntax."""
    if _ID.fullmatch(text) is None:
        raise WrongSyntax(f"{text[:9]!r} is no command id: up to 8 letters and digits")
    return text


def _read_bit(text: str) -> bool:
    if text not in ("0", "1"):
        raise WrongSyntax(f"{text!r} is neither 0 nor 1")
    return text == "1"


def _read_channels(text: str) -> tuple[m.Channel, ...]:
    pairs = [part.partition(":") for part in text.split(";") if part]
    if not all(name and unit for name, _, unit in pairs):
        raise WrongSyntax(f"channels {text!r}: write name:unit;name:unit")
    return tuple(m.Channel(name, unit) for name, _, unit in pairs)


def _write_channels(channels: Sequence[m.Channel]) -> str:
    return ";".join(f"{channel.name}:{channel.unit}" for channel in channels)


_TEXT = Codec(str, str)
_COMMAND = Codec(read_id, str)
_WHOLE_NUMBER = Codec(read_whole, str)
_NUMBER = Codec(read_float, write_float)
_BIT = Codec(_read_bit, lambda bit: "1" if bit else "0")
_CHANNELS = Codec(_read_channels, _write_channels)
_WORDS = Codec(lambda text: tuple(text.split(";")) if text else (), ";".join)

_DEVICE_HELO = Layout(
    "HELO",
    m.Helo,
    (_TEXT,) * 5 + (_CHANNELS, _NUMBER, _WHOLE_NUMBER, _WORDS),
    optional=1,
)
_HOST_HELO = Layout("HELO", m.HostHelo, (_TEXT,))

LAYOUTS = (
    _DEVICE_HELO,
    _HOST_HELO,
    Layout("S", m.Sample, (), _NUMBER),
    Layout("H", m.DeviceBeat, (_NUMBER, _WHOLE_NUMBER, _WHOLE_NUMBER, _NUMBER)),
    Layout("HB", m.HostBeat, (_TEXT,)),
    Layout("TS", m.ClockAsk, (_WHOLE_NUMBER,) * 2),
    Layout("T", m.ClockAnswer, (_WHOLE_NUMBER,) * 4),
    Layout("CFG", m.Configure, (_COMMAND, _TEXT, _TEXT)),
    Layout("RUN", m.Run, (_COMMAND,)),
    Layout("STOP", m.Stop, (_COMMAND,)),
    Layout("ACK", m.Ack, (_COMMAND, _WHOLE_NUMBER, _TEXT), optional=1),
    Layout("NAK", m.Nak, (_COMMAND, _WHOLE_NUMBER, _TEXT), optional=1),
    Layout("G", m.Gate, (_WHOLE_NUMBER, _BIT, _BIT, _BIT)),
    Layout("GO", m.Outputs, (_WHOLE_NUMBER,) * 2),
    Layout("MOV", m.Move, (_COMMAND, _WHOLE_NUMBER, _NUMBER, _NUMBER)),
    Layout("JOG", m.Jog, (_COMMAND, _WHOLE_NUMBER, _NUMBER, _WHOLE_NUMBER)),
    Layout("TRJ", m.SetPoints, (_COMMAND, _WHOLE_NUMBER, _WHOLE_NUMBER), _NUMBER),
    Layout("HOM", m.Home, (_COMMAND, _WHOLE_NUMBER)),
    Layout("EST", m.EmergencyStop),
    Layout("P", m.StagePosition, (_WHOLE_NUMBER, _NUMBER, _NUMBER, _TEXT)),
    Layout("E", m.DeviceEvent, (_WHOLE_NUMBER, _WHOLE_NUMBER, _TEXT)),
)
_BY_TYPE = {layout.name: layout for layout in LAYOUTS if layout is not _HOST_HELO}
_BY_RECORD = {layout.record: layout for layout in LAYOUTS}
_MEMBERS = {layout.record: tuple(f.name for f in fields(layout.record)) for layout in LAYOUTS}
_LEAST_OF_DEVICE = len(_DEVICE_HELO.fixed) - 1


def body_of(frame_type: str, parts: Sequence[str]) -> m.Body:
    """Return the record of a type and its fields; extra fields at the end are ignored.

    Raises WrongSyntax.
    """
    layout = _BY_TYPE.get(frame_type)
    if layout is None:
        return m.Unknown(frame_type, tuple(parts))
    if layout is _DEVICE_HELO and len(parts) < _LEAST_OF_DEVICE:
        layout = _HOST_HELO
    fixed = layout.fixed
    if len(parts) < len(fixed) - layout.optional:
        raise WrongSyntax(f"{frame_type} has {len(parts)} fields, {len(fixed)} are needed")
    values = [codec.read(part) for codec, part in zip(fixed, parts, strict=False)]
    if layout.rest is not None:
        values.append(tuple(map(layout.rest.read, parts[len(fixed) :])))
    body: m.Body = layout.record(*values)
    return body


def fields_of(body: m.Body) -> tuple[str, list[str]]:
    """Return the type and the fields of a record."""
    if isinstance(body, m.Unknown):
        return body.type, list(body.fields)
    layout = _BY_RECORD[type(body)]
    values = [getattr(body, name) for name in _MEMBERS[layout.record]]
    texts = [codec.write(value) for codec, value in zip(layout.fixed, values, strict=False)]
    for _ in range(layout.optional):
        if not texts[-1]:
            texts.pop()
    if layout.rest is not None:
        texts += map(layout.rest.write, values[-1])
    return layout.name, texts
