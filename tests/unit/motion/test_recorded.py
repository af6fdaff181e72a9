"""A trace is replayed at its own rate, and changed only as asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.traces import read_trace
from linacsim.model.findings import InputError
from linacsim.motion.recorded import Recorded, Replay
from tests.traces import trace_of

SECOND = 1_000_000_000
MS = 1_000_000
TIMES = np.array([0, 200, 410, 600, 800]) * MS
POSITIONS = np.array([[0, 0, 0], [0.1, 1, -1], [0.2, 2, -2], [0.3, 3, -3], [0.4, 4, -4]])
TRACE = trace_of(TIMES, POSITIONS)


def y_at(source: Recorded, time_ns: int) -> float:
    sample = source.at(time_ns)
    assert sample is not None
    return sample.y_cm


def test_the_newest_sample_stands_until_the_next() -> None:
    source = Recorded(TRACE)
    assert source.at(-1) is None
    for time_ms, measured_ms, y in ((0, 0, 0), (199, 0, 0), (200, 200, 1), (599, 410, 2)):
        sample = source.at(time_ms * MS)
        assert sample is not None
        assert (sample.measured_ns, sample.received_ns) == (measured_ms * MS, measured_ms * MS)
        assert sample.y_cm == y


def test_after_the_end_the_last_sample_grows_old() -> None:
    sample = Recorded(TRACE).at(60 * SECOND)
    assert sample is not None
    assert sample.measured_ns == 800 * MS


def test_start() -> None:
    source = Recorded(TRACE, Replay(start_s=2.0))
    assert source.at(2 * SECOND - 1) is None
    sample = source.at(2 * SECOND + 200 * MS)
    assert sample is not None
    assert sample.measured_ns == 2 * SECOND + 200 * MS


def test_loop_begins_one_step_after_the_last() -> None:
    source = Recorded(TRACE, Replay(loop=True))
    assert y_at(source, 999 * MS) == 4
    sample = source.at(1000 * MS)
    assert sample is not None
    assert (sample.measured_ns, sample.y_cm) == (1000 * MS, 0)
    assert y_at(source, 10 * SECOND + 410 * MS) == 2
    assert source.positions(np.array([999, 1000, 1200]) * MS)[:, 1].tolist() == [4, 0, 1]


def test_crop_makes_the_first_sample_time_zero() -> None:
    source = Recorded(TRACE, Replay(crop_from_s=0.3, crop_to_s=0.6))
    assert source.duration_s == pytest.approx(0.19)
    assert y_at(source, 0) == 2
    with pytest.raises(InputError, match=r"no sample from 0.9 to 1 s; the trace lasts 0.8 s"):
        Recorded(TRACE, Replay(crop_from_s=0.9, crop_to_s=1.0))


def test_axes_scale_and_offset() -> None:
    source = Recorded(TRACE, Replay(axes=("0", "-z", "x"), scale=2.0, offset_cm=(1, 0, -1)))
    assert source.positions(TIMES[1:2]) == pytest.approx(np.array([[1, 2, -0.8]]))
    with pytest.raises(InputError, match="axis map: 'up' is not x, y, z"):
        Recorded(TRACE, Replay(axes=("x", "y", "up")))


ANGLES = replace(TRACE, rotations_deg=np.array([[1.0, 2.0, 3.0]] * 5))
AT_0 = np.array([0], dtype=np.int64)


@pytest.mark.parametrize(
    ("axes", "wanted"),
    [
        (("x", "y", "z"), (1, 2, 3)),
        (("y", "z", "x"), (2, 3, 1)),
        (("y", "x", "-z"), (2, 1, -3)),
        (("-x", "y", "z"), (1, -2, -3)),
    ],
    ids=["as it is", "turned", "turned over", "mirrored"],
)
def test_angles_turn_with_the_axes(axes: tuple[str, str, str], wanted: tuple[float, ...]) -> None:
    """A mirror keeps the sense of turning about its normal and reverses the others."""
    found = Recorded(ANGLES, Replay(axes=axes)).angles(AT_0)
    assert found is not None
    assert found[0].tolist() == list(wanted)


@pytest.mark.parametrize("replay", [Replay(axes=("x", "0", "z")), Replay(resample_hz=5.0)])
def test_angles_that_cannot_be_had_are_not_made_up(replay: Replay) -> None:
    assert Recorded(ANGLES, replay).angles(AT_0) is None
    assert Recorded(TRACE).angles(AT_0) is None


def test_what_can_be_seen_is_what_is_valid() -> None:
    valid = np.array([True, True, False, True, False])
    source = Recorded(trace_of(TIMES, POSITIONS, valid))
    assert source.seen(TIMES).tolist() == valid.tolist()
    assert source.seen(TIMES + 50 * MS).tolist() == valid.tolist()


def test_resampling_is_linear_and_only_when_asked() -> None:
    source = Recorded(TRACE, Replay(resample_hz=20))
    assert y_at(source, 100 * MS) == pytest.approx(0.5)
    assert y_at(source, 149 * MS) == pytest.approx(0.5)
    sample = source.at(149 * MS)
    assert sample is not None
    assert sample.measured_ns == 100 * MS


def test_nothing_is_made_up_over_gaps_and_invalid_samples() -> None:
    times = np.array([0, 200, 400, 600, 2600, 2800]) * MS
    valid = np.array([True, False, True, True, True, True])
    trace = trace_of(times, np.arange(18.0).reshape(6, 3), valid)
    source = Recorded(trace, Replay(resample_hz=10))
    states = [source.at(k * 100 * MS) for k in range(29)]
    sound = [sample.valid for sample in states if sample is not None]
    assert sound[:7] == [True, False, False, False, True, True, True]
    assert not any(sound[7:26])
    assert all(sound[26:])


def test_invalid_samples_are_passed_on_and_truth_holds_the_last_valid() -> None:
    positions = POSITIONS.copy()
    positions[2] = np.nan
    trace = trace_of(TIMES, positions, np.array([True, True, False, False, True]))
    source = Recorded(trace)
    sample = source.at(410 * MS)
    assert sample is not None
    assert not sample.valid
    assert source.positions(TIMES)[:, 1].tolist() == [0, 1, 1, 1, 4]


def test_without_a_valid_sample_there_is_nothing_to_replay() -> None:
    with pytest.raises(InputError, match="no valid sample"):
        Recorded(trace_of(TIMES, POSITIONS, np.zeros(5, dtype=bool)))


def test_real_trace_is_replayed_sample_by_sample(shared_data: Path) -> None:
    trace = read_trace(shared_data / "traces" / "rpm-v1.6.vxp")
    source = Recorded(trace)
    seen = []
    for tick in range(int(trace.duration_s * 100) + 2):
        sample = source.at(tick * 10 * MS)
        assert sample is not None
        if not seen or sample.measured_ns != seen[-1].measured_ns:
            seen.append(sample)
    assert [sample.measured_ns for sample in seen] == trace.times_ns.tolist()
    assert [sample.z_cm for sample in seen] == trace.positions[:, 2].tolist()
    assert [sample.valid for sample in seen] == trace.valid.tolist()
