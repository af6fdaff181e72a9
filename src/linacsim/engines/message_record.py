"""Messages as JSON and back, for journals. A beam travels as its own XML."""

import math
from dataclasses import asdict, astuple
from typing import Any

from linacsim.formats.truebeam_xml import beam_to_xml, parse_beam
from linacsim.model.messages import (
    Action,
    DeviceReport,
    Fault,
    FaultKind,
    HoldLine,
    Load,
    Message,
    Operator,
    Samples,
    Standing,
)
from linacsim.model.samples import PositionSample

NAMES = {Operator: "operator", Fault: "fault", HoldLine: "hold line", DeviceReport: "device"}


def to_line(message: Message) -> dict[str, Any]:
    """Return a message as plain data with the name of its record."""
    if isinstance(message, Load):
        return {"message": "load", "beam": beam_to_xml(message.beam, keep_dialect=True).decode()}
    if isinstance(message, Samples):
        rows = [[_plain(value) for value in astuple(sample)] for sample in message.samples]
        return {"message": "samples", "source": message.source, "samples": rows}
    return {"message": NAMES[type(message)], **asdict(message)}


def from_line(line: dict[str, Any]) -> Message:
    """Return the message of a line made by `to_line`. Raises KeyError for an unknown one."""
    content = dict(line)
    name = content.pop("message")
    if name == "load":
        beam = parse_beam(content["beam"].encode(), "journal").beam
        if beam is None:
            raise KeyError("beam")
        return Load(beam)
    if name == "operator":
        return Operator(Action(content.pop("action")), **content)
    if name == "fault":
        return Fault(FaultKind(content.pop("kind")), **content)
    if name == "device":
        return DeviceReport(standing=Standing(content.pop("standing")), **content)
    if name == "hold line":
        return HoldLine(**content)
    if name == "samples":
        rows = tuple(PositionSample(*map(_number, row)) for row in content["samples"])
        return Samples(content["source"], rows)
    raise KeyError(name)


def _plain(value: Any) -> Any:
    """Return a value of a sample; JSON has no NaN, which stands for what was not measured."""
    return None if value != value else value


def _number(value: Any) -> Any:
    return math.nan if value is None else value
