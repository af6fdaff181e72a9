"""Values as their representation demands (PS3.5, 6.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.dicom.desktop_pro.formats import FORMATS, are_plain_decimals, fits_multiplicity


@pytest.mark.parametrize(
    ("representation", "text", "right"),
    [
        ("DS", "-1.5e-3", True),
        ("DS", ".5", True),
        ("DS", "5.", True),
        ("DS", "1e999", False),
        ("DS", "nan", False),
        ("DS", "1_0", False),
        ("DS", "1234567890.123456", False),
        ("DS", "\u0663", False),
        ("IS", "+12", True),
        ("IS", "1.0", False),
        ("IS", "2147483648", False),
        ("DA", "20240229", True),
        ("DA", "20230229", False),
        ("DA", "2024.02.29", False),
        ("TM", "12", True),
        ("TM", "235960.123456", True),
        ("TM", "2400", False),
        ("TM", "12:00:00", False),
        ("UI", "1.2.840.10008", True),
        ("UI", "1.02", False),
        ("UI", "1." + "2" * 64, False),
        ("CS", "ELECTRON_SQUARE", True),
        ("CS", "photon", False),
        ("SH", "L" * 16, True),
        ("SH", "L" * 17, False),
        ("LO", "a\nb", False),
        ("ST", "a\r\nb", True),
        ("LO", "\x1b[2J", False),
        ("LO", "caf\x1b-A\xe9", True),
        ("LO", "a\x96b", True),
        ("ST", "a\0b", False),
        ("PN", "A^B^C^D^E=F=G", True),
        ("PN", "A^B^C^D^E^F", False),
        ("PN", "A=B=C=D", False),
    ],
)
def test_values(representation: str, text: str, right: bool) -> None:
    assert FORMATS[representation][0](text) is right


@pytest.mark.parametrize(
    ("found", "allowed", "fits"),
    [(1, "1", True), (2, "1", False), (7, "1-n", True), (3, "2-2n", False), (4, "2-2n", True)],
)
def test_multiplicity(found: int, allowed: str, fits: bool) -> None:
    assert fits_multiplicity(found, allowed) is fits


@given(st.lists(st.text("0123456789.+-eE _\x00", max_size=18), min_size=1, max_size=4))
def test_what_is_quickly_right_is_right(texts: list[str]) -> None:
    is_right = FORMATS["DS"][0]
    if are_plain_decimals("\\".join(texts).encode()):
        assert all(is_right(text.strip(" \0")) for text in texts)


@given(st.lists(st.decimals(-999, 999, places=2), min_size=1, max_size=200))
def test_usual_decimals_are_quickly_right(values: list[object]) -> None:
    assert are_plain_decimals("\\".join(map(str, values)).encode())


def test_a_wrong_value_at_the_end_takes_no_time() -> None:
    """A pattern that tries every way to divide digits would not come back from this."""
    assert not are_plain_decimals(b"\\".join([b"1234567890"] * 10_000) + b"\\x")
