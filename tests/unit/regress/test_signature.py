"""Digests of frames by window, and what they tell of a difference."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.engines.digest import FrameDigest
from linacsim.model.axes import AxisLayout
from linacsim.model.signals import Frames, State
from linacsim.regress.baseline import Signals
from linacsim.regress.signal_changes import SignalChange, signal_changes
from linacsim.regress.signature import WINDOW_TICKS, packed, signals_of, unpacked

LAYOUT = AxisLayout(2)
TICKS = 320


def frames() -> Frames:
    """Return a run whose control point goes from 0 to 3.2, and whose first axis moves."""
    n, axes = TICKS, LAYOUT.n_axes
    position = np.zeros((n, axes))
    position[:, 0] = np.arange(n) / 10
    state = np.full(n, State.DELIVERING, dtype=np.uint8)
    state[:20] = State.READY
    return Frames(
        tick=np.arange(n),
        state=state,
        segment=np.zeros(n, dtype=np.int64),
        cp=np.arange(n) / 100,
        mu_expected=np.arange(n) * 1.0,
        mu_actual=np.arange(n) * 1.0,
        hold_expected=np.zeros(n, dtype=np.uint8),
        hold_actual=np.zeros(n, dtype=np.uint8),
        expected=position,
        actual=position.copy(),
        frozen=np.zeros(axes, dtype=np.bool_),
        beam_on=np.ones(n, dtype=np.bool_),
        interlocks=np.zeros(n, dtype=np.int64),
    )


def signature(run: Frames, cuts: tuple[int, ...] = ()) -> Signals:
    """Return the signature of frames that came in blocks."""
    edges = [0, *sorted(cuts), len(run)]
    digest, blocks = FrameDigest(), []
    for start, stop in pairwise(edges):
        part = slice(start, stop)
        columns = {
            name: getattr(run, name)[part]
            for name in Frames.__dataclass_fields__
            if name not in ("frozen", "events", "field")
        }
        block = replace(run, **columns)
        digest.write(block)
        blocks.append(block)
    return signals_of(blocks, LAYOUT, digest)


def with_column(name: str, at: slice, value: float) -> Frames:
    run = frames()
    column = getattr(run, name).copy()
    column[at] = value
    return replace(run, **{name: column})


def changed(run: Frames) -> dict[str, SignalChange]:
    return {change.what: change for change in signal_changes(signature(frames()), signature(run))}


@given(st.sets(st.integers(1, TICKS - 1), max_size=6))
def test_blocks_do_not_matter(cuts: set[int]) -> None:
    assert signature(frames(), tuple(cuts)) == signature(frames())


def test_same_run_tells_nothing() -> None:
    assert changed(frames()) == {}


def test_window_and_control_points_of_a_difference_are_told() -> None:
    found = changed(with_column("mu_actual", slice(130, 131), 5.0))
    assert set(found) == {"signal mu_actual"}
    change = found["signal mu_actual"]
    assert change.where == "1 s to 1.5 s (control point 1.00 to 1.50)"
    [part] = change.parts
    assert (part.from_tick, part.to_tick) == (100, 150)


def test_several_parts_are_told_up_to_three() -> None:
    run = frames()
    mu = run.mu_actual.copy()
    mu[[10, 110, 210, 310]] += 1
    change = changed(replace(run, mu_actual=mu))["signal mu_actual"]
    assert len(change.parts) == 4
    assert change.where.endswith("and 1 more, the last 3 s to 3.5 s (control point 3.00 to 3.19)")


def test_step_is_told_to_the_tick_with_old_and_new_value() -> None:
    change = changed(with_column("state", slice(137, None), State.HOLDING))["signal state"]
    assert (change.old, change.new) == ("DELIVERING", "HOLDING")
    assert change.where == "from 1.37 s (tick 137) on, control point 1.00"


def test_step_that_comes_earlier_is_told_at_the_earlier_tick() -> None:
    change = changed(with_column("state", slice(15, None), State.DELIVERING))["signal state"]
    assert (change.old, change.new) == ("READY", "DELIVERING")
    assert "(tick 15)" in change.where


def test_longer_run_is_told_as_such_and_standing_steps_are_not() -> None:
    short = frames().first(TICKS - 1)
    found = {c.what: c for c in signal_changes(signature(short), signature(frames()))}
    assert found["ticks"].where == "+0.01 s"
    assert "signal state" not in found
    assert "signal mu_actual" in found


@pytest.mark.parametrize("name", ["interlocks", "hold_actual", "beam_on"])
def test_each_stepped_column_speaks_words(name: str) -> None:
    change = changed(with_column(name, slice(50, 60), 0 if name == "beam_on" else 2))
    told = change[f"signal {name}"]
    assert not told.new.isdigit()
    assert told.old != told.new


def test_axes_that_stand_are_left_out() -> None:
    assert list(signature(frames()).axes) == [LAYOUT.name(0)]


@given(st.lists(st.text("0123456789abcdef", min_size=4, max_size=4)))
def test_packed_items_come_back(items: list[str]) -> None:
    assert unpacked([packed(items)]) == items


def test_windows_are_half_a_second() -> None:
    assert WINDOW_TICKS == 50
    assert len(unpacked(signature(frames()).windows["cp"])) == 7
    assert len(unpacked(signature(frames()).control_point)) == 8
