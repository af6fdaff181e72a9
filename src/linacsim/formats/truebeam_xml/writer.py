"""Writes a Beam as TrueBeam XML 2.0.

Element order is that of the same tables that the reader uses; numbers are the shortest that read
back as the same; leaves have exactly one blank between them. What 2.0 cannot say is turned into
what it can, or left out, by `downgrade`, which tells it.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from linacsim.formats.truebeam_xml.beam_schema import SET_BEAM
from linacsim.formats.truebeam_xml.downgrade import as_2_0
from linacsim.formats.truebeam_xml.point_writer import point_lines
from linacsim.formats.truebeam_xml.shapes import (
    Elsewhere,
    Flag,
    Kind,
    OneOf,
    Part,
    Raw,
    Row,
    Shape,
)
from linacsim.formats.truebeam_xml.values import Scalar
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, InputError, Place, os_reason

_INDENT = "  "
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STARTED = re.compile(r"<(\w+)")


def beam_to_xml(beam: Beam, *, keep_dialect: bool = False) -> bytes:
    """Return a VarianResearchBeam document, UTF-8; see `write_beam` for what is lost.

    With `keep_dialect` nothing is lost: elements of 1.x and 4 are written as they were read.
    Raises InputError if a text of the beam holds a character that XML cannot.
    """
    return _document(beam if keep_dialect else as_2_0(beam)[0])


def write_beam(beam: Beam, path: Path) -> tuple[Finding, ...]:
    """Write a beam and return what 2.0 could not keep.

    The file appears whole or not at all. Raises InputError if it cannot be written.
    """
    plain, findings = as_2_0(beam)
    write_whole(_document(plain), path)
    return findings


def write_whole(data: bytes, path: Path) -> None:
    """Write a file under a temporary name, then rename it; raise InputError on failure."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise InputError(f"cannot write the file: {os_reason(error)}", Place(str(path))) from None


def _document(beam: Beam) -> bytes:
    scale = "" if beam.scale is None else f" Scale={quoteattr(beam.scale)}"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<VarianResearchBeam SchemaVersion="1.0"{scale}>',
        *_element("SetBeam", SET_BEAM, _Values(beam), 1),
        "</VarianResearchBeam>",
        "",
    ]
    text = "\n".join(lines)
    illegal = _ILLEGAL.search(text)
    if illegal is not None:
        element = _STARTED.findall(text, 0, illegal.start())[-1]
        raise InputError(
            f"{element} holds the character U+{ord(illegal.group()):04X}, which XML cannot hold",
            Place(beam.source.path),
        )
    return text.encode()


class _Values:
    """A beam as the SetBeam table sees it."""

    def __init__(self, beam: Beam) -> None:
        self.beam = beam

    def __getattr__(self, name: str) -> Any:
        if name == "accessories":
            codes = enumerate(self.beam.accessories, start=1)
            return {f"Acc{slot}": code for slot, code in codes}
        return getattr(self.beam, name)


def _element(name: str, shape: Shape, record: Any, depth: int) -> Iterator[str]:
    attributes = "".join(
        f" {part.name}={quoteattr(_text(part.kind, value), _ESCAPES)}"
        for part in shape.attributes
        if (value := _value(record, part)) is not None
    )
    if shape.text is not None:
        text = _escaped(getattr(record, shape.text))
        yield f"{_INDENT * depth}<{name}{attributes}>{text}</{name}>"
        return
    if shape.content is not None:
        yield from _raw(name, getattr(record, shape.content), depth, attributes)
        return
    children = [line for part in shape.parts for line in _part(part, record, depth + 1)]
    yield from _wrapped(name, attributes, children, depth)


def _wrapped(name: str, attributes: str, children: list[str], depth: int) -> Iterator[str]:
    if not children:
        yield f"{_INDENT * depth}<{name}{attributes} />"
        return
    yield f"{_INDENT * depth}<{name}{attributes}>"
    yield from children
    yield f"{_INDENT * depth}</{name}>"


def _part(part: Part, record: Any, depth: int) -> Iterator[str]:
    if isinstance(part.kind, Elsewhere):
        yield from _wrapped(part.name, "", point_lines(record.beam, _INDENT * depth), depth)
    elif isinstance(part.kind, Flag):
        if record.outside_treatment is None:
            yield f"{_INDENT * depth}<{part.name} />"
    else:
        value = _value(record, part)
        for item in value if part.is_list else (value,):
            yield from _kind(part, item, depth)


def _kind(part: Part, value: Any, depth: int) -> Iterator[str]:
    name, kind = part.name, part.kind
    if isinstance(kind, Scalar) and (value is not None or kind.has_none):
        yield f"{_INDENT * depth}<{name}>{_escaped(kind.format(value))}</{name}>"
    elif value is None or (not part.least and not _is_filled(value)):
        return
    elif isinstance(kind, Shape):
        yield from _element(name, kind, value, depth)
    elif isinstance(kind, Row):
        items = [line for item in value for line in _item(kind.items, item, depth + 1)]
        yield from _wrapped(name, "", items, depth)
    elif isinstance(kind, OneOf):
        yield from _wrapped(name, "", list(_item(kind.items, value, depth + 1)), depth)
    elif isinstance(kind, Raw):
        yield from _raw(name, value, depth, "")


def _is_filled(value: Any) -> bool:
    return len(value) > 0 if isinstance(value, tuple | Mapping) else True


def _item(items: Mapping[str, Shape], record: Any, depth: int) -> Iterator[str]:
    for name, shape in items.items():
        if isinstance(shape.record, type) and isinstance(record, shape.record):
            own = name if shape.tag is None else getattr(record, shape.tag)
            yield from _element(own, shape, record, depth)
            return


def _raw(name: str, content: tuple[str, ...], depth: int, attributes: str) -> Iterator[str]:
    # On one line: blanks inside could belong to the content.
    inner = "".join(content)
    end = f">{inner}</{name}>" if inner else " />"
    yield f"{_INDENT * depth}<{name}{attributes}{end}"


def _value(record: Any, part: Part) -> Any:
    return record.get(part.name) if isinstance(record, Mapping) else getattr(record, part.field)


def _text(kind: Kind, value: Any) -> str:
    assert isinstance(kind, Scalar)
    return kind.format(value)


_ESCAPES = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})
