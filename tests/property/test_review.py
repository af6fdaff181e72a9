"""Whatever a log holds can be measured, and does not differ from itself."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.machines import load_machine
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.findings import InputError
from linacsim.review.compare import compare
from linacsim.review.metrics import measure
from linacsim.review.recording import Recording
from tests.recordings import LAYOUT, made

MACHINE = load_machine("truebeam-m120")

PACES = st.sampled_from([0.0, 0.0, 0.004, 0.02, 0.3, 1.0])
"""Control points per row: stops, slow and quick stretches, jumps over several points."""


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Return a recording of stops and goes, with holds and noise where chance has it."""
    stretches = draw(st.lists(st.tuples(PACES, st.integers(1, 30)), min_size=1, max_size=8))
    steps = np.concatenate([np.full(rows, pace) for pace, rows in stretches])
    cp = np.cumsum(steps)
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = len(cp)
    hold = np.where(chance.random(n) < draw(st.sampled_from([0.0, 0.1, 1.0])), 2.0, 0.0)
    mu = draw(st.sampled_from([0.0, 1.0, 50.0])) * cp
    noise = draw(st.sampled_from([0.0, 0.01, 1.0]))
    return made(
        cp,
        interval_ms=draw(st.sampled_from([10, 20, 50])),
        axes={Axis.GANTRY_RTN: lambda t: 180 + 5 * t, FIRST_LEAF: lambda t: np.sin(3 * t)},
        off={axis: noise * chance.normal(size=n) for axis in (Axis.GANTRY_RTN, FIRST_LEAF)},
        mu_expected=mu,
        mu_actual=mu + noise * chance.normal(size=n),
        hold_expected=hold,
        hold_actual=hold,
        truncated=draw(st.booleans()),
    )


@given(recordings())
@settings(max_examples=200, deadline=None)
def test_anything_can_be_measured(recording: Recording) -> None:
    metrics = measure(recording, MACHINE)
    times = metrics.times
    parts = times.beam_on_s + times.overhead_s + times.lead_in_s + times.tail_s
    np.testing.assert_allclose(parts, times.wall_s, atol=1e-9)
    for before, after in zip(metrics.phases, metrics.phases[1:], strict=False):
        np.testing.assert_allclose(before.start_s + before.length_s, after.start_s)
        assert before.kind is not after.kind
    reached = np.array(metrics.control_points.time_s)
    assert (np.diff(reached) >= -1e-9).all()
    assert ((reached >= 0) & (reached <= times.wall_s + 1e-9)).all()
    for axis in metrics.axes:
        assert axis.error.p95 <= axis.error.max
        assert axis.error.rms <= axis.error.max + 1e-12
    json.dumps(metrics.as_dict(), allow_nan=False)


@given(recordings())
@settings(max_examples=200, deadline=None)
def test_nothing_differs_from_itself(recording: Recording) -> None:
    try:
        comparison = compare(recording, recording, machine=MACHINE)
    except InputError:
        return  # nothing goes on in it
    assert comparison.differences == ()
    json.dumps(comparison.as_dict(), allow_nan=False)


@given(recordings(), recordings())
@settings(max_examples=200, deadline=None)
def test_any_two_can_be_compared_or_are_refused(a: Recording, b: Recording) -> None:
    try:
        comparison = compare(a, b, machine=MACHINE)
    except InputError:
        return  # in one sentence, as all InputErrors
    json.dumps(comparison.as_dict(), allow_nan=False)


@given(
    st.integers(0, LAYOUT.n_axes - 1).filter(lambda axis: not 2 <= axis <= 7),
    st.floats(0.5, 5.0),
    st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_an_offset_is_found_on_the_axis_that_has_it(axis: int, size: float, both: bool) -> None:
    a = made(np.linspace(0, 10, 500), axes={axis: lambda t: 2.0 + 0.1 * t})
    off = np.zeros(LAYOUT.n_axes)
    off[axis] = size
    b = replace(a, actual=a.actual + off, expected=a.expected + off if both else a.expected)
    (found,) = compare(a, b).differences
    assert found.subject == LAYOUT.name(axis)
    assert found.kind == "offset"
    np.testing.assert_allclose(found.size, size)
