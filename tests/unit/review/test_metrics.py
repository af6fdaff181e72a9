"""Metrics of recordings whose figures are known beforehand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.findings import InputError
from linacsim.model.messages import Event
from linacsim.model.signals import BeamHold, State
from linacsim.review.metrics import PhaseKind, measure
from linacsim.review.recording import of_frames
from tests.frames import make_frames
from tests.recordings import LAYOUT, made

DT = 0.02
LEAF = FIRST_LEAF + 4


def straight(seconds: float = 10.0, points: int = 5) -> np.ndarray:
    """Control points at an even pace, after three rows that stand."""
    rows = round(seconds / DT)
    return np.concatenate([np.zeros(3), points * np.arange(1, rows + 1) / rows])


def kinds(metrics) -> list[str]:
    return [phase.kind.value for phase in metrics.phases]


def test_errors_of_an_axis() -> None:
    cp = straight()
    off = np.where(np.arange(len(cp)) % 2, 0.3, -0.1)
    error = measure(made(cp, off={Axis.GANTRY_RTN: off})).axis("GantryRtn").error
    judged = off
    assert error.mean == pytest.approx(judged.mean())
    assert error.rms == pytest.approx(np.sqrt((judged**2).mean()))
    assert error.max == pytest.approx(0.3)
    assert error.p95 == pytest.approx(0.3)


def test_95_percent_is_an_error_that_occurs() -> None:
    cp = straight(points=1)[: 3 + 97]
    off = np.arange(len(cp), dtype=float)
    error = measure(made(cp, off={LEAF: off})).axis("leaf A5").error
    assert error.p95 == 94.0  # 95 of the 100 rows have no more
    assert error.max == 99.0
    assert error.max_at_s == pytest.approx(99 * DT)


def test_rows_without_beam_do_not_count() -> None:
    cp = straight()
    hold = np.full(len(cp), float(BeamHold.NORMAL))
    hold[:100] = BeamHold.HOLD
    off = np.where(hold == BeamHold.HOLD, 5.0, 0.1)
    metrics = measure(made(cp, off={LEAF: off}, hold_actual=hold))
    assert metrics.judged_rows == len(cp) - 100
    assert metrics.axis("leaf A5").error.max == pytest.approx(0.1)


@pytest.mark.parametrize("lag_s", [0.0, 0.003, 0.012, 0.25])
@pytest.mark.parametrize("interval_ms", [10, 20])
def test_lag_is_the_delay(lag_s: float, interval_ms: int) -> None:
    rows = round(10_000 / interval_ms)
    cp = np.concatenate([np.zeros(3), 5 * np.arange(1, rows + 1) / rows])
    time = np.arange(len(cp)) * interval_ms / 1000
    way = lambda t: 3 * np.sin(1.3 * t)  # noqa: E731
    recording = made(
        cp, interval_ms=interval_ms, axes={LEAF: way}, off={LEAF: way(time - lag_s) - way(time)}
    )
    lag = measure(recording).axis("leaf A5").lag_s
    assert lag == pytest.approx(lag_s, abs=2e-4)


def test_an_offset_is_no_lag() -> None:
    way = lambda t: 3 * np.sin(1.3 * t)  # noqa: E731
    recording = made(straight(), axes={LEAF: way}, off={LEAF: 0.05})
    assert measure(recording).axis("leaf A5").lag_s == pytest.approx(0, abs=1e-6)


def test_dose_behind_at_a_constant_rate_is_a_lag() -> None:
    recording = made(straight())
    late = replace(recording, mu_actual=recording.mu_expected - 5.0 * 0.004)
    assert measure(late).mu.lag_s == pytest.approx(0.004, abs=1e-5)


def test_speed_and_acceleration() -> None:
    cp, accel, top = straight(), 12.0, 6.0

    def ramp(t: np.ndarray) -> np.ndarray:
        t = np.clip(t - 3 * DT, 0, None)
        return np.where(t < top / accel, accel / 2 * t**2, top * t - top**2 / (2 * accel))

    machine = load_machine("truebeam-m120")
    gantry = measure(made(cp, axes={Axis.GANTRY_RTN: ramp}), machine).axis("GantryRtn")
    assert gantry.max_speed_expected == pytest.approx(6.0)
    assert gantry.max_accel_expected == pytest.approx(12.0)
    assert gantry.max_speed_actual == pytest.approx(6.0)
    assert gantry.speed_share == pytest.approx(1.0, abs=1e-6)
    assert gantry.accel_share == pytest.approx(1.0, abs=1e-6)
    assert gantry.moves
    assert not measure(made(cp)).axis("GantryRtn").moves


def test_travel_and_reversals() -> None:
    cp = straight(10.0, points=10)  # a control point each second
    zigzag = lambda t: np.abs((t - 2 * DT) % 4 - 2)  # noqa: E731
    leaf = measure(made(cp, axes={LEAF: zigzag})).axis("leaf A5")
    assert leaf.reversals == 4  # at 2, 4, 6 and 8 s
    assert leaf.travel == pytest.approx(10.0, abs=0.1)
    assert (leaf.lowest, leaf.highest) == (pytest.approx(0, abs=0.02), pytest.approx(2, abs=0.02))


def test_control_points_are_crossed_between_rows() -> None:
    pace = np.array([0.37, 1.11, 0.8, 2.3])
    edges = 0.07 + np.concatenate([[0.0], np.cumsum(pace)])
    for interval_ms in (10, 20):
        time = np.arange(0, 5, interval_ms / 1000)
        cp = np.interp(time, edges, np.arange(5.0))
        points = measure(made(cp, interval_ms=interval_ms)).control_points
        assert points.index == (0, 1, 2, 3, 4)
        np.testing.assert_allclose(points.time_s[1:4], edges[1:4], atol=1e-6)
        np.testing.assert_allclose(points.mu, [0, 10, 20, 30, 40], atol=1e-9)


def test_mu_at_a_control_point_are_those_at_its_corner() -> None:
    """Whatever the rows do not show of the last moment before dose gives way to motion."""
    edges = np.array([0.0, 1.003, 2.5, 3.7])
    for interval_ms in (10, 20):
        time = np.arange(0, 3.8, interval_ms / 1000)
        cp = np.interp(time, edges, np.arange(4.0))
        mu = np.interp(cp, [0, 1, 2, 3], [0, 7, 7, 9]).astype(np.float32).astype(float)
        metrics = measure(made(cp, interval_ms=interval_ms, mu_expected=mu, mu_actual=mu))
        np.testing.assert_allclose(metrics.control_points.mu, [0, 7, 7, 9], atol=1e-5)
        assert kinds(metrics) == ["beam", "motion only", "beam", "tail"]


def test_a_hold_in_mid_beam() -> None:
    """As real logs show it: expected runs on for a row and is set back (log-formats 6.4)."""
    cp = straight()
    stop = 200
    cp = np.concatenate([cp[:stop], [cp[stop]], np.repeat(cp[stop - 1], 50), cp[stop:]])
    hold = np.zeros(len(cp))
    hold[stop + 1 : stop + 51] = BeamHold.HOLD
    metrics = measure(made(cp, hold_actual=hold, hold_expected=hold))
    assert kinds(metrics) == ["lead-in", "beam", "hold", "beam"]
    (found,) = metrics.holds
    assert found.length_s == pytest.approx(51 * DT)
    assert found.cause == "beam hold"
    assert found.cp == pytest.approx(cp[stop - 1])
    times = metrics.times
    assert times.hold_s == found.length_s
    assert times.wall_s == pytest.approx(times.beam_on_s + times.overhead_s + times.lead_in_s)


def test_motion_without_mu_and_its_waits() -> None:
    rise = np.linspace(0, 1, 101)
    cp = np.concatenate([rise, np.full(5, 1.0), 1 + rise[1:], np.full(3, 2.0), 2 + rise[1:]])
    mu = np.interp(cp, [0, 1, 2, 3], [0, 10, 10, 20])
    hold = np.where((cp > 1) & (cp <= 2), 2.0, 0.0)
    metrics = measure(made(cp, mu_expected=mu, mu_actual=mu, hold_actual=hold))
    assert kinds(metrics) == ["beam", "wait", "motion only", "wait", "beam"]
    assert metrics.times.motion_only_s == pytest.approx(2.0)
    assert metrics.times.wait_s == pytest.approx(8 * DT)
    assert metrics.holds == ()


def test_carriages_between_segments() -> None:
    rise = np.linspace(0, 1, 101)
    cp = np.concatenate([rise, np.full(100, 1.0), 1 + rise[1:]])
    way = lambda t: np.interp(t, [2.1, 3.9], [5.0, 7.0])  # noqa: E731
    hold = np.where(cp == 1.0, 2.0, 0.0)
    metrics = measure(made(cp, axes={Axis.CARRIAGE_A: way}, hold_actual=hold))
    assert PhaseKind.CARRIAGE in {phase.kind for phase in metrics.phases}
    assert metrics.times.carriage_s == pytest.approx(1.8, abs=2 * DT)
    assert metrics.mlc.carriage_moves == 1
    assert metrics.mlc.carriage_travel_cm == pytest.approx(2.0, abs=0.05)


def test_plateaus_of_dose_rate_and_gantry() -> None:
    edges, pace = np.array([0.0, 4.0, 10.0]), np.array([5.0, 10.0])
    time = np.arange(0, 10.01, DT)
    mu = np.interp(time, edges, np.concatenate([[0], np.cumsum(pace * np.diff(edges))]))
    cp = np.interp(time, edges, [0, 1, 2])
    metrics = measure(
        made(cp, mu_expected=mu, mu_actual=mu, axes={Axis.GANTRY_RTN: lambda t: 180 - 3 * t})
    )
    assert [round(p.expected, 6) for p in metrics.dose_rate] == [300.0, 600.0]
    assert [p.length_s for p in metrics.dose_rate] == pytest.approx([4.0, 6.0], abs=0.1)
    (gantry,) = metrics.gantry_speed
    assert gantry.expected == pytest.approx(-3.0)
    assert gantry.actual == pytest.approx(-3.0)


def frames_of(states: list[State], cp: np.ndarray, events: tuple[Event, ...] = ()):
    hold = [BeamHold.NORMAL if state is State.DELIVERING else BeamHold.HOLD for state in states]
    block = make_frames(
        len(states),
        state=states,
        cp=cp,
        mu_expected=10 * cp,
        mu_actual=10 * cp,
        hold_actual=hold,
        hold_expected=hold,
        events=events,
    )
    return of_frames([block], LAYOUT, name="run", beam="b", mlc_model="NDS120")


def test_frames_know_causes_and_interruptions() -> None:
    states = (
        [State.READY] * 10
        + [State.DELIVERING] * 50
        + [State.HOLDING] * 20
        + [State.DELIVERING] * 10
        + [State.INTERRUPTED] * 30
        + [State.READY] * 5
        + [State.DELIVERING] * 50
        + [State.COMPLETE] * 5
    )
    goes = np.array([state is State.DELIVERING for state in states])
    cp = np.cumsum(goes) / goes.sum()
    events = (Event(60, "interlock", "BEAM_HOLD up: held by device 4"),)
    metrics = measure(frames_of(states, cp, events))
    assert [hold.cause for hold in metrics.holds] == ["BEAM_HOLD up: held by device 4", "beam hold"]
    assert metrics.times.hold_s == pytest.approx(0.20)
    assert metrics.times.interrupt_s == pytest.approx(0.35)
    assert metrics.complete is True
    assert metrics.rows == 165


def test_frames_of_no_delivery_are_refused() -> None:
    with pytest.raises(InputError, match="no beam was started"):
        measure(frames_of([State.READY] * 5, np.zeros(5)))


def test_two_deliveries_are_refused() -> None:
    states = [State.DELIVERING] * 5 + [State.COMPLETE, State.LOADED] + [State.DELIVERING] * 5
    with pytest.raises(InputError, match="several beams"):
        measure(frames_of(states, np.linspace(0, 1, 12)))


def test_control_points_that_start_again_are_refused() -> None:
    with pytest.raises(InputError, match="not one delivery"):
        measure(made(np.concatenate([straight(), straight()])))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_short_recordings_can_be_measured(rows: int) -> None:
    metrics = measure(made(np.linspace(0, 1, rows)))
    assert metrics.rows == rows
    assert metrics.times.wall_s == pytest.approx((rows - 1) * DT)


def test_a_recording_that_never_goes_on() -> None:
    metrics = measure(made(np.zeros(50)))
    assert kinds(metrics) == ["lead-in"]
    assert metrics.dose_rate == ()
    assert metrics.axis("X1").lag_s is None


def test_plain_data_is_json() -> None:
    metrics = measure(made(straight()), load_machine("truebeam-m120"))
    text = json.dumps(metrics.as_dict(), allow_nan=False)
    assert json.loads(text)["axes"][0]["name"] == "GantryRtn"
    assert json.loads(text)["phases"][1]["kind"] == "beam"


def test_axes_that_the_recording_lacks_are_left_out() -> None:
    recording = made(straight())
    expected = recording.expected.copy()
    expected[:, Axis.COUCH_PIT] = np.nan
    metrics = measure(replace(recording, expected=expected))
    assert "CouchPit" not in {axis.name for axis in metrics.axes}
    with pytest.raises(KeyError):
        metrics.axis("CouchPit")
