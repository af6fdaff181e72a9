"""Lines of a GRBL controller: each kind, and the offset that is told now and then."""

import pytest

from linacsim.devices.grbl.lines import StatusReader, Told, error_text, parse_line


@pytest.mark.parametrize(
    ("line", "told", "code"),
    [
        (b"ok", Told.OK, 0),
        (b"error:15", Told.ERROR, 15),
        (b"error:what", Told.ERROR, -1),
        (b"ALARM:1", Told.ALARM, 1),
        (b"Grbl 1.1h ['$' for help]", Told.BANNER, 0),
        (b"GrblHAL 1.1f ['$' or '$HELP' for help]", Told.BANNER, 0),
        (b"$110=6000.000", Told.SETTING, 110),
        (b"$10=1", Told.SETTING, 10),
        (b"[VER:1.1h.20190830:]", Told.NOTE, 0),
        (b"[MSG:'$H'|'$X' to unlock]", Told.NOTE, 0),
        (b"<Idle|MPos:0.000,0.000,0.000>", Told.STATUS, 0),
        (b"okay", Told.OTHER, 0),
        (b"$N0=", Told.OTHER, 0),
        (b"\xff\xfe", Told.OTHER, 0),
    ],
)
def test_a_line_is_what_it_is(line: bytes, told: Told, code: int) -> None:
    found = parse_line(line)
    assert (found.told, found.code) == (told, code)


def test_settings_of_grblhal_may_carry_a_comment() -> None:
    found = parse_line(b"$130=200.000 (X-axis travel, mm)")
    assert (found.code, found.value) == (130, 200.0)


def test_a_report_is_read() -> None:
    status = StatusReader().read("<Hold:1|MPos:-1.500,2.000,0.000|Bf:12,120|FS:0,0|Pn:XZ>")
    assert status is not None
    assert (status.state, status.sub_state) == ("Hold", 1)
    assert status.machine_mm == (-1.5, 2.0, 0.0)
    assert status.free_blocks == 12
    assert status.pins == "XZ"


def test_work_coordinates_need_their_offset_and_it_is_remembered() -> None:
    reader = StatusReader()
    first = reader.read("<Jog|WPos:1.000,2.000,3.000>")
    assert first is not None
    assert first.machine_mm is None
    told = reader.read("<Jog|WPos:1.000,2.000,3.000|WCO:-10.000,0.000,5.000>")
    assert told is not None
    assert told.machine_mm == (-9.0, 2.0, 8.0)
    later = reader.read("<Jog|WPos:2.000,2.000,3.000>")
    assert later is not None
    assert later.machine_mm == (-8.0, 2.0, 8.0)


@pytest.mark.parametrize("text", ["<>", "<Idle", "<Idle|MPos:1,2,3", "Idle|MPos:1,2,3>", "<1|a>"])
def test_what_is_no_report_is_none(text: str) -> None:
    assert StatusReader().read(text) is None


@pytest.mark.parametrize("place", ["nan,0,0", "1e99,0,0", "a,b,c", "", "1,,2"])
def test_places_that_are_no_numbers_are_not_told(place: str) -> None:
    status = StatusReader().read(f"<Idle|MPos:{place}>")
    assert status is not None
    assert status.machine_mm is None


def test_errors_and_alarms_are_told_in_words() -> None:
    assert error_text(parse_line(b"error:15")) == "error:15 (jog target beyond the travel)"
    assert error_text(parse_line(b"ALARM:2")) == "ALARM:2 (soft limit)"
    assert error_text(parse_line(b"error:199")) == "error:199"
