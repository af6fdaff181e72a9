"""Lines of the Zaber ASCII protocol, with the checksums of the research page."""

import pytest

from linacsim.devices.zaber.messages import Kind, checked, checksum, command, parse


def test_checksums_are_those_of_the_protocol() -> None:
    assert checksum(b"1 0 get pos") == 0xAD
    assert checksum(b"0 0 00 home") == 0x37
    assert command("get pos", 1, 0) == b"/01 0 get pos:7D\n"


def test_a_command_without_words_asks_how_it_stands() -> None:
    assert command("", 1, 0, 5).startswith(b"/01 0 05:")


def test_a_reply_is_read() -> None:
    heard = parse(b"@01 1 07 OK BUSY WR 12345")
    assert heard is not None
    assert (heard.kind, heard.device, heard.axis, heard.ident) == (Kind.REPLY, 1, 1, 7)
    assert (heard.accepted, heard.busy, heard.flag, heard.data) == (True, True, "WR", "12345")
    assert not heard.is_fault


def test_a_refusal_and_an_alert_are_read() -> None:
    refused = parse(b"@01 0 RJ IDLE -- BADDATA")
    assert refused is not None
    assert not refused.accepted
    assert refused.ident is None
    alert = parse(b"!01 2 IDLE FS")
    assert alert is not None
    assert (alert.kind, alert.axis, alert.is_fault) == (Kind.ALERT, 2, True)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"@01 1 07 OK BUSY WR 12345:00",
        b"@01 1 07 OK BUSY WR 12345:GG",
        b"@1 1 OK IDLE -- 0",
        b"@01 1 07 OK ASLEEP -- 0",
        b"#01 0 what it has to say",
        b"\xff\xff",
        b"@" + b"0" * 300,
    ],
)
def test_what_is_damaged_or_nobody_asked_for_is_none(line: bytes) -> None:
    assert parse(line) is None


def test_a_right_checksum_is_taken_off() -> None:
    body = b"@01 1 07 OK IDLE -- 5"
    line = body + f":{checksum(body[1:]):02X}".encode()
    assert checked(line) == body.decode()
    assert parse(line) == parse(body)
