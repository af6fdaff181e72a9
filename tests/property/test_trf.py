"""What must hold for any TRF log: reading gives back what was written; damage is one clear line."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.formats.trf import parse_trf, rewritten, rows_of, trf_bytes, trf_info
from linacsim.formats.trf.axes import LAYOUT, followed, positions
from linacsim.formats.trf.header import encode_header
from linacsim.formats.trf.items import COLUMNS
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from tests.trf_rows import header, rows

PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))


@given(
    version=st.sampled_from([1, 3]),
    field=PLAIN.filter(lambda text: len(text) <= 50),
    machine=PLAIN.filter(lambda text: len(text) <= 16),
    tenths=st.integers(0, 10**9),
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 6),
)
@settings(max_examples=60, deadline=None)
def test_any_counts_come_back_through_values(
    version: int, field: str, machine: str, tenths: int, seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    head = header(version=version, field=field, machine=machine, mu=tenths / 10)
    row = np.zeros(count, [("time_ms", "<i8"), ("counts", "<i2", (len(COLUMNS),))])
    row["time_ms"] = rng.integers(0, 2**62, count)
    row["counts"] = rng.integers(-0x7FFF, 0x8000, (count, len(COLUMNS)))
    table = row if version == 3 else row["counts"]
    data = encode_header(head) + np.ascontiguousarray(table).tobytes()
    log = parse_trf(data)
    assert log.header == head
    assert rewritten(log) == data
    assert trf_bytes(log.header, rows_of(log)) == data


@given(seed=st.integers(0, 2**32 - 1), turns=st.floats(-3, 363))
@settings(max_examples=40, deadline=None)
def test_positions_go_there_and_back(seed: int, turns: float) -> None:
    rng = np.random.default_rng(seed)
    n = 5
    actual = rng.uniform(-10.0, 20.0, (n, LAYOUT.n_axes))
    for axis in (Axis.GANTRY_RTN, Axis.COLL_RTN, Axis.COUCH_RTN):
        actual[:, axis] = turns + rng.uniform(-20.0, 20.0) * np.linspace(0.0, 1.0, n)
    expected = actual + rng.uniform(-3.0, 3.0, actual.shape)
    made = rows()
    back = type(made)(
        **{
            name: getattr(made, name)[:n]
            for name in made.__dataclass_fields__
            if isinstance(getattr(made, name), np.ndarray)
        },
        **followed(expected, actual),
    )
    got_expected, got_actual = positions(back)
    absent = [Axis.COUCH_PIT, Axis.COUCH_ROL, Axis.X1, Axis.X2]
    assert np.isnan(got_actual[:, absent]).all()
    kept = np.setdiff1d(np.arange(LAYOUT.n_axes), absent)
    assert np.allclose((got_expected - got_actual)[:, kept], (expected - actual)[:, kept])
    off = (got_actual - actual)[:, kept]
    off[:, :2] -= 360.0 * np.round(off[0, :2] / 360.0)
    column = list(kept).index(Axis.COUCH_RTN)
    off[:, column] -= 360.0 * np.round(off[0, column] / 360.0)
    assert np.allclose(off, 0.0)


WHOLE = trf_bytes(header(), rows())
SHORT = WHOLE[: len(encode_header(header())) + 708 * 4]


@given(
    cut=st.integers(0, len(SHORT)),
    changes=st.lists(st.tuples(st.integers(0, 1600), st.integers(0, 255)), max_size=8),
    tail=st.binary(max_size=40),
)
@settings(max_examples=300, deadline=None)
def test_damage_gives_a_log_or_one_clear_line(
    cut: int, changes: list[tuple[int, int]], tail: bytes
) -> None:
    data = bytearray(SHORT[:cut] + tail)
    for at, value in changes:
        if at < len(data):
            data[at] = value
    for strict in (True, False):
        assert told(bytes(data), strict=strict).isprintable()


@given(data=st.binary(max_size=200))
def test_any_bytes_give_one_clear_line(data: bytes) -> None:
    assert told(data, strict=False).isprintable()


def told(data: bytes, *, strict: bool) -> str:
    """Return what a user is told: facts, or one line."""
    try:
        return str(trf_info(parse_trf(data, Path("x.trf"), strict=strict)))
    except InputError as error:
        return str(error)
