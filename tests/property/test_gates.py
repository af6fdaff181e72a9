"""Gates under random samples: never beam without a sound sample, whoever asks and when."""

import math
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from linacsim.control.gating.axes import motion_reader
from linacsim.control.gating.gate import Gate
from linacsim.control.gating.gates import GateDecision, Gates, MotionGate
from linacsim.control.gating.limits import Limits
from linacsim.control.gating.watch import Watch
from linacsim.model.samples import MotionState, PositionSample
from linacsim.motion.gating_model import GatingModel

MS = 1_000_000
UNKNOWN = math.nan


class Sample(NamedTuple):
    """One sample of a random sensor."""

    measured_ms: int
    arrives_ms: int
    value: float
    valid: bool

    def state(self) -> MotionState:
        value = self.value
        return MotionState(
            self.measured_ms * MS,
            value,
            0.0,
            value,
            *(UNKNOWN,) * 6,
            0,
            *(value,) * 4,
            valid=self.valid,
        )


@st.composite
def samples(draw: st.DrawFn, latest: int = 40) -> list[Sample]:
    """Samples in order of measurement and of arrival, with drop-outs and odd latencies."""
    out: list[Sample] = []
    measured = arrived = 0
    for _ in range(draw(st.integers(1, latest))):
        measured += draw(st.sampled_from([1, 5, 10, 40, 40, 40, 90, 260]))
        arrived = max(arrived + 1, measured + draw(st.sampled_from([0, 0, 20, 60, 150, 300])))
        value = draw(st.sampled_from([-1.0, 0.0, 0.2, 0.5, 0.5, 0.8, 1.0, 1.4, math.nan]))
        out.append(Sample(measured, arrived, value, draw(st.integers(0, 9)) > 0))
    return out


class Window(NamedTuple):
    """Parameters of one gate on amplitude from 0 to 1 cm."""

    age_ms: int
    entry_ms: int
    linger_ms: int
    segmental: bool
    fault_on_exit: bool
    interpolate: bool = True

    def gates(self) -> Gates:
        watch = Watch(
            Limits(0.0, 1.0, interpolate=self.interpolate),
            self.age_ms * MS,
            self.entry_ms * MS,
            self.linger_ms * MS,
        )
        gate = Gate("window", [watch], segmental=self.segmental, fault_on_exit=self.fault_on_exit)
        return Gates([MotionGate("NDI", motion_reader("Amplitude"), gate)])


windows = st.builds(
    Window,
    st.sampled_from([50, 100, 200]),
    st.sampled_from([0, 0, 30, 120]),
    st.sampled_from([0, 0, 30, 120]),
    st.booleans(),
    st.booleans(),
)


def sound(seen: list[Sample], now_ms: int, age_ms: int) -> bool:
    """Return whether the newest sample that has arrived is valid and recent."""
    arrived = [sample for sample in seen if sample.arrives_ms <= now_ms]
    if not arrived:
        return False
    newest = arrived[-1]
    return newest.valid and not math.isnan(newest.value) and now_ms < newest.measured_ms + age_ms


def decisions_at_each_ms(window: Window, seen: list[Sample], end_ms: int) -> list[GateDecision]:
    gates = window.gates()
    waiting = list(seen)
    out = []
    for now_ms in range(end_ms):
        while waiting and waiting[0].arrives_ms == now_ms:
            gates.update("NDI", waiting.pop(0).state(), now_ms * MS)
        out.append(gates.advance(now_ms * MS))
    return out


@settings(max_examples=100, deadline=None)
@given(windows, samples())
def test_never_allows_without_a_valid_and_recent_sample(window: Window, seen: list[Sample]) -> None:
    end_ms = seen[-1].arrives_ms + 400
    for now_ms, decision in enumerate(decisions_at_each_ms(window, seen, end_ms)):
        if decision.mv_allowed:
            assert sound(seen, now_ms, window.age_ms)
            assert not decision.fault
            assert not decision.needs_approval


@settings(max_examples=100, deadline=None)
@given(windows, samples(), st.data())
def test_a_decision_does_not_depend_on_when_it_was_asked_for_before(
    window: Window, seen: list[Sample], data: st.DataObject
) -> None:
    end_ms = seen[-1].arrives_ms + 400
    every_ms = decisions_at_each_ms(window, seen, end_ms)
    asked = sorted(data.draw(st.sets(st.integers(0, end_ms - 1), max_size=12)))
    lazy = window.gates()
    waiting = list(seen)
    for now_ms in asked:
        while waiting and waiting[0].arrives_ms <= now_ms:
            sample = waiting.pop(0)
            decision = lazy.update("NDI", sample.state(), sample.arrives_ms * MS)
            assert decision == every_ms[sample.arrives_ms]
        assert lazy.advance(now_ms * MS) == every_ms[now_ms]


@settings(max_examples=100, deadline=None)
@given(windows, samples())
def test_times_of_edges_are_in_order_and_changes_are_announced(
    window: Window, seen: list[Sample]
) -> None:
    gates = window.gates()
    last = gates.decision
    for sample in seen:
        arrives_ns = sample.arrives_ms * MS
        while (due_ns := gates.next_change_ns()) is not None and due_ns < arrives_ns:
            assert gates.advance(due_ns - 1) == last, "nothing changes before it is announced"
            last = _in_order(last, gates.advance(due_ns), due_ns)
        assert gates.advance(arrives_ns - 1) == last
        last = _in_order(last, gates.update("NDI", sample.state(), arrives_ns), arrives_ns)


def _in_order(before: GateDecision, after: GateDecision, now_ns: int) -> GateDecision:
    assert before.changed_ns <= after.changed_ns <= after.known_ns <= now_ns
    assert before.known_ns <= after.known_ns
    return after


@settings(max_examples=100, deadline=None)
@given(windows, samples())
@example(
    Window(50, 30, 30, segmental=False, fault_on_exit=False, interpolate=False),
    [Sample(t, t, value, valid=True) for t, value in ((1, 0.0), (11, 0.0), (21, 0.0), (31, -1.0))],
)
def test_same_as_counting_milliseconds(window: Window, seen: list[Sample]) -> None:
    """An oracle without timers: samples that arrive at once, crossings at the later sample.

    What is due at a time happens before a sample of that time is looked at.
    """
    window = window._replace(segmental=False, fault_on_exit=False, interpolate=False)
    prompt = [sample._replace(arrives_ms=sample.measured_ms) for sample in seen]
    end_ms = prompt[-1].arrives_ms + 400
    within, side_now, since = False, "unknown", 0
    expected = []
    for now_ms in range(end_ms):
        for until_ms in (now_ms - 1, now_ms):
            arrived = [sample for sample in prompt if sample.arrives_ms <= until_ms]
            side = "unknown"
            if sound(arrived, now_ms, window.age_ms):
                side = "inside" if 0 <= arrived[-1].value <= 1 else "outside"
            if side != side_now:
                side_now, since = side, now_ms
            if side == "inside":
                within = within or now_ms - since >= window.entry_ms
            elif side == "outside":
                within = within and now_ms - since < window.linger_ms
            else:
                within = False
        expected.append(within)
    actual = [decision.mv_allowed for decision in decisions_at_each_ms(window, prompt, end_ms)]
    assert actual == expected


steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1_000, 10 * MS, 40 * MS, 200 * MS, 999 * MS, 1500 * MS]),
        st.floats(-1e3, 1e3),
        st.booleans(),
    ),
    max_size=300,
)


@settings(max_examples=100, deadline=None)
@given(steps, st.floats(0.0, 1.0))
def test_the_motion_model_survives_any_samples(
    walk: list[tuple[int, float, bool]], horizon_s: float
) -> None:
    model = GatingModel(horizon_s=horizon_s)
    now_ns = 0
    for step_ns, value, valid in walk:
        now_ns += step_ns
        state = model.update(PositionSample(now_ns, now_ns, 0.0, 0.0, value, valid))
        assert state.valid <= valid or step_ns == 0
        assert 0 <= state.quality <= 1
        assert math.isnan(state.phase_deg) or 0 <= state.phase_deg <= 360
        if state.valid:
            assert all(map(math.isfinite, (state.passed_cm, state.rate_cm_per_s, state.z_cm)))
        else:
            assert state.quality == 0
