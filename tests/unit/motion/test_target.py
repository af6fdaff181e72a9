"""The couch carries the patient; the target follows its surrogate as stated."""

import numpy as np
import pytest

from linacsim.model.findings import InputError
from linacsim.motion.couch import UPRIGHT, carried, couch_frame
from linacsim.motion.target import Patient, Related, Relation, rigid
from linacsim.motion.waveforms import Regular, Uniform

SECOND = 1_000_000_000
TIMES = np.arange(0, 8 * SECOND, 40_000_000)
HOME = np.array(UPRIGHT)


def couch(**moved: float) -> np.ndarray:
    names = ("vrt", "lat", "lng", "rtn", "pit", "rol")
    return HOME + np.array([moved.get(name, 0.0) for name in names])


def in_room(position: np.ndarray, point: tuple[float, float, float]) -> list[float]:
    return carried(HOME, position).to_room(np.array([point]))[0].round(12).tolist()


def test_with_the_couch_at_home_patient_and_room_agree() -> None:
    assert in_room(HOME, (1, 2, 3)) == [1, 2, 3]
    turned = couch(rtn=30, pit=2, vrt=5)
    assert carried(turned, turned).to_room(np.eye(3)) == pytest.approx(np.eye(3), abs=1e-12)


@pytest.mark.parametrize(
    ("moved", "wanted"),
    [
        ({"lat": 2}, [2, 0, 0]),
        ({"lng": 2}, [0, 2, 0]),
        ({"vrt": 2}, [0, 0, -2]),
    ],
)
def test_linear_axes(moved: dict[str, float], wanted: list[float]) -> None:
    assert in_room(couch(**moved), (0, 0, 0)) == wanted


def test_rotation_is_about_the_isocentre_and_carries_the_other_axes() -> None:
    assert in_room(couch(rtn=-90), (1, 0, 0)) == [0, 1, 0]
    assert in_room(couch(rtn=-90, lng=3), (0, 0, 0)) == [-3, 0, 0]


def test_pitch_and_roll_are_right_handed() -> None:
    assert in_room(couch(pit=90), (0, 1, 0)) == [0, 0, 1]
    assert in_room(couch(rol=90), (1, 0, 0)) == [0, 0, -1]


def test_frames_invert() -> None:
    frame = couch_frame(couch(vrt=-3, lat=4, lng=80, rtn=20, pit=2, rol=-1))
    points = np.random.default_rng(1).standard_normal((5, 3))
    assert frame.from_room(frame.to_room(points)) == pytest.approx(points)
    assert frame.turn @ frame.turn.T == pytest.approx(np.eye(3), abs=1e-12)


def test_target_and_surrogate_ride_together() -> None:
    surrogate = Regular(1.0, 4.0)
    patient = Patient(rigid(surrogate, (0, 5, -2)), surrogate, HOME)
    there = couch(lat=1, vrt=-1)
    apart = patient.target_in_room(TIMES, there) - patient.surrogate_in_room(TIMES, there)
    assert apart == pytest.approx(np.tile([0, 5, -2], (len(TIMES), 1)))


def test_planned_couch_motion_adds_to_breathing() -> None:
    surrogate = Regular(1.0, 4.0)
    patient = Patient(surrogate, surrogate, HOME)
    moved = patient.surrogate_in_room(TIMES, couch(lng=10))
    assert moved[:, 1] == pytest.approx(10)
    assert moved[:, 2] == pytest.approx(surrogate.displacement_cm(TIMES))


def test_relation_is_the_polynomial_of_the_amplitude() -> None:
    surrogate = Regular(1.0, 4.0)
    relation = Relation(x=(0.5, 0, 0, 0), y=(1, 2, 3, 4), z=(0, -1, 0, 0))
    a = surrogate.displacement_cm(TIMES)
    found = Related(surrogate, relation).positions(TIMES)
    assert found[:, 0] == pytest.approx(0.5)
    assert found[:, 1] == pytest.approx(1 + 2 * a + 3 * a**2 + 4 * a**3)
    assert found[:, 2] == pytest.approx(-a)


def test_lag_makes_the_target_late() -> None:
    surrogate = Uniform((0, 0, 1.0))
    found = Related(surrogate, Relation(lag_s=0.5)).positions(np.array([0, SECOND, 3 * SECOND]))
    assert found[:, 1] == pytest.approx([0, 0.5, 2.5])
    with pytest.raises(InputError, match="lag_s must be 0 or more"):
        Related(surrogate, Relation(lag_s=-0.1))


def test_reference_couch_is_checked() -> None:
    with pytest.raises(InputError, match="six numbers"):
        Patient(Uniform(), Uniform(), np.zeros(3))
