"""Samples are handed over ahead where nothing that the sensor sees can move, else as known."""

from collections.abc import Sequence

import numpy as np
import pytest

from linacsim.engines.feed import AHEAD_NS, CHUNK_NS, Feed, Feeder, Sight
from linacsim.model.arrays import Floats
from linacsim.model.samples import PositionSample
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_MS, TICK_NS
from tests.frames import make_frames

PERIOD_NS, LATENCY_NS = 40 * NS_PER_MS, 15 * NS_PER_MS


class Camera:
    """A sample every 40 ms that arrives 15 ms later, and what it was told."""

    def __init__(self) -> None:
        self.noted: list[int] = []
        self.begun = 0

    def received(self, after_ns: int, until_ns: int) -> Sequence[PositionSample]:
        out = []
        for k in range(until_ns // PERIOD_NS + 1):
            arrives = k * PERIOD_NS + LATENCY_NS
            if after_ns < arrives <= until_ns:
                out.append(PositionSample(k * PERIOD_NS, arrives, 0.0, 0.0, 0.0))
        return out

    def unknown_ns(self, seen_ns: int) -> int:
        return (seen_ns // PERIOD_NS + 1) * PERIOD_NS + LATENCY_NS

    def note(self, tick: int, positions: Floats) -> None:
        self.noted += range(tick, tick + len(positions))

    def begin(self) -> None:
        self.begun += 1

    def sight(self, *states: State) -> Sight:
        return Sight(self.begin, self.note, self.unknown_ns, frozenset(states))


def test_without_sight_samples_are_known_ahead() -> None:
    feeder = Feeder([Feed("NDI", Camera().received)])
    (message,) = feeder.due(0)
    assert feeder.known_ns == CHUNK_NS
    assert len(message.samples) == CHUNK_NS // PERIOD_NS
    assert feeder.due(CHUNK_NS - AHEAD_NS - 1) == ()
    assert feeder.due(CHUNK_NS - AHEAD_NS)


def test_without_feeds_everything_is_known() -> None:
    assert Feeder([]).known_ns > 1 << 60


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_with_sight_no_sample_is_handed_over_before_its_tick_begins(most: int) -> None:
    camera = Camera()
    feeder = Feeder([Feed("NDI", camera.received, camera.sight(*State))])
    tick = 0
    handed: list[PositionSample] = []
    while tick < 200:
        for message in feeder.due(tick * TICK_NS):
            handed += message.samples
            assert all(one.measured_ns <= (tick + 1) * TICK_NS for one in message.samples)
        assert feeder.known_ns % TICK_NS == 0
        count = min(feeder.known_ns // TICK_NS - tick, most)
        assert count >= 1
        wanted = camera.received(-1, (tick + count) * TICK_NS)
        assert handed[: len(wanted)] == list(wanted), "the block has all samples received in it"
        feeder.write(make_frames(count, tick))
        tick += count
    assert camera.noted == list(range(tick))
    assert camera.begun == 1


def test_once_the_machine_stands_samples_are_known_ahead_again() -> None:
    camera = Camera()
    feeder = Feeder([Feed("NDI", camera.received, camera.sight(State.IDLE, State.PREPARED))])
    feeder.due(0)
    bound_ns = feeder.known_ns
    assert bound_ns < NS_PER_MS * 100
    state = np.full(3, State.READY, dtype=np.uint8)
    feeder.write(make_frames(3, state=state))
    feeder.due(3 * TICK_NS)
    assert feeder.known_ns == bound_ns + CHUNK_NS


def test_a_message_without_samples_is_none() -> None:
    feeder = Feeder([Feed("NDI", lambda after, until: ())])
    assert feeder.due(0) == ()
