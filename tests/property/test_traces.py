"""What must hold for any trace and any motion."""

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linacsim.formats.traces import Action, Policy, ReadOptions, read_trace, write_trace
from linacsim.model.findings import InputError
from linacsim.model.trace import Trace, TraceFormat
from linacsim.motion.patient import BreathHold, Cough, PatientLike, PatientPattern
from linacsim.motion.presets import SensorSpec
from linacsim.motion.recorded import Recorded, Replay
from linacsim.motion.sensors import Sensor
from linacsim.motion.source import Motion
from linacsim.motion.target import Related, Relation
from linacsim.motion.waveforms import Regular, Uniform

SECOND = 1_000_000_000
TMP_OK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AS_IT_IS = ReadOptions(
    policy=Policy(zero_row=Action.KEEP, frozen=Action.KEEP, lost=Action.KEEP, jump=Action.KEEP)
)

times = st.integers(0, 600 * SECOND)


@st.composite
def traces(draw: st.DrawFn, step_ns: int = 1) -> Trace:
    """Any trace with every column, its clock in multiples of `step_ns`."""
    count = draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    steps = rng.integers(1, 100_000_000 // step_ns + 2, count) * step_ns
    axes = draw(st.sampled_from(["x", "y", "z", "xz", "xyz"]))
    positions = np.zeros((count, 3))
    for axis in axes:
        positions[:, "xyz".index(axis)] = rng.uniform(-3, 3, count)
    valid = rng.random(count) < 0.8
    valid[0] = True
    return Trace(
        times_ns=np.cumsum(steps) - steps[0],
        positions=positions,
        valid=valid,
        format=TraceFormat.CSV,
        axes=axes,
        clock_origin_ns=int(rng.integers(-(10**9), 10**12)) // step_ns * step_ns,
        phase_deg=rng.uniform(0, 360, count),
        flags=rng.integers(-2, 2, count),
        marks=rng.integers(0, 3, count, dtype=np.uint8),
        beam_enable=rng.random(count) < 0.5,
        ttl_in=rng.random(count) < 0.5,
        ttl_out=rng.random(count) < 0.5,
    )


@st.composite
def motions(draw: st.DrawFn) -> Motion:
    """Any kind of motion."""
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    regular = Regular(1.0, float(rng.uniform(1, 9)), power=int(rng.integers(1, 5)))
    pattern = PatientPattern(
        drift_cm_per_min=0.1,
        coughs=(Cough(20.0),),
        holds=(BreathHold(30.0, 10.0, 2.0), BreathHold(100.0, 20.0)),
        direction=(0.1, -0.5, 0.8),
    )
    steps = rng.integers(1, SECOND, 50)
    trace = Trace(
        np.cumsum(steps) - steps[0],
        rng.uniform(-1, 1, (50, 3)),
        rng.random(50) < 0.9,
        TraceFormat.ROBOT,
    )
    relation = Relation(x=(0.1, 0.2, 0.3, 0.4), lag_s=0.3)
    return draw(
        st.sampled_from(
            [
                regular,
                Uniform((0.1, -0.2, 0.3)),
                PatientLike(pattern, rng),
                Recorded(trace, Replay(loop=bool(seed % 2), resample_hz=[None, 7.0][seed % 3 > 1])),
                Related(PatientLike(pattern, rng), relation),
            ]
        )
    )


@TMP_OK
@given(traces())
def test_csv_gives_back_what_was_written(tmp_path: Path, trace: Trace) -> None:
    write_trace(trace, tmp_path / "a.csv", overwrite=True)
    again = read_trace(tmp_path / "a.csv", AS_IT_IS)
    assert again.axes == trace.axes
    assert again.clock_origin_ns == trace.clock_origin_ns
    for name in ("times_ns", "positions", "valid", "phase_deg", "flags", "marks"):
        assert np.array_equal(getattr(again, name), getattr(trace, name)), name
    for name in ("beam_enable", "ttl_in", "ttl_out"):
        assert np.array_equal(getattr(again, name), getattr(trace, name)), name


@TMP_OK
@given(traces(step_ns=1_000_000))
def test_vxp_written_twice_is_the_same(tmp_path: Path, trace: Trace) -> None:
    options = ReadOptions(amplitude_axis="z", policy=AS_IT_IS.policy)
    first, second = tmp_path / "a.vxp", tmp_path / "b.vxp"
    write_trace(trace, first, axis="z", overwrite=True)
    read = read_trace(first, options)
    write_trace(read, second, overwrite=True)
    assert first.read_bytes() == second.read_bytes()
    assert np.array_equal(read.times_ns, trace.times_ns)
    assert np.abs(read.positions[:, 2] - trace.positions[:, 2]).max() <= 0.5e-4 + 1e-12


@TMP_OK
@given(traces())
def test_robot_columns_hold_times_and_positions(tmp_path: Path, trace: Trace) -> None:
    write_trace(trace, tmp_path / "a.txt", overwrite=True)
    again = read_trace(tmp_path / "a.txt", AS_IT_IS)
    assert np.array_equal(again.times_ns, trace.times_ns)
    assert np.abs(again.positions - trace.positions).max() < 1e-6


@TMP_OK
@given(st.lists(st.sampled_from("0123456789.,;-+eE nafZP=[]\t\n#\r"), max_size=200).map("".join))
def test_any_text_is_read_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    for head in ("", "[Header]\nVersion=1.6\nScale_factor=10\n[Data]\n", "time_s,z_cm\n"):
        path.write_bytes((head + text).encode())
        trace, refusal = read_or_refuse(path)
        assert "\n" not in refusal
        if trace is not None:
            assert (np.diff(trace.times_ns) > 0).all()
            assert np.isfinite(trace.positions[trace.valid]).all()


def read_or_refuse(path: Path) -> tuple[Trace | None, str]:
    try:
        return read_trace(path), ""
    except InputError as error:
        return None, str(error)


@settings(max_examples=60, deadline=None)
@given(motions(), st.lists(times, min_size=1, max_size=40))
def test_a_time_gets_the_same_answer_alone_and_among_others(
    motion: Motion, asked: list[int]
) -> None:
    together = motion.positions(np.array(asked, dtype=np.int64))
    alone = [motion.positions(np.array([time], dtype=np.int64))[0] for time in asked]
    assert np.array_equal(together, np.array(alone))


@settings(max_examples=60, deadline=None)
@given(motions(), st.lists(times, min_size=1, max_size=40))
def test_samples_are_never_from_the_future(motion: Motion, asked: list[int]) -> None:
    for time in asked:
        sample = motion.at(time)
        assert sample is not None
        assert sample.measured_ns <= sample.received_ns <= time


@settings(max_examples=40, deadline=None)
@given(
    motions(),
    st.builds(
        SensorSpec,
        rate_hz=st.floats(1, 60),
        latency_ms=st.floats(0, 500),
        latency_jitter_ms=st.floats(0, 200),
        clock_jitter_ms=st.floats(0, 50),
        noise_cm=st.just(0.01),
        loss_share=st.just(0.1),
    ),
    st.lists(times, min_size=2, max_size=20).map(sorted),
)
def test_sensors_are_causal_and_lose_nothing(
    motion: Motion, spec: SensorSpec, asked: list[int]
) -> None:
    sensor = Sensor(spec, motion, np.random.default_rng(1))
    for time in asked:
        sample = sensor.at(time)
        if sample is not None:
            assert sample.measured_ns <= sample.received_ns <= time
            assert time < sensor.next_received_ns(time)
    first, last = asked[0], min(asked[-1], asked[0] + 20 * SECOND)
    middle = (first + last) // 2
    pieces = sensor.received(first, middle) + sensor.received(middle, last)
    assert pieces == sensor.received(first, last)
    assert all(first < sample.received_ns <= last for sample in pieces)
