"""Texts inside a log: subbeam names and the metadata block of version 4 and later.

Version 3 and later hold names in UTF-7 as the .NET encoder writes it, which encodes more
characters than it must: `_` becomes `+AF8-` (measured, research/log-formats.md 1.3).
"""

import base64
import re
from collections.abc import Mapping

from linacsim.formats.trajectory_log.layout import METADATA_BYTES
from linacsim.model.findings import InputError

_ENCODED_RUN = re.compile(r"\+|[^\t\n\r '(),\-./0-9:?A-Za-z+][^\t\n\r '(),\-./0-9:?A-Za-z]*")

METADATA_KEYS = (
    "Patient ID",
    "Plan Name",
    "Plan UID",
    "Original MU",
    "Remaining MU",
    "Energy",
    "BeamName",
)
"""In this order; one reader goes by position."""


def encode_name(name: str, size: int, utf7: bool) -> bytes:
    """Return `name` as the field of `size` bytes holds it, padded with NUL.

    Raises `InputError` where it does not fit or holds what the version cannot say.
    """
    _refuse_control_characters("beam name", name)
    try:
        data = _utf7(name) if utf7 else name.encode("ascii")
    except UnicodeEncodeError as error:
        raise InputError(
            f"beam name {name!r} has a character outside ASCII, which version 2.1 cannot "
            "hold: rename the beam or write version 3.0"
        ) from error
    if len(data) > size:
        raise InputError(
            f"beam name {name!r} needs {len(data)} bytes and the log has room for {size}: "
            "shorten the name"
        )
    return data.ljust(size, b"\0")


def decode_name(data: bytes, utf7: bool) -> str:
    """Return the text of a name field; what is not valid UTF-7 is shown as it stands."""
    text = data.split(b"\0", 1)[0]
    try:
        name = text.decode("utf-7" if utf7 else "ascii")
    except UnicodeDecodeError:
        name = text.decode("latin-1")
    return _printable(name)


def encode_metadata(values: Mapping[str, str]) -> bytes:
    """Return the metadata block: `Key:<TAB>Value<CRLF>` lines, padded with NUL.

    Raises `InputError` where a value holds anything but printable ASCII or all do not fit.
    """
    for key, value in values.items():
        _refuse_control_characters(key, value)
        if not value.isascii():
            raise InputError(
                f"{key} {value!r} has a character outside ASCII, which readers of the "
                "version 4.0 header refuse: change it or write version 3.0"
            )
    text = "".join(f"{key}:\t{values[key]}\r\n" for key in METADATA_KEYS)
    if len(text) > METADATA_BYTES:
        raise InputError(
            f"the texts of the log header need {len(text)} bytes and version 4.0 has room for "
            f"{METADATA_BYTES}: shorten patient ID, plan name or beam name"
        )
    return text.encode("ascii").ljust(METADATA_BYTES, b"\0")


def decode_metadata(block: bytes) -> dict[str, str]:
    """Return key and value of each line that has both."""
    text = block.rstrip(b"\0").decode("utf-8", errors="replace")
    lines = (line.partition(":") for line in text.split("\r\n"))
    return {
        _printable(key.strip()): _printable(value.strip()) for key, colon, value in lines if colon
    }


def _printable(text: str) -> str:
    """Return text that may be shown: what a stranger wrote must not steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _utf7(name: str) -> bytes:
    return _ENCODED_RUN.sub(_encoded_run, name).encode("ascii")


def _encoded_run(match: re.Match[str]) -> str:
    if match.group() == "+":
        return "+-"
    base = base64.b64encode(match.group().encode("utf-16-be")).decode("ascii")
    return f"+{base.rstrip('=')}-"


def _refuse_control_characters(what: str, text: str) -> None:
    if not text.isprintable():
        raise InputError(f"{what} {text!r} holds a control character: remove it")
