"""Lines of numbers as people print them, and as they come out broken."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.devices.csv.rows import Form, RowFramer


def rows_of(data: bytes, form: Form) -> list[tuple[float, ...]]:
    framer = RowFramer(form)
    return framer.feed(b"what was left of a line\n" + data)


@pytest.mark.parametrize(
    ("line", "form"),
    [
        (b"1.5,-2,3e1\n", Form(3)),
        (b" 1.5 , -2.0 ,+30.\r\n", Form(3)),
        (b"1,5;-2;30\n", Form(3, ";", ",")),
        (b"1.5\t-2\t30\r", Form(3, "\t")),
        (b"1.5   -2 30\n", Form(3, " ")),
        (b"# boot\n\n1.5,-2,30\n", Form(3)),
    ],
)
def test_rows_are_read_as_they_are_stated(line: bytes, form: Form) -> None:
    assert rows_of(line, form) == [(1.5, -2.0, 30.0)]


@pytest.mark.parametrize(
    "line",
    b"1,2|1,2,3,4|x:1,y:2,z:3|1,two,3|1,2.0.0,3|1,0x2,3|1,2_0,3|1;2;3|1,\xff,3|1 2,3,4|hello".split(
        b"|"
    ),
)
def test_what_is_no_row_is_counted_and_told(line: bytes) -> None:
    framer = RowFramer(Form(3))
    assert framer.feed(b"\n" + line + b"\n") == []
    assert framer.counters.undecodable == 1
    assert framer.strange == line


@pytest.mark.parametrize("cell", [b"nan", b"NaN", b"inf", b"-inf", b"ovf", b""])
def test_a_value_that_is_none_is_not_a_number(cell: bytes) -> None:
    ((first, second),) = rows_of(cell + b",2\n", Form(2))
    assert math.isnan(first)
    assert second == 2.0


def test_decimal_commas_are_not_mistaken_for_points() -> None:
    assert rows_of(b"1.5;2\n", Form(2, ";", ",")) == []


def test_half_a_line_at_the_start_is_left_out() -> None:
    framer = RowFramer(Form(1))
    assert framer.feed(b"23.5\n1.0\n") == [(1.0,)], "of 123.5, perhaps"


def test_no_line_end_is_a_long_line_at_last() -> None:
    framer = RowFramer(Form(1))
    framer.feed(b"\n")
    assert framer.feed(b"7" * 1000) == []
    assert framer.counters.truncated == 1
    assert framer.feed(b"\n5\n") == [(5.0,)]


def test_a_stand_in_says_that_it_is_one_until_the_wire_is_opened_anew() -> None:
    framer = RowFramer(Form(1))
    framer.feed(b"\n# SIM something\n1\n")
    assert framer.simulated
    framer.reset()
    assert not framer.simulated


@given(st.binary(max_size=600), st.integers(1, 40))
def test_any_bytes_in_any_chunks_give_the_same_rows(data: bytes, size: int) -> None:
    whole, parts = RowFramer(Form(2)), RowFramer(Form(2))
    rows = [row for k in range(0, len(data), size) for row in parts.feed(data[k : k + size])]
    assert repr(rows) == repr(whole.feed(data))
    assert parts.counters == whole.counters
