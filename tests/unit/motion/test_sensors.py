"""Sensors see late, coarsely and not always; nothing depends on what was asked before."""

import numpy as np
import pytest

from linacsim.model.findings import InputError
from linacsim.model.samples import PositionSample
from linacsim.motion.couch import UPRIGHT
from linacsim.motion.presets import SensorSpec, sensor_names, sensor_spec
from linacsim.motion.recorded import Recorded
from linacsim.motion.room import RoomState
from linacsim.motion.sensors import Sensor
from linacsim.motion.waveforms import Regular, Uniform
from tests.traces import trace_of

SECOND = 1_000_000_000
MS = 1_000_000
STILL = Uniform()


def sensor(seed: int = 1, **spec: object) -> Sensor:
    numbers = {"rate_hz": 25.0} | spec
    return Sensor(SensorSpec(**numbers), Regular(1.0, 4.0), np.random.default_rng(seed))  # type: ignore[arg-type]


def test_an_ideal_sensor_tells_the_truth_at_its_rate() -> None:
    samples = sensor().received(-1, 10 * SECOND)
    assert [sample.measured_ns for sample in samples] == [k * 40 * MS for k in range(251)]
    times = np.array([sample.measured_ns for sample in samples])
    truth = Regular(1.0, 4.0).displacement_cm(times)
    assert [sample.z_cm for sample in samples] == truth.tolist()


def test_latency() -> None:
    source = sensor(latency_ms=100.0)
    assert source.at(100 * MS - 1) is None
    sample = source.at(100 * MS)
    assert sample is not None
    assert (sample.measured_ns, sample.received_ns) == (0, 100 * MS)
    assert source.next_received_ns(100 * MS) == 140 * MS


def test_jitter_of_latency_is_as_asked_and_samples_stay_in_order() -> None:
    source = sensor(latency_ms=100.0, latency_jitter_ms=5.0, clock_jitter_ms=2.0)
    samples = source.received(-1, 400 * SECOND)
    measured = np.array([sample.measured_ns for sample in samples])
    received = np.array([sample.received_ns for sample in samples])
    late = (received - measured) / MS
    assert late.mean() == pytest.approx(100, abs=0.5)
    assert late.std() == pytest.approx(5, rel=0.05)
    assert (np.diff(measured) / MS).std() == pytest.approx(2 * np.sqrt(2), rel=0.05)
    assert (np.diff(received) > 0).all()


def test_a_late_sample_holds_up_those_behind_it() -> None:
    source = sensor(latency_ms=300.0, latency_jitter_ms=100.0)
    samples = source.received(-1, 400 * SECOND)
    received = np.array([sample.received_ns for sample in samples])
    assert (np.diff(received) >= 0).all()
    assert (np.diff(received) == 0).any()
    assert all(sample.received_ns >= sample.measured_ns for sample in samples)


def test_noise_and_steps() -> None:
    source = Sensor(
        SensorSpec(rate_hz=25, noise_cm=0.02, quantum_cm=0.01), STILL, np.random.default_rng(1)
    )
    samples = source.received(-1, 400 * SECOND)
    seen = np.array([(sample.x_cm, sample.y_cm, sample.z_cm) for sample in samples])
    assert seen.std(axis=0) == pytest.approx(np.hypot(0.02, 0.01 / np.sqrt(12)), rel=0.05)
    assert np.abs(seen / 0.01 - np.rint(seen / 0.01)).max() < 1e-9
    assert np.abs(np.corrcoef(seen.T) - np.eye(3)).max() < 0.05


def test_lost_samples_arrive_and_say_so() -> None:
    samples = sensor(loss_share=0.1).received(-1, 400 * SECOND)
    assert len(samples) == 10_001
    assert np.mean([not sample.valid for sample in samples]) == pytest.approx(0.1, abs=0.01)


def test_in_an_outage_nothing_arrives_and_the_last_sample_grows_old() -> None:
    source = Sensor(
        SensorSpec(rate_hz=25),
        STILL,
        np.random.default_rng(1),
        outages_ns=[(2 * SECOND, 5 * SECOND)],
    )
    assert source.received(2 * SECOND - 1, 5 * SECOND - 1) == []
    sample = source.at(4 * SECOND)
    assert sample is not None
    assert sample.measured_ns == 2 * SECOND - 40 * MS
    sample = source.at(5 * SECOND)
    assert sample is not None
    assert sample.measured_ns == 5 * SECOND


def test_the_gantry_hides_the_marker() -> None:
    spec = SensorSpec(rate_hz=10, occluded_gantry_deg=((350.0, 10.0), (90.0, 100.0)))
    source = Sensor(spec, STILL, np.random.default_rng(1))
    source.place(lambda time: RoomState(UPRIGHT, time / SECOND * 10.0 - 30.0), UPRIGHT)
    hidden = [
        round(sample.measured_ns / SECOND * 10.0 - 30.0)
        for sample in source.received(-1, 14 * SECOND)
        if not sample.valid
    ]
    assert hidden == [*range(-10, 11), *range(90, 101)]


def test_the_sensor_sees_the_couch_move_and_says_where_it_was() -> None:
    source = Sensor(SensorSpec(rate_hz=10), Regular(1.0, 4.0), np.random.default_rng(1))

    def room(time_ns: int) -> RoomState:
        vrt, lat, lng, *turns = UPRIGHT
        return RoomState((vrt, lat, lng + time_ns / SECOND, *turns), 180.0)  # type: ignore[arg-type]

    source.place(room, UPRIGHT)
    samples = source.received(-1, 4 * SECOND)
    assert [sample.y_cm for sample in samples] == pytest.approx(np.arange(41) * 0.1)
    assert samples[20].z_cm == pytest.approx(0.0)
    assert [sample.couch for sample in samples] == [
        room(sample.measured_ns).couch for sample in samples
    ]


@pytest.mark.parametrize("jitter_ms", [0.0, 15.0])
def test_when_the_first_sample_after_a_time_is_received(jitter_ms: float) -> None:
    source = sensor(latency_ms=70.0, latency_jitter_ms=30.0, clock_jitter_ms=jitter_ms)
    samples = source.received(-1, 60 * SECOND)
    for time in np.random.default_rng(2).integers(-SECOND, 50 * SECOND, 500).tolist():
        first = next(sample for sample in samples if sample.measured_ns > time)
        assert source.unknown_ns(time) == first.received_ns


def test_a_sensor_that_sees_rotation_tells_it_and_another_does_not() -> None:
    tilting = Regular(1.0, 4.0, tilt_deg_per_cm=(10.0, 0.0, -5.0))

    def at_full_inhale(**spec: float) -> PositionSample:
        source = Sensor(SensorSpec(rate_hz=25, **spec), tilting, np.random.default_rng(1))
        return source.received(-1, 0)[0]

    sample = at_full_inhale(angle_noise_deg=0.0)
    assert (sample.angle_x_deg, sample.angle_y_deg, sample.angle_z_deg) == (10.0, 0.0, -5.0)
    assert np.isnan(at_full_inhale().angle_x_deg)
    noisy = at_full_inhale(angle_noise_deg=0.1)
    assert 0 < abs(noisy.angle_x_deg - 10.0) < 0.5
    assert noisy.angle_x_deg == round(noisy.angle_x_deg, 3)


def test_rotation_turns_with_the_couch() -> None:
    tilting = Regular(1.0, 4.0, tilt_deg_per_cm=(10.0, 0.0, 0.0))
    source = Sensor(SensorSpec(rate_hz=25, angle_noise_deg=0), tilting, np.random.default_rng(1))
    turned = RoomState((*UPRIGHT[:3], 90.0, 0.0, 0.0), 180.0)
    source.place(lambda _: turned, UPRIGHT)
    (sample,) = source.received(-1, 0)
    # The couch is turned by 180 - 90 deg about Z, which takes X to Y.
    assert sample.angle_x_deg == pytest.approx(0.0)
    assert sample.angle_y_deg == pytest.approx(10.0)


def test_where_a_record_lost_the_marker_the_sensor_does_too() -> None:
    times = np.arange(100) * 40 * MS
    valid = np.ones(100, dtype=bool)
    valid[50:60] = False
    record = Recorded(trace_of(times, np.zeros((100, 3)), valid))
    spec = SensorSpec(rate_hz=25)
    samples = Sensor(spec, record, np.random.default_rng(1)).received(-1, 4 * SECOND - 1)
    assert [sample.valid for sample in samples] == valid.tolist()
    truth = Sensor(spec, record, np.random.default_rng(1), holes=False)
    assert all(sample.valid for sample in truth.received(-1, 4 * SECOND - 1))


def test_any_time_may_be_asked_in_any_order() -> None:
    spec = sensor_spec("NDI")
    fresh = Sensor(spec, Regular(1.0, 4.0), np.random.default_rng(3))
    used = Sensor(spec, Regular(1.0, 4.0), np.random.default_rng(3))
    times = [int(time) for time in np.random.default_rng(4).integers(0, 1000 * SECOND, 300)]
    forward = {time: fresh.at(time) for time in sorted(times)}
    assert [used.at(time) for time in times] == [forward[time] for time in times]


def test_seeds_differ() -> None:
    assert sensor(1, noise_cm=0.1).at(SECOND) != sensor(2, noise_cm=0.1).at(SECOND)
    assert sensor(1, noise_cm=0.1).at(SECOND) == sensor(1, noise_cm=0.1).at(SECOND)


@pytest.mark.parametrize("name", sensor_names())
def test_presets(name: str) -> None:
    spec = sensor_spec(name)
    assert 10 <= spec.rate_hz <= 30
    assert all(spec.sources[key] for key in ("rate_hz", "latency_ms", "noise_cm", "loss_share"))
    numbers = {"rate_hz", "latency_ms", "latency_jitter_ms", "clock_jitter_ms", "noise_cm"}
    numbers |= {"quantum_cm", "loss_share", "max_age_ms", "occluded_gantry_deg"}
    assert set(spec.sources) in (numbers, numbers | {"angle_noise_deg"})


def test_the_manuals_sources_are_there() -> None:
    assert {"NDI", "RTX1"} <= set(sensor_names())


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ({"rate_hz": 0.0}, "rate_hz must be more than 0"),
        ({"latency_ms": -1.0}, "latency_ms is -1; allowed: 0 to 10000"),
        ({"loss_share": 1.5}, "loss_share is 1.5; allowed: 0 to 1"),
        ({"noise_cm": float("nan")}, "noise_cm is nan"),
    ],
)
def test_what_cannot_be(number: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        sensor(**number)


def test_unknown_sensor() -> None:
    with pytest.raises(InputError, match="unknown sensor 'NDl'; did you mean NDI"):
        sensor_spec("NDl")
