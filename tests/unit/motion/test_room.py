"""What sensors are told of couch and gantry: tick by tick, and never what is still to come."""

import numpy as np
import pytest

from linacsim.model.axes import Axis
from linacsim.motion.room import RoomTrack

MS = 1_000_000
N_AXES = 20


def row(lng_cm: float = 0.0, gantry_deg: float = 180.0) -> np.ndarray:
    out = np.zeros(N_AXES)
    out[Axis.COUCH_LNG], out[Axis.GANTRY_RTN] = lng_cm, gantry_deg
    return out


def lng(track: RoomTrack, time_ms: float) -> float:
    return track.at(round(time_ms * MS)).couch[2]


def test_within_a_tick_the_couch_stands_where_the_tick_began() -> None:
    track = RoomTrack(row(0.0), gantry=False)
    track.note(0, np.array([row(1.0), row(2.0), row(2.0), row(3.0)]))
    assert [lng(track, ms) for ms in (0, 5, 10)] == [0.0, 0.0, 0.0]
    assert [lng(track, ms) for ms in (10.001, 20)] == [1.0, 1.0]
    assert [lng(track, ms) for ms in (25, 35, 40)] == [2.0, 2.0, 2.0]
    assert [lng(track, ms) for ms in (41, 5000)] == [3.0, 3.0]


@pytest.mark.parametrize("cut", range(1, 6))
def test_blocks_do_not_matter(cut: int) -> None:
    rows = np.array([row(value) for value in (0.0, 1.0, 1.0, 2.0, 0.0, 0.0)])
    whole, parts = RoomTrack(row(), gantry=False), RoomTrack(row(), gantry=False)
    whole.note(0, rows)
    parts.note(0, rows[:cut])
    parts.note(cut, rows[cut:])
    times = range(-10, 90, 3)
    assert [whole.at(ms * MS) for ms in times] == [parts.at(ms * MS) for ms in times]


def test_while_nothing_moves_the_state_is_the_same_object() -> None:
    track = RoomTrack(row(), gantry=False)
    track.note(0, np.array([row(gantry_deg=angle) for angle in (180.0, 181.0, 182.0)]))
    assert track.at(0) is track.at(1000 * MS)


def test_gantry_is_followed_where_it_may_hide_something() -> None:
    track = RoomTrack(row(), gantry=True)
    track.note(0, np.array([row(gantry_deg=181.0)]))
    assert track.at(5 * MS).gantry_deg == 180.0
    assert track.at(15 * MS).gantry_deg == 181.0


def test_a_second_run_begins_anew() -> None:
    track = RoomTrack(row(), gantry=False)
    track.note(0, np.array([row(1.0)]))
    track.begin()
    assert lng(track, 5000) == 0.0
