"""Throw broken plans and broken PDUs at a node, and see that it stays up.

    python -m tools.fuzz_dicom [COUNT] [SEED]

Plans are altered byte by byte, cut off, nested, inflated; PDUs are altered on the wire. Prints what
was answered how often. Fails if the node stops answering, answers success to what cannot be read
again, or leaves anything but whole plans in its database.
"""

import random
import socket
import struct
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

from pydicom import Dataset

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Console
from linacsim.dicom.desktop_pro.prescription import prescription_of
from linacsim.dicom.desktop_pro.request import Request
from linacsim.dicom.desktop_pro.validation import judge
from linacsim.model.findings import InputError
from linacsim.scenario.node import elements_of
from tests.elekta_plans import CONSOLE, encoded, good_plan
from tests.nodes import SENDER, TITLE, WHEN, call, running

HOSTILE_SHARE, PDU_SHARE = 4, 100
"""One plan with a hostile value, one connection with a broken PDU, for so many altered plans."""
HOSTILE_TEXTS = (
    "../../etc/passwd",
    "C:\\Windows\\system32",
    "a/b/c",
    "\x00\x01\x02\x1b[2J",
    "'; DROP TABLE plans; --",
    "\u202e\u0000",
    "x" * 100_000,
    "1e308\\-1e308\\nan\\inf",
    "9" * 400,
)


def altered(data: bytes, chance: random.Random) -> bytes:
    """Return a file with some bytes after the meta information changed, left out or doubled."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        at = chance.randrange(132 + 200, len(out))
        match chance.randrange(5):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                del out[at : at + chance.randrange(1, 64)]
            case 2:
                out[at:at] = out[at : at + chance.randrange(1, 64)]
            case 3:
                del out[at:]
                return bytes(out)
            case 4:
                out[at : at + 4] = struct.pack("<I", chance.choice((0xFFFF_FFFF, 0x7FFF_FFFF, 0)))
    return bytes(out)


def hostile(chance: random.Random) -> Dataset:
    """Return a plan one of whose attributes, somewhere, has a hostile value."""
    plan = good_plan()
    places = list(_places(plan))
    owner, tag = chance.choice(places)
    element = owner[tag]
    element._value = chance.choice(HOSTILE_TEXTS)
    return plan


def _places(dataset: Dataset) -> list[tuple[Dataset, int]]:
    out = []
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                out += _places(item)
        elif element.VR not in ("DS", "IS"):
            out.append((dataset, element.tag))
    return out


def answered(data: bytes, console: Console = CONSOLE) -> Code:
    """Return what the node would answer to these bytes; any exception but ours is a defect."""
    try:
        elements = elements_of(data)
    except InputError:
        return Code.INVALID_MESSAGE
    request = Request.of(elements, console)
    answer = judge(request)
    if answer.code.stored:
        prescription_of(request, WHEN)
    return answer.code


def request_pdu() -> bytes:
    """Return an association request for RT Plan Storage."""
    context = b"\x01\0\0\0" + _item(0x30, b"1.2.840.10008.5.1.4.1.1.481.5")
    context += _item(0x40, b"1.2.840.10008.1.2")
    user = _item(0x51, struct.pack(">I", 16384)) + _item(0x52, b"1.2.3")
    body = struct.pack(">HH", 1, 0) + TITLE.ljust(16).encode() + SENDER.ljust(16).encode()
    body += bytes(32) + _item(0x10, b"1.2.840.10008.3.1.1.1") + _item(0x20, context)
    body += _item(0x50, user)
    return struct.pack(">BBI", 1, 0, len(body)) + body


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def throw_at(port: int, chance: random.Random) -> None:
    """Connect, send a request that may be broken and then rubbish, and go."""
    data = bytearray(request_pdu())
    for _ in range(chance.choice((0, 1, 3))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    kind = chance.choice((0, 3, 4, 5, 6, 7, 9))
    rubbish = chance.randbytes(chance.randrange(200))
    length = chance.choice((len(rubbish), 0xFFFF_FFFF, 20_000_000, 0))
    data += struct.pack(">BBI", kind, 0, length) + rubbish
    with socket.socket() as one:
        one.settimeout(0.2)
        try:
            one.connect(("127.0.0.1", port))
            one.sendall(data)
            one.recv(4096)
        except OSError:
            pass


def main() -> None:
    """Throw as much as was asked for."""
    warnings.simplefilter("ignore")  # pydicom warns of each value that is hostile
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    good = encoded(good_plan())
    told: Counter[str] = Counter()
    for _ in range(count):
        told[str(answered(altered(good, chance)))] += 1
    for _ in range(count // HOSTILE_SHARE):
        try:
            data = encoded(hostile(chance))
        except Exception:  # pydicom cannot write it at all
            told["not written"] += 1
            continue
        told[str(answered(data))] += 1
    print("datasets:", dict(told))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as node:
        for _ in range(count // PDU_SHARE):
            throw_at(node.port, chance)
        assert "exit 0" in call("echoscu", node.port), "the node does not answer any more"
        assert node.service.prescriptions() == []
        lines = len(node.lines)
        print(f"PDUs: {count // PDU_SHARE} connections, {lines} lines in the log, still there")


if __name__ == "__main__":
    main()
