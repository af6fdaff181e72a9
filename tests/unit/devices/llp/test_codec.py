"""LLP/1 frames by example: the vectors of the specification, limits, what is refused and why."""

from urllib.parse import unquote

import pytest

pytest.importorskip("cobs", reason="needs the extra `devices`")

from linacsim.devices.llp import binary, text
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.layout import WrongSyntax, fields_of
from linacsim.devices.llp.version import why_refused
from tests.llp_vectors import binary_vectors, text_vectors


def test_the_checksum_is_the_published_one() -> None:
    assert text.crc(b"123456789") == 0x29B1


@pytest.mark.parametrize("line", text_vectors())
def test_text_vectors_are_read_and_written(line: str) -> None:
    (between,) = text.text_framer().feed(line.encode() + b"\r\n")
    frame = text.decode(between)
    assert not isinstance(frame.body, m.Unknown)
    assert text.decode(text.encode(frame)[1:-1]) == frame
    frame_type, fields = fields_of(frame.body)
    raw = [unquote(part) for part in between.decode().rpartition("*")[0].split(",")[4:]]
    if fields == raw:
        assert text.encode(frame).decode() == line + "\n"
    else:
        assert text.encode_fields(frame_type, frame.seq, frame.t_us, frame.flags, raw) == (
            line.encode() + b"\n"
        )


def test_there_is_a_vector_of_each_kind() -> None:
    types = {line[1:].split(",")[0] for line in text_vectors()}
    assert types >= {"HELO", "S", "H", "HB", "TS", "T", "CFG", "RUN", "STOP", "ACK", "NAK", "G"}
    assert len(binary_vectors()) >= 2


@pytest.mark.parametrize(("plain", "wire"), binary_vectors())
def test_binary_vectors_are_read_and_written(plain: bytes, wire: bytes) -> None:
    assert binary.binary_framer().feed(wire) == [plain]
    assert binary.encode(binary.decode(plain)) == wire


@pytest.mark.parametrize(
    "body",
    [b"S,65536,0,00", b"S,1,18446744073709551616,00", b"S,-1,0,00", b"S,1,0", b"s,1,0,00",
     b"SAMPL,1,0,00", b"S,1,0,0", b"S,1,0,GG", b"S,1,0,00,1e3", b"S,1,0,00,1_0", b"S,1,0,00, 1",
     b"G,1,0,00,3,2,0,0", b"G,1,0,00,3,1,0", b"HELO,1,0,00", b"TS,1,0,00,7", b"E,1,0,00,1,2,%G0",
     b"S,1,0,00,\xb5"],
)  # fmt: skip
def test_a_right_checksum_does_not_excuse_wrong_syntax(body: bytes) -> None:
    with pytest.raises(WrongSyntax):
        text.decode(body + b"*%04X" % text.crc(body))


def test_extra_fields_and_unknown_types_are_let_pass() -> None:
    def decoded(body: bytes) -> m.Body:
        return text.decode(body + b"*%04X" % text.crc(body)).body

    assert decoded(b"G,1,0,00,3,1,0,0,later") == m.Gate(3, True, False, False)
    assert decoded(b"NEW,1,0,00,a,b") == m.Unknown("NEW", ("a", "b"))


def test_a_frame_longer_than_256_bytes_is_not_sent() -> None:
    fits = m.Frame(m.DeviceEvent(0, 0, "x" * 230))
    assert len(text.encode(fits)) <= text.LONGEST
    with pytest.raises(ValueError, match="256 are allowed"):
        text.encode(m.Frame(m.DeviceEvent(0, 0, "x" * 240)))


def test_the_longest_binary_frame_fits_its_framer() -> None:
    longest = m.Frame(m.Sample((1.5,) * binary.MOST_FIELDS))
    assert len(binary.binary_framer().feed(binary.encode(longest))) == 1
    with pytest.raises(ValueError, match="are allowed"):
        binary.encode(m.Frame(m.Sample((1.5,) * (binary.MOST_FIELDS + 1))))


@pytest.mark.parametrize("protocol", ["LLP/1", "LLP/1.0", "LLP/1.17"])
def test_any_minor_of_version_one_is_spoken(protocol: str) -> None:
    assert why_refused(protocol) == ""


@pytest.mark.parametrize(
    ("protocol", "advice"),
    [("LLP/2", "update linacsim"), ("LLP/0.9", "update the firmware"), ("GRBL", "right device")],
)
def test_other_versions_are_refused_with_advice(protocol: str, advice: str) -> None:
    assert advice in why_refused(protocol)
