"""Rules of gating, motion management, tracking and beam hold."""

from dataclasses import replace
from typing import Any

import pytest

from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import OutsideTreatment
from linacsim.model.motion import (
    AcquisitionTrigger,
    ActionWindow,
    AmplitudeFitSurrogateModel,
    BasicMotionCompensation,
    BasicMotionModel,
    BasicSurrogateModel,
    Coefficients,
    FitData,
    GatingMotionModel,
    GatingParameters,
    GatingWindow,
    Placement,
    PlugIn,
    Vector,
)
from linacsim.model.tracking import (
    ConformityTolerance,
    Tracking,
    TrackingAxes,
    TrackingAxis,
    TrackingMlc,
    TrackingPhase,
)
from linacsim.planning.check import beam_hold as hold
from linacsim.planning.check import gating, motion, phases, windows
from linacsim.planning.check import tracking as rules
from tests.beams import make_beam
from tests.checking import (
    Case,
    camera,
    findings,
    imaging,
    judge,
    motion_beam,
    static,
    uncovered,
    with_points,
)

GATE = (BeamHoldDevice(4),)
BREATHING = GatingMotionModel()
CONFORM = ConformityTolerance(1.0, 1.0)
AXIS = TrackingAxis()
X, Y, Z = Vector(1, 0, 0), Vector(0, 1, 0), Vector(0, 0, 1)


def gated(entry: float, exit: float, filter: str = "BreathingPhase", **window: Any) -> Beam:
    return with_gating(GatingParameters(filter, (GatingWindow(entry, exit, **window),), 0.0))


def with_gating(parameters: GatingParameters, devices: tuple[BeamHoldDevice, ...] = GATE) -> Beam:
    return static(imaging=imaging(gating=parameters), beam_hold_devices=devices)


def twice_gated(source: str) -> Beam:
    """Return a beam with 1.x gating by the camera and a 2.0 window of a source."""
    action = ActionWindow("Basic", "Amplitude", 0.0, 1.0)
    beam = motion_beam(camera(action, id=source, motion_model=BREATHING))
    assert beam.imaging is not None
    one = GatingParameters("BreathingPhase", (GatingWindow(125.0, 230.0),), 0.0)
    return replace(beam, imaging=replace(beam.imaging, gating=one), beam_hold_devices=GATE)


def window(axis: str = "Target_model.Y", low: float = -1, high: float = 1, **rest: Any) -> Beam:
    action = ActionWindow("Basic", axis, low, high, **rest)
    if axis in windows.GLOBAL_AXES:
        return motion_beam(camera(), global_action_windows=(action,))
    return motion_beam(camera(action, motion_model=BREATHING))


def placed(*axes: Vector | None) -> Beam:
    model = BasicSurrogateModel(Placement(Vector(0, 0, 0), *axes))
    return motion_beam(camera(surrogate_model=model))


def fitted(a1: float | None, motion_model: Any = BREATHING) -> Beam:
    still = FitData("Static", Coefficients(0.0))
    fit = AmplitudeFitSurrogateModel(still, FitData("Linear", Coefficients(0.0, a1)), still)
    return motion_beam(camera(surrogate_model=fit, motion_model=motion_model))


def breathing_along(direction: Vector) -> Beam:
    return motion_beam(camera(motion_model=GatingMotionModel(direction)))


def tracked(
    axes: TrackingAxes | None,
    conformity: ConformityTolerance | None = CONFORM,
    ratio: float | None = None,
    source: bool = True,
    enabled: bool | None = None,
    **first: Any,
) -> Beam:
    """Return a beam with tracking; the first point holds jaws and MLC unless told otherwise."""
    places = {"X1": 5.0, "X2": 5.0, "Y1": 5.0, "Y2": 5.0, "leaves": (5.0, 5.0)} | first
    point = {name: value for name, value in places.items() if value is not None}
    management = motion_beam(camera()).imaging
    return make_beam(
        {"Mu": 0, **point},
        {"Mu": 100},
        tracking=Tracking(axes, conformity, ratio, enabled),
        imaging=management if source else None,
    )


def phased(lag: float | None, phase: dict[int, float], tracking: bool = True) -> Beam:
    axes = TrackingAxes(phase=TrackingPhase(lag)) if tracking else TrackingAxes(couch_vrt=AXIS)
    return with_points(tracked(axes), phase=phase)


def compensated(by: Any) -> Beam:
    return motion_beam(camera(), motion_compensation=by)


def held(*devices: BeamHoldDevice, outside: bool = False) -> Beam:
    only_images = OutsideTreatment(10.0) if outside else None
    return static(imaging=imaging(outside_treatment=only_images), beam_hold_devices=devices)


MOTION_CASES = (
    Case(
        gating.GATE_NOT_LISTED,
        gated(125.0, 230.0),
        with_gating(GatingParameters("BreathingPhase", (GatingWindow(125.0, 230.0),)), ()),
    ),
    Case(
        gating.GATED_TWICE,
        twice_gated("RTX1"),
        twice_gated("NDI"),
    ),
    Case(gating.GATE_WITHOUT_WINDOW, gated(125.0, 230.0), static(beam_hold_devices=GATE)),
    Case(
        gating.NO_WINDOW,
        gated(125.0, 230.0),
        with_gating(GatingParameters("BreathingPhase", ())),
    ),
    Case(
        gating.AXIS,
        gated(10.0, 15.0, "PassThrough", axis="z"),
        gated(10.0, 15.0, "PassThrough", axis="q"),
    ),
    Case(
        gating.LIMITS,
        gated(1.0, 2.0, "BreathingAmplitude"),
        gated(2.0, 1.0, "BreathingAmplitude"),
    ),
    Case(gating.WRAPS, gated(125.0, 230.0), gated(330.0, 30.0)),
    Case(gating.PHASE, gated(0.0, 360.0), gated(0.0, 361.0)),
    Case(
        gating.QUALITY,
        gated(125.0, 230.0),
        with_gating(GatingParameters("BreathingPhase", (GatingWindow(1.0, 2.0),), -0.1)),
    ),
    Case(
        gating.DELAY,
        gated(1.0, 2.0, entry_delay=0.5),
        gated(1.0, 2.0, entry_delay=-0.5),
    ),
    Case(windows.AXIS, window("Target_fixed.AngleX"), window("Target_model.V")),
    Case(windows.LIMITS, window(low=-1, high=1), window(low=1, high=1)),
    Case(windows.PHASE, window("Phase", 0, 360), window("Phase", -10, 90)),
    Case(windows.DELTA, window("MU", 0, 100, delta=10.0), window("MU", 0, 100, delta=0.0)),
    Case(windows.DELTA_AXIS, window("Time", 0, 100, delta=1.0), window("Quality", 0, 1, delta=0.1)),
    Case(windows.DELAY, window(entry_delay_ms=5.0), window(linger_timeout_ms=-5.0)),
    Case(
        windows.NO_EFFECT,
        window(mv_beam_impact=False, kv_beam_impact=True),
        window(mv_beam_impact=False),
    ),
    Case(
        motion.DUPLICATE_SOURCE,
        motion_beam(camera(), camera(id="RTX1")),
        motion_beam(camera(), camera()),
    ),
    Case(motion.SOURCE_ID, motion_beam(camera(id="RTX2")), motion_beam(camera(id="RTX"))),
    Case(
        motion.PLUG_IN,
        motion_beam(camera(motion_model=BasicMotionModel())),
        motion_beam(camera(motion_model=PlugIn("a", "b"))),
    ),
    Case(motion.NO_BREATHING, fitted(1.0), fitted(1.0, BasicMotionModel())),
    Case(motion.FIT_COEFFICIENTS, fitted(1.0), fitted(None)),
    Case(motion.PLACEMENT, placed(Y, Z, X), placed(X, Y, Vector(0, 0.01, 1))),
    Case(motion.LEFT_HANDED, placed(X, Y, Z), placed(Y, X, Z)),
    Case(motion.ZERO_DIRECTION, breathing_along(Y), breathing_along(Vector(0, 0, 0))),
)
TRACKING_CASES = (
    Case(rules.NO_AXES, tracked(TrackingAxes(mlc=TrackingMlc())), tracked(None)),
    Case(
        rules.NO_SOURCE,
        tracked(TrackingAxes(mlc=TrackingMlc())),
        tracked(TrackingAxes(mlc=TrackingMlc()), source=False),
    ),
    Case(
        rules.COUCH_TOLERANCE,
        tracked(TrackingAxes(couch_vrt=TrackingAxis(0.5)), None, CouchVrt=100.0),
        tracked(TrackingAxes(couch_vrt=AXIS), None, CouchVrt=100.0),
    ),
    Case(
        rules.JAWS_WITHOUT_MLC,
        tracked(TrackingAxes(y12=AXIS, mlc=TrackingMlc())),
        tracked(TrackingAxes(y12=AXIS)),
    ),
    Case(
        rules.MLC_CONFORMITY,
        tracked(TrackingAxes(mlc=TrackingMlc())),
        tracked(TrackingAxes(mlc=TrackingMlc()), None),
    ),
    Case(
        rules.INITIAL_POSITION,
        tracked(TrackingAxes(couch_lng=AXIS), CouchLng=100.0),
        tracked(TrackingAxes(couch_lng=AXIS)),
    ),
    Case(
        rules.CONFORMITY_POSITIONS,
        tracked(TrackingAxes(couch_lng=AXIS), CouchLng=100.0),
        tracked(TrackingAxes(couch_lng=AXIS), CouchLng=100.0, leaves=None),
    ),
    Case(rules.CAPABILITY_RATIO, tracked(None, ratio=1.0), tracked(None, ratio=0.0)),
    Case(phases.PHASE_MISSING, phased(90.0, {0: 0.0, 1: 359.9}), phased(90.0, {0: 0.0})),
    Case(phases.PHASE_RANGE, phased(90.0, {0: 0.0, 1: 359.9}), phased(90.0, {0: 0.0, 1: 360.0})),
    Case(phases.PHASE_UNUSED, phased(90.0, {0: 0.0, 1: 1.0}), phased(90.0, {0: 0.0}, False)),
    Case(phases.PHASE_LAG, phased(0.0, {0: 0.0, 1: 1.0}), phased(360.0, {0: 0.0, 1: 1.0})),
    Case(
        rules.MLC_ID,
        tracked(TrackingAxes(mlc=TrackingMlc(id=1))),
        tracked(TrackingAxes(mlc=TrackingMlc(id=2))),
    ),
    Case(rules.ENABLED_IGNORED, tracked(None, enabled=True), tracked(None, enabled=False)),
    Case(
        rules.COMPENSATION,
        compensated(BasicMotionCompensation("NDI")),
        compensated(PlugIn("a", "b")),
    ),
    Case(
        rules.COMPENSATION_SOURCE,
        compensated(BasicMotionCompensation("NDI")),
        compensated(BasicMotionCompensation("RTX1")),
    ),
    Case(
        rules.ROTATION,
        compensated(BasicMotionCompensation()),
        compensated(BasicMotionCompensation(compensate_rotation=True)),
    ),
)
HOLD_CASES = (
    Case(
        hold.DEVICE_ID,
        held(BeamHoldDevice(0), BeamHoldDevice(15)),
        held(BeamHoldDevice(16), BeamHoldDevice()),
    ),
    Case(
        hold.DUPLICATE,
        held(BeamHoldDevice(1), BeamHoldDevice(2)),
        held(BeamHoldDevice(1), BeamHoldDevice(1)),
    ),
    Case(
        hold.COMBINATION,
        held(BeamHoldDevice(1, False, True), outside=True),
        held(BeamHoldDevice(1, False, True)),
    ),
    Case(
        hold.SYNC_STOP,
        held(BeamHoldDevice(1, False, True, sync_stop=True)),
        held(BeamHoldDevice(1, sync_stop=True)),
    ),
)


@pytest.mark.parametrize("case", MOTION_CASES + TRACKING_CASES + HOLD_CASES, ids=str)
def test_rule(case: Case) -> None:
    judge(case)


def test_every_rule_has_a_case() -> None:
    assert uncovered("motion", MOTION_CASES) == set()
    assert uncovered("tracking", TRACKING_CASES) == set()
    assert uncovered("beam-hold", HOLD_CASES) == set()


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("beam", [None, False, True])
@pytest.mark.parametrize("motion_too", [None, False, True])
def test_table_of_beam_hold_flags(
    outside: bool, beam: bool | None, motion_too: bool | None
) -> None:
    """Absent flags count as true; during treatment motion may not be held alone."""
    allowed = outside or not (motion_too is not False and beam is False)
    told = findings(held(BeamHoldDevice(1, beam, motion_too), outside=outside), hold.COMBINATION)
    assert (told == []) is allowed


def test_sync_stop_may_hold_motion_alone() -> None:
    beam = held(BeamHoldDevice(1, False, True, sync_stop=True))
    assert findings(beam, hold.COMBINATION) == []


def test_a_window_of_the_camera_needs_the_gate() -> None:
    action = ActionWindow("Basic", "Amplitude", 0.0, 1.0)
    beam = motion_beam(camera(action, motion_model=BREATHING))
    assert findings(beam, gating.GATE_NOT_LISTED)
    assert not findings(replace(beam, beam_hold_devices=GATE), gating.GATE_NOT_LISTED)
    assert not findings(motion_beam(camera(action, id="RTX1")), gating.GATE_NOT_LISTED)


def test_an_axis_in_the_wrong_list_of_windows_is_told_where_it_goes() -> None:
    action = ActionWindow("Basic", "MU", 0.0, 1.0)
    (told,) = findings(motion_beam(camera(action)), windows.AXIS)
    assert told.mend == "move the window to GlobalActionWindows"


def test_a_misspelt_axis_gets_a_suggestion() -> None:
    (told,) = findings(window("target_model.y"), windows.AXIS)
    assert told.mend == "did you mean Target_model.Y?"


def test_a_trigger_is_an_effect() -> None:
    beam = window(mv_beam_impact=False, triggers=(AcquisitionTrigger("KV"),))
    assert findings(beam, windows.NO_EFFECT) == []


def test_conformity_stands_in_for_couch_tolerances() -> None:
    beam = tracked(TrackingAxes(couch_vrt=AXIS), CouchVrt=100.0)
    assert findings(beam, rules.COUCH_TOLERANCE) == []


def test_jaws_that_track_need_both_their_places() -> None:
    beam = tracked(TrackingAxes(x12=AXIS, mlc=TrackingMlc()), X2=None)
    (told,) = findings(beam, rules.INITIAL_POSITION)
    assert "X2" in told.found


@pytest.mark.parametrize("ratio", [-0.1, 0.0, 1.01, float("inf")])
def test_capability_ratio_is_more_than_0_and_at_most_1(ratio: float) -> None:
    assert findings(tracked(None, ratio=ratio), rules.CAPABILITY_RATIO)


def test_partly_given_axes_are_judged_among_themselves() -> None:
    assert findings(placed(X, Z), motion.PLACEMENT) == []
    (told,) = findings(placed(Vector(2, 0, 0), Y), motion.PLACEMENT)
    assert told.found == "AxisX of TargetPosition_surrogate has length 2"
    assert findings(placed(Vector(1, 0, float("nan"))), motion.PLACEMENT) == []


def test_one_axis_alone_places_nothing() -> None:
    (told,) = findings(placed(X), motion.PLACEMENT)
    assert told.found == "TargetPosition_surrogate gives no axis but AxisX"


def test_a_sound_gated_beam_has_no_findings() -> None:
    assert findings(gated(125.0, 230.0)) == []


@pytest.mark.parametrize(("axis", "name"), [("x12", "X12"), ("y12", "Y12")])
def test_the_jaws_that_track_without_mlc_are_named(axis: str, name: str) -> None:
    (told,) = findings(tracked(TrackingAxes(**{axis: AXIS})), rules.JAWS_WITHOUT_MLC)
    assert told.found.startswith(f"{name} may track")


def test_a_tracking_mlc_needs_a_place() -> None:
    beam = tracked(TrackingAxes(mlc=TrackingMlc()), leaves=None)
    (told,) = findings(beam, rules.INITIAL_POSITION)
    assert told.found.startswith("Mlc may track")
    without = tracked(TrackingAxes(couch_vrt=AXIS), leaves=None, CouchVrt=100.0)
    assert findings(without, rules.INITIAL_POSITION) == []


def test_an_empty_gating_window_is_an_error_for_phases_too() -> None:
    assert findings(gated(30.0, 30.0), gating.LIMITS)
    assert findings(gated(30.0, 30.0), gating.WRAPS) == []
