"""The motion that a device tells of."""

import numpy as np

from linacsim.model.messages import Samples
from linacsim.model.samples import PositionSample
from linacsim.model.signals import Inputs
from linacsim.scenario.told import Told

MS = 1_000_000


def told(*samples: PositionSample, source: str = "NDI") -> Told:
    motion = Told("camera", "NDI")
    motion.record(0, Inputs((Samples(source, samples),)))
    return motion


def at(time_ms: int, z_cm: float, *, valid: bool = True) -> PositionSample:
    return PositionSample(time_ms * MS, time_ms * MS, 0.0, 0.0, z_cm, valid)


def test_between_samples_it_goes_straight_and_outside_it_stays() -> None:
    motion = told(at(10, 1.0), at(30, 3.0))
    times = np.array([0, 10, 15, 30, 99]) * MS
    assert motion.positions(times)[:, 2].tolist() == [1.0, 1.0, 1.5, 3.0, 3.0]
    assert motion.seen(times).tolist() == [False, True, True, True, False]


def test_samples_that_come_in_another_order_are_told_in_that_of_time() -> None:
    motion = told(at(30, 3.0), at(10, 1.0))
    assert motion.positions(np.array([20 * MS]))[0, 2] == 2.0


def test_invalid_samples_and_those_of_others_tell_nothing() -> None:
    times = np.array([10 * MS])
    for motion in (told(at(10, 1.0, valid=False)), told(at(10, 1.0), source="other")):
        assert motion.positions(times).tolist() == [[0.0, 0.0, 0.0]]
        assert not motion.seen(times).any()
