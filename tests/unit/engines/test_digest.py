"""Digests: the same frames give the same digest in whatever blocks; other frames another."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.engines.digest import COLUMNS, FrameDigest
from linacsim.model.signals import Frames
from tests.frames import make_frames, part


def frames(n: int = 40) -> Frames:
    rng = np.random.default_rng(3)
    return make_frames(
        n,
        state=rng.integers(0, 11, n),
        cp=rng.random(n),
        mu_actual=rng.random(n),
        actual=rng.random((n, 134)),
        beam_on=rng.random(n) < 0.5,
        interlocks=rng.integers(0, 1 << 13, n),
    )


def digest(*blocks: Frames) -> FrameDigest:
    out = FrameDigest()
    for block in blocks:
        out.write(block)
    return out


@given(cuts=st.lists(st.integers(0, 40), max_size=12))
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    whole = frames()
    edges = [0, *sorted(cuts), 40]
    blocks = [part(whole, a, b) for a, b in itertools.pairwise(edges)]
    cut = digest(*blocks)
    assert (cut.value(), cut.columns(), cut.ticks) == (
        digest(whole).value(),
        digest(whole).columns(),
        40,
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_one_bit_in_one_column_is_seen_and_named(column: str) -> None:
    one, other = frames(), frames()
    values = getattr(other, column).copy()
    values.view(np.uint8).reshape(-1)[-1] ^= 1
    changed = digest(replace(other, **{column: values}))
    before = digest(one)
    assert changed.value() != before.value()
    differing = {c for c in COLUMNS if changed.columns()[c] != before.columns()[c]}
    assert differing == {column}


def test_order_matters() -> None:
    whole = frames()
    swapped = digest(part(whole, 20, 40), part(whole, 0, 20))
    assert swapped.value() != digest(whole).value()


def test_views_and_copies_are_the_same() -> None:
    n = 40
    wide = np.random.default_rng(1).random((n, 268))
    view = replace(frames(), actual=wide[:, ::2])
    copy = replace(frames(), actual=wide[:, ::2].copy())
    assert digest(view).value() == digest(copy).value()


def test_closing_changes_nothing() -> None:
    one = digest(frames())
    before = one.value()
    one.close(truncated=True)
    assert one.value() == before
