"""The record of punctuality."""

import json

import numpy as np
import pytest

from linacsim.engines.realtime import lateness
from linacsim.engines.realtime.lateness import EDGES_US, Lateness

US = 1000


def test_percentiles_and_histogram() -> None:
    taken = Lateness(10_000 * US)
    for k in range(1000):
        taken.add([k * US, 100 * US, 300 * US, 50 * US])
    timing = taken.summary()
    assert timing.deadlines == 1000
    assert timing.lateness.p50_us == pytest.approx(499.5)
    assert timing.lateness.max_us == 999
    assert timing.compute.p99_us == 450
    assert timing.phases["machine"].max_us == 300
    assert sum(timing.histogram) == 1000
    assert timing.histogram[EDGES_US.index(10)] == 11, "0 to 10 us"
    assert timing.histogram[EDGES_US.index(1000)] == 499, "above 500 up to 1000 us"


def test_work_longer_than_a_period_is_an_overrun() -> None:
    taken = Lateness(10_000 * US)
    taken.add([0, 0, 10_000 * US, 0])
    taken.add([0, 1, 10_000 * US, 0])
    assert taken.summary().overruns == 1


def test_every_deadline_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lateness, "_CHUNK", 8)
    taken = Lateness(1)
    for k in range(21):
        taken.add([k, 0, 0, 0])
    np.testing.assert_array_equal(taken.times_ns()[:, 0], np.arange(21))


def test_no_deadlines_are_no_lateness() -> None:
    assert Lateness(1).summary().lateness.max_us == 0


def test_the_summary_is_plain_data() -> None:
    taken = Lateness(10_000 * US)
    taken.add([1, 2, 3, 4])
    record = json.loads(json.dumps(taken.summary().record()))
    assert record["deadlines"] == 1
    assert len(record["histogram"]) == len(record["edges_us"]) + 1
