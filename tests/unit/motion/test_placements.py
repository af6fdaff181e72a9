"""Placements, and the model system that rides on the couch."""

import math
from dataclasses import replace

import numpy as np
import pytest

from linacsim.model.beam import Beam, ControlPoints
from linacsim.model.findings import InputError
from linacsim.model.motion import ModelSystem, Placement, Vector
from linacsim.motion.couch import carried
from linacsim.motion.model_system import Couch, PinnedSystem, couch_at, pinned_system
from linacsim.motion.placements import IDENTITY, Transform, transform

QUARTER = Placement(Vector(1, 2, 3), Vector(0, 1, 0), Vector(-1, 0, 0), Vector(0, 0, 1))
"""Turned by 90 deg about Z."""
PINNED = Couch(110.0, 100.0, 120.0)


def beam(couch: dict[int, float] | None = None) -> Beam:
    axes = np.full((2, 12), np.nan)
    for column, value in (couch or {}).items():
        axes[0, column] = value
    points = ControlPoints(
        np.zeros(2), axes, np.full((2, 120), np.nan), np.zeros(2, dtype=np.int64)
    )
    return Beam(1, "NDS120", points)


def test_a_placement_leads_out_and_back() -> None:
    placed = transform(QUARTER)
    assert placed.outward((1, 0, 0)) == pytest.approx((1, 3, 3))
    assert placed.inward((1, 3, 3)) == pytest.approx((1, 0, 0))
    assert placed.turned((1, 0, 0)) == pytest.approx((0, 1, 0))
    assert placed.turned_back((0, 1, 0)) == pytest.approx((1, 0, 0))


def test_inverse_and_composition_agree_with_points() -> None:
    placed = transform(QUARTER)
    there = (0.3, -2.0, 7.0)
    assert placed.inverse().outward(there) == pytest.approx(placed.inward(there))
    twice = placed.after(placed)
    assert twice.outward(there) == pytest.approx(placed.outward(placed.outward(there)))
    flat = [value for part in placed.after(placed.inverse()) for value in part]
    assert flat == pytest.approx([value for part in IDENTITY for value in part])


def test_axes_left_out() -> None:
    assert transform(Placement(Vector(1, 2, 3))) == IDENTITY._replace(origin=(1, 2, 3))
    for name in ("axis_x", "axis_y", "axis_z"):
        completed = transform(replace(QUARTER, **{name: None}))
        assert [v for axis in completed for v in axis] == pytest.approx(
            [v for axis in transform(QUARTER) for v in axis]
        )
    with pytest.raises(InputError, match="give two"):
        transform(Placement(Vector(0, 0, 0), axis_y=Vector(0, 1, 0)))


@pytest.mark.parametrize(
    "axes",
    [
        (Vector(0, 2, 0), Vector(-1, 0, 0), Vector(0, 0, 1)),
        (Vector(0, 1, 0), Vector(0, 1, 0), Vector(0, 0, 1)),
        (Vector(0.1, 1, 0), Vector(-1, 0, 0), Vector(0, 0, 1)),
        (Vector(0, 0, 0), Vector(-1, 0, 0), Vector(0, 0, 1)),
        (Vector(math.nan, 1, 0), Vector(-1, 0, 0), Vector(0, 0, 1)),
    ],
    ids=["long", "equal", "askew", "nil", "nan"],
)
def test_axes_that_are_not_orthonormal_are_refused_with_their_line(
    axes: tuple[Vector, Vector, Vector],
) -> None:
    with pytest.raises(InputError, match=r"12: placement refused: axis"):
        transform(Placement(Vector(0, 0, 0), *axes, line=12))


def test_axes_written_with_few_decimals_become_exact() -> None:
    placed = transform(
        Placement(Vector(0, 0, 0), Vector(0.866, 0.5, 0), Vector(-0.5, 0.866, 0), Vector(0, 0, 1))
    )
    for axis in placed[1:]:
        assert math.hypot(*axis) == pytest.approx(1, abs=1e-12)


def test_a_left_handed_placement_keeps_its_hand() -> None:
    mirrored = transform(
        Placement(Vector(0, 0, 0), Vector(1, 0, 0), Vector(0, 1, 0), Vector(0, 0, -1))
    )
    assert mirrored.outward((0, 0, 1)) == (0, 0, -1)


def test_pinned_the_model_system_is_the_room() -> None:
    assert PinnedSystem(PINNED).at(PINNED).outward((1, 2, 3)) == pytest.approx((1, 2, 3))


@pytest.mark.parametrize(
    ("couch", "shift"),
    [
        (PINNED._replace(vrt_cm=109.0), (0, 0, 1)),
        (PINNED._replace(lat_cm=101.0), (1, 0, 0)),
        (PINNED._replace(lng_cm=121.0), (0, 1, 0)),
    ],
)
def test_points_ride_on_the_couch(couch: Couch, shift: tuple[float, float, float]) -> None:
    moved = PinnedSystem(PINNED).at(couch)
    assert moved.outward((0, 0, 0)) == pytest.approx(shift)
    assert moved.inward(shift) == pytest.approx((0, 0, 0))


def test_couch_rotation_turns_about_the_isocentre() -> None:
    turned = PinnedSystem(PINNED).at(PINNED._replace(rtn_deg=90.0))
    assert turned.outward((1, 0, 5)) == pytest.approx((0, 1, 5))


def test_target_and_model_system_ride_on_the_same_couch() -> None:
    """Where one part of the house puts a point on the couch, the other finds it at rest."""
    pinned, moved = Couch(110, 98, 120, 170, 1, -1), Couch(105, 103, 90, 200, -2, 0.5)
    point = np.array([[1.0, -2.0, 3.0]])
    room = carried(np.array(pinned), np.array(moved)).to_room(point)[0]
    assert PinnedSystem(pinned).at(moved).inward(tuple(room.tolist())) == pytest.approx(point[0])


def test_planned_couch_motion_is_not_target_motion() -> None:
    """A target at rest on a moving couch stays where it is in the model system."""
    system = PinnedSystem(PINNED._replace(rtn_deg=170.0, rol_deg=1.0), transform(QUARTER))
    target = (0.7, -1.1, 2.0)
    for k in range(20):
        couch = Couch(90 + 0.3 * k, 100 - 0.2 * k, 120 + k, 170 + 2 * k, 0.1 * k, 1 - 0.05 * k)
        room = system.at(couch).outward(target)
        assert system.at(couch).inward(room) == pytest.approx(target)
    assert room != pytest.approx(system.at(system.pinned).outward(target))


def test_pinned_to_the_first_control_point_then_to_where_it_stood_then_custom() -> None:
    at_load = Couch(95.0, 101.0, 130.0, 181.0, 0.5, 0.6)
    assert pinned_system(None, beam(), at_load).pinned == at_load
    planned = pinned_system(None, beam({2: 90.0, 5: 175.0}), at_load)
    assert planned.pinned == at_load._replace(vrt_cm=90.0, rtn_deg=175.0)
    custom = ModelSystem(Placement(Vector(0, 0, 1)), couch_vrt_cm=80.0, couch_rtn_deg=180.0)
    pinned = pinned_system(custom, beam({2: 90.0, 4: 125.0}), at_load)
    assert pinned.pinned == Couch(80.0, 101.0, 125.0, 180.0, 0.5, 0.6)
    assert pinned.at(pinned.pinned).outward((0, 0, 0)) == pytest.approx((0, 0, 1))


def test_couch_of_a_position_vector() -> None:
    positions = np.arange(134.0)
    assert couch_at(positions) == Couch(2.0, 3.0, 4.0, 5.0, 6.0, 7.0)


def test_identity_is_a_transform() -> None:
    assert isinstance(IDENTITY.inverse(), Transform)
