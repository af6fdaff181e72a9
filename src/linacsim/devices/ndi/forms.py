"""How a camera is asked for the places of its tools (research/hil-protocols.md 1.4, 1.7 to 1.9)."""

from collections.abc import Callable
from enum import StrEnum

from linacsim.devices.ndi.gbf import parse_bx2
from linacsim.devices.ndi.packets import Reply
from linacsim.devices.ndi.replies import Tracking, parse_bx, parse_tx

_TRACK_MASK = "0801"
BX2_OPTIONS = "--6d=tools --3d=none --sensor=none --1d=none"
STREAM = "linacsim"
"""Name of the stream that is asked for, so that nobody else's is stopped."""
STREAM_ID = f"--id={STREAM}"
STREAMED_BYTES = 110
"""A streamed frame with one tool."""


class ReplyForm(StrEnum):
    """How places are asked for."""

    TX = "tx"
    """As text."""
    BX = "bx"
    """In binary."""
    BX2 = "bx2"
    """In the General Binary Format, of cameras since the Vega."""
    STREAM = "stream"
    """As BX2, but asked for once: the camera then sends each frame."""


FORMS: dict[ReplyForm, tuple[str, Callable[[Reply], Tracking]]] = {
    ReplyForm.TX: (_TRACK_MASK, lambda reply: parse_tx(reply.text)),
    ReplyForm.BX: (_TRACK_MASK, lambda reply: parse_bx(reply.payload)),
    ReplyForm.BX2: (BX2_OPTIONS, lambda reply: parse_bx2(reply.payload)),
}
"""What each question says beside its name, and what its reply means."""
OF_NEWER_CAMERAS = {ReplyForm.BX2: "BX2", ReplyForm.STREAM: "streams"}
"""What not every camera offers, and what it is called."""
