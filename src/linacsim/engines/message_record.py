"""Messages as JSON and back, for journals. A beam travels as its own XML, a field as
its arrays."""

import math
from dataclasses import asdict
from typing import Any

from linacsim.engines.field_record import field_from_record, field_to_record
from linacsim.formats.truebeam_xml import beam_to_xml, parse_beam
from linacsim.model.messages import (
    Action,
    DeviceNote,
    DeviceReport,
    Fault,
    FaultKind,
    HeartBeats,
    HoldLine,
    Load,
    Message,
    Operator,
    Prescribe,
    Samples,
    Standing,
)
from linacsim.model.samples import PositionSample

NAMES = {
    Operator: "operator",
    Fault: "fault",
    HoldLine: "hold line",
    HeartBeats: "heart-beats",
    DeviceReport: "device",
    DeviceNote: "device note",
}


def to_line(message: Message) -> dict[str, Any]:
    """Return a message as plain data with the name of its record."""
    if isinstance(message, Load):
        return {"message": "load", "beam": beam_to_xml(message.beam, keep_dialect=True).decode()}
    if isinstance(message, Prescribe):
        return {"message": "prescribe", "field": field_to_record(message.field)}
    if isinstance(message, Samples):
        rows = [_row(sample) for sample in message.samples]
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
    if name == "prescribe":
        return Prescribe(field_from_record(content["field"]))
    if name == "operator":
        return Operator(Action(content.pop("action")), **content)
    if name == "fault":
        return Fault(FaultKind(content.pop("kind")), **content)
    if name == "device":
        return DeviceReport(standing=Standing(content.pop("standing")), **content)
    if name == "device note":
        return DeviceNote(**content)
    if name == "hold line":
        return HoldLine(**content)
    if name == "heart-beats":
        return HeartBeats(**content)
    if name == "samples":
        rows = tuple(map(_sample, content["samples"]))
        return Samples(content["source"], rows)
    raise KeyError(name)


def _row(sample: PositionSample) -> list[Any]:
    """Return a sample as a list, without what was not measured at its end; JSON has no NaN."""
    row = [None if value != value else value for value in sample]
    while row[-1] is None:
        row.pop()
    return row


def _sample(row: list[Any]) -> PositionSample:
    """Return the sample of a list made by `_row`, whose last member is the couch position."""
    values: list[Any] = [math.nan if value is None else value for value in row]
    if len(row) == len(PositionSample._fields):
        values[-1] = tuple(row[-1])
    return PositionSample(*values)
