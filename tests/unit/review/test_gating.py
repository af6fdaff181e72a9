"""Figures of gating, from deliveries made up by hand."""

import numpy as np
import pytest

from linacsim.model.arrays import Ints
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.motion.waveforms import Regular, Uniform
from linacsim.review.gate_truth import Spans, distances
from linacsim.review.gating import gating_figures
from linacsim.review.gating_record import GatingRecord
from linacsim.review.gating_table import HEADINGS, gating_rows
from tests.frames import make_frames

STILL = Uniform()
PER_TICK = 0.1


def spans(*pairs: tuple[float, float]) -> Spans:
    times = np.array(pairs, dtype=np.float64).reshape(-1, 2) * NS_PER_S
    return Spans(times[:, 0].astype(np.int64), times[:, 1].astype(np.int64))


def record(states: list[tuple[State, int]], shares: dict[int, float] | None = None) -> GatingRecord:
    """Return a record of states for so many ticks each; `shares` are ticks with part of a dose."""
    state = np.concatenate([np.full(n, one, dtype=np.uint8) for one, n in states])
    rise = np.where(state == State.DELIVERING, PER_TICK, 0.0)
    for tick, share in (shares or {}).items():
        rise[tick] = share * PER_TICK
    kept = GatingRecord()
    kept.write(make_frames(len(state), state=state, mu_actual=np.cumsum(rise)))
    return kept


RUN = [
    (State.READY, 100),
    (State.DELIVERING, 100),
    (State.HOLDING, 100),
    (State.DELIVERING, 100),
    (State.COMPLETE, 10),
]


def test_time_of_spans_is_counted_up_to_any_time() -> None:
    times: Ints = np.array([0, 1, 2, 3, 4, 5], dtype=np.int64) * NS_PER_S
    within = spans((1.0, 2.5), (4.0, 4.5)).within(times) / NS_PER_S
    assert within.tolist() == [0.0, 0.0, 1.0, 1.5, 1.5, 2.0]
    assert spans().within(times).tolist() == [0] * 6


def test_latencies_are_from_the_edge_to_the_dose_within_the_tick() -> None:
    kept = record(RUN, {199: 0.5, 300: 0.25})
    found = gating_figures(kept, spans((0.5, 1.93), (2.92, 9.0)), STILL, 2.0)
    assert found is not None
    assert found.beam_off_latency is not None
    assert found.beam_on_latency is not None
    assert found.beam_off_latency.mean_ms == pytest.approx(65.0, abs=1e-6)
    assert found.beam_on_latency.mean_ms == pytest.approx(87.5, abs=1e-6)
    assert (found.beam_off_latency.count, found.beam_on_latency.count) == (1, 1)


def test_hold_that_the_gate_did_not_cause_has_no_latency() -> None:
    found = gating_figures(record(RUN), spans((0.5, 9.0)), STILL, None)
    assert found is not None
    assert found.beam_off_latency is None
    assert found.holds == 1


def test_dose_and_times_outside_the_gate() -> None:
    found = gating_figures(record(RUN), spans((0.5, 1.935), (3.0, 9.0)), STILL, 1.5)
    assert found is not None
    assert found.outside_mu == pytest.approx(6.5 * PER_TICK)
    assert found.delivery_s == 3.0
    assert found.duty_cycle == pytest.approx(2 / 3)
    assert found.gate_duty_cycle == pytest.approx(1.935 / 3)
    assert found.efficiency == 0.5


def test_motion_is_weighted_by_dose() -> None:
    sine = Regular(2.0, 4.0, start_phase_deg=90.0)
    found = gating_figures(record([(State.DELIVERING, 400)]), None, sine, None)
    assert found is not None
    assert found.residual is not None
    assert found.residual.rms_cm == pytest.approx(1 / np.sqrt(2), rel=1e-3)
    assert found.residual.mean_cm == pytest.approx(2 / np.pi, rel=1e-3)
    assert found.residual.p95_cm == pytest.approx(np.cos(0.025 * np.pi), rel=1e-2)
    still = gating_figures(record(RUN), None, STILL, None)
    assert still is not None
    assert still.residual is not None
    assert still.residual.p95_cm == 0


def test_nothing_is_told_of_a_beam_that_was_not_delivered() -> None:
    assert gating_figures(record([(State.READY, 10)]), None, STILL, 1.0) is None
    assert gating_figures(GatingRecord(), None, STILL, 1.0) is None


def test_distances_are_from_the_weighted_mean() -> None:
    positions = np.array([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]])
    assert distances(positions, np.array([1.0, 0.0])).tolist() == [0.0, 5.0]


def test_rows_leave_out_what_is_not_known() -> None:
    full = gating_figures(record(RUN), spans((0.5, 1.93), (2.92, 9.0)), STILL, 2.0)
    bare = gating_figures(record(RUN), None, STILL, None)
    assert full is not None
    assert bare is not None
    assert all(len(row) == len(HEADINGS) for row in gating_rows(full))
    names = [row[0] for row in gating_rows(full)]
    assert {"efficiency", "beam-off latency", "dose outside the gate"} <= set(names)
    assert [row[0] for row in gating_rows(bare)] == [
        "delivery",
        "beam allowed by the machine",
        "holds",
        "motion during dose",
        "motion all the while",
    ]


def test_gating_begins_at_prepare() -> None:
    kept = record([(State.IDLE, 7), (State.PREPARED, 3)])
    assert kept.prepared_ns() == 7 * TICK_NS
