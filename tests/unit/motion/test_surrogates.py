"""Surrogate models and the chain from a sample in the room to a target."""

import math

import pytest

from linacsim.model.findings import InputError
from linacsim.model.motion import (
    AmplitudeFitSurrogateModel,
    BasicMotionModel,
    BasicSurrogateModel,
    Coefficients,
    FitData,
    GatingMotionModel,
    Placement,
    PlugIn,
    Vector,
)
from linacsim.model.samples import MotionState, PositionSample
from linacsim.motion.basic_model import BasicModel
from linacsim.motion.gating_model import GatingModel
from linacsim.motion.model_system import Couch, PinnedSystem
from linacsim.motion.observer import Observer, model_of_filter, motion_model
from linacsim.motion.placements import IDENTITY
from linacsim.motion.surrogates import fit_function, surrogate

STATIC = FitData("Static", Coefficients(0.0))


def state(amplitude: float, rate: float = 0.0) -> MotionState:
    unknown = math.nan
    return MotionState(
        0, amplitude, rate, unknown, 0.0, *(unknown,) * 5, 0, 1.0, 2.0, amplitude, amplitude
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Static", 1.0),
        ("Linear", 1 + 2 * 0.5),
        ("Quadratic", 1 + 2 * 0.5 + 3 * 0.25),
        ("Cubic", 1 + 2 * 0.5 + 3 * 0.25 + 4 * 0.125),
        ("Planar", 1 + 2 * 0.5 + 3 * -2.0),
    ],
)
def test_fits_follow_the_equations_of_the_manual(name: str, expected: float) -> None:
    fit = fit_function(FitData(name, Coefficients(1.0, 2.0, 3.0, 4.0)))
    assert fit(0.5, -2.0) == pytest.approx(expected)


def test_a_fit_without_its_coefficients_or_unknown_is_refused() -> None:
    with pytest.raises(InputError, match="Quadratic fit has no a2"):
        fit_function(FitData("Quadratic", Coefficients(1.0, 2.0)))
    with pytest.raises(InputError, match="fit type Spline is not known"):
        fit_function(FitData("Spline", Coefficients(1.0)))


def test_the_manuals_own_fit_maps_marker_z_to_target_y() -> None:
    gain, acquired = 2.0, 10.0
    linear = FitData("Linear", Coefficients(-gain * acquired, gain))
    model = surrogate(AmplitudeFitSurrogateModel(STATIC, linear, STATIC))
    assert model.target_cm(state(10.3), IDENTITY) == pytest.approx((0, 0.6, 0))


def test_basic_without_placement_is_the_identity() -> None:
    assert surrogate(None).target_cm(state(3.0), IDENTITY) == (1.0, 2.0, 3.0)
    assert surrogate(BasicSurrogateModel()).target_cm(state(3.0), IDENTITY) == (1.0, 2.0, 3.0)


def test_basic_displacement_is_one_of_the_room() -> None:
    """With the couch turned, the target stays displaced along the room's axis."""
    model = surrogate(BasicSurrogateModel(Placement(Vector(0.0, -5.0, 0.0))))
    system = PinnedSystem(Couch()).at(Couch(rtn_deg=90.0))
    surrogate_room = system.outward((1.0, 2.0, 3.0))
    target_room = system.outward(model.target_cm(state(3.0), system))
    moved = [there - here for there, here in zip(target_room, surrogate_room, strict=True)]
    assert moved == pytest.approx([0, -5, 0])


def test_plug_ins_cannot_run() -> None:
    with pytest.raises(InputError, match="plug-in fancy cannot run"):
        surrogate(PlugIn("m.dll", "fancy"))
    with pytest.raises(InputError, match="plug-in fancy cannot run"):
        motion_model(PlugIn("m.dll", "fancy"))


def test_models_by_record_and_by_filter() -> None:
    assert isinstance(motion_model(None), BasicModel)
    assert isinstance(motion_model(BasicMotionModel()), BasicModel)
    assert isinstance(motion_model(GatingMotionModel()), GatingModel)
    assert isinstance(model_of_filter("PassThrough"), BasicModel)
    assert isinstance(model_of_filter("BreathingPhase"), GatingModel)


def test_a_moving_couch_is_not_seen_as_motion_but_the_room_sees_the_target_move() -> None:
    chain = Observer(BasicModel(), PinnedSystem(Couch()))
    for k in range(5):
        sample = PositionSample(k, k, 0.5, float(k), 0.0, couch=Couch(lng_cm=100.0 + k))
        seen = chain.update(sample)
        target = chain.target(seen, sample)
        assert (seen.x_cm, seen.y_cm, seen.z_cm) == (0.5, 0.0, 0.0)
        assert target.model_cm == (0.5, 0.0, 0.0)
        assert target.fixed_cm == (0.5, float(k), 0.0)


def test_angles_are_passed_on_or_unknown() -> None:
    chain = Observer(BasicModel(), PinnedSystem(Couch()))
    sample = PositionSample(0, 0, 0, 0, 0, True, 1.0, 0.0, 2.0, Couch(rtn_deg=90.0))
    target = chain.target(chain.update(sample), sample)
    assert target.fixed_deg == (1.0, 0.0, 2.0)
    assert target.model_deg == pytest.approx((0.0, -1.0, 2.0))
    points_only = PositionSample(1, 1, 0, 0, 0)
    assert math.isnan(chain.target(chain.update(points_only), points_only).model_deg[0])


def test_an_invalid_sample_has_no_target() -> None:
    chain = Observer(BasicModel(), PinnedSystem(Couch()))
    sample = PositionSample(0, 0, 1.0, 1.0, 1.0, valid=False)
    target = chain.target(chain.update(sample), sample)
    assert all(math.isnan(value) for value in (*target.fixed_cm, *target.model_cm))
