"""What is written reads back the same, and nothing makes the reader fall over."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linacsim.formats.truebeam_xml import beam_to_xml, parse_beam
from linacsim.formats.truebeam_xml.decimals import LONGEST, parse_decimals
from linacsim.formats.truebeam_xml.downgrade import as_2_0
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError, has_errors
from tests.strategies import beams

SLOW = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(beams())
def test_reading_what_was_written_gives_the_same_beam(beam: Beam) -> None:
    result = parse_beam(beam_to_xml(beam), "written")
    assert result.beam == beam
    assert result.beam.source.dialect == "2.0"
    assert not has_errors(result.findings)


@SLOW
@given(beams(dialects=True))
def test_dialects_can_be_kept_whole(beam: Beam) -> None:
    result = parse_beam(beam_to_xml(beam, keep_dialect=True), "written")
    assert result.beam == beam
    assert not has_errors(result.findings)


@SLOW
@given(beams(dialects=True))
def test_every_beam_can_be_turned_into_2_0(beam: Beam) -> None:
    plain, findings = as_2_0(beam)
    result = parse_beam(beam_to_xml(beam), "written")
    assert result.beam == plain
    assert not result.findings
    assert (plain == beam) == (not findings)
    assert not as_2_0(plain)[1]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_result_or_one_clear_line(data: bytes) -> None:
    with pytest.raises(InputError, match="blob"):
        parse_beam(data, "blob")


PLAIN = st.from_regex(r"-?([0-9]{1,8}|[0-9]{1,3}\.[0-9]{0,4}|\.[0-9]{1,7})", fullmatch=True)


def blocks(each: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(PLAIN, min_size=each, max_size=each), min_size=1)


@given(st.integers(1, 4).flatmap(blocks))
def test_decimals_are_read_as_float_reads_them(rows: list[list[str]]) -> None:
    values = parse_decimals([" ".join(row).encode() for row in rows], len(rows[0]))
    assert values is not None
    assert np.array_equal(values, [[float(item) for item in row] for row in rows])


@given(st.lists(st.text("0123456789.- +eE\t", max_size=LONGEST + 3), min_size=1), st.integers(1, 3))
def test_decimals_refuse_what_is_not_plain(texts: list[str], each: int) -> None:
    values = parse_decimals([text.encode() for text in texts], each)
    if values is not None:
        for text, row in zip(texts, values, strict=True):
            assert [float(item) for item in text.split(" ")] == list(row)
