"""What is read but not acted on is told, once for each kind."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from linacsim.model.acquisition import Acquisition, ImageProcessing, Movie
from linacsim.model.beam import Beam, SubBeam
from linacsim.model.findings import Severity
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import (
    ArmAxes,
    ImagingPoint,
    ImagingTolerances,
    KvBlades,
    KvFilters,
    OutsideTreatment,
)
from linacsim.model.motion import (
    AcquisitionTrigger,
    ActionWindow,
    GatingParameters,
    TrackingSource,
    Vector,
)
from linacsim.model.tracking import Tracking
from linacsim.planning.check.not_acted_on import KINDS
from tests.checking import (
    Case,
    arm,
    camera,
    findings,
    imaging,
    imaging_beam,
    judge,
    kv_image,
    motion_beam,
    mv_image,
    static,
    uncovered,
    with_points,
)

RULES = {kind.name: kind.rule for kind in KINDS}


def with_parameter(**changed: Any) -> Beam:
    item = mv_image()
    assert item.parameters is not None
    item = replace(item, parameters=replace(item.parameters, **changed))
    return imaging_beam(ImagingPoint(0.5, acquisitions=(item,)))


def window(**rest: Any) -> TrackingSource:
    return camera(ActionWindow("Basic", "Amplitude", 0, 1, **rest))


BEAMS = {
    "image-acquisition": imaging_beam(ImagingPoint(0.5, acquisitions=(mv_image(),))),
    "kv-beam": imaging_beam(ImagingPoint(0.5, acquisitions=(kv_image(),))),
    "image-only": imaging_beam(outside_treatment=OutsideTreatment(1.0)),
    "imaging-arms": imaging_beam(ImagingPoint(0.0, mvd=arm())),
    "kv-blades": imaging_beam(ImagingPoint(0.0, kv_blades=KvBlades(tracking=True))),
    "kv-filters": imaging_beam(ImagingPoint(0.0, kv_filters=KvFilters(0, 0))),
    "imaging-tolerances": imaging_beam(tolerances=ImagingTolerances(kvs=ArmAxes(1, 1, 1, 1))),
    "imaging-velocities": imaging_beam(imaging_velocities={"GantryRtn": 1.0}),
    "latch-bel": imaging_beam(latch_bel=False),
    "latch-kv-bel": imaging_beam(latch_kv_bel=True),
    "custom-target": imaging_beam(custom_target_permission=True),
    "movie": with_parameter(movie=Movie()),
    "image-processing": with_parameter(image_processing=ImageProcessing(0, "x", True, ())),
    "gating-kv": imaging_beam(gating=GatingParameters("PassThrough", (), kv_gating=True)),
    "gating-placement": imaging_beam(
        gating=GatingParameters("PassThrough", (), position=Vector(0, 0, 1))
    ),
    "image-triggers": motion_beam(window(triggers=(AcquisitionTrigger("MV"),))),
    "conformity-windows": motion_beam(
        global_action_windows=(ActionWindow("Basic", "ConformityIndexOverArea", 0, 1),)
    ),
    "motion-compensation": motion_beam(window(motion_compensation_impact=True)),
    "itools": imaging_beam(itools=("<a/>",)),
    "tracking": static(tracking=Tracking()),
    "phase": with_points(static(), phase={0: 0.0}),
    "tracking-training": static(sub_beams={0: SubBeam(0, tracking_training_only=True)}),
    "second-mlc": with_points(static(), second_leaves={0: np.zeros(120)}),
    "isocentric-couch": static(couch_is_isocentric=True),
    "work-object": with_points(static(), work_object={0: "Linac"}),
    "treatment-mode": static(treatment_mode="FTM"),
    "trajectory-upload": static(trajectory_upload_info="a"),
}
CASES = tuple(Case(RULES[name], static(), beam) for name, beam in BEAMS.items())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_kind_is_told_once(case: Case) -> None:
    judge(case)
    assert len(findings(case.bad, case.rule)) == 1


def test_every_kind_has_a_case() -> None:
    assert uncovered("not-acted-on", CASES) == set()


def test_every_kind_is_told_as_not_acted_on() -> None:
    assert {rule.severity for rule in RULES.values()} == {Severity.NOT_ACTED_ON}


def test_occurrences_are_counted_and_the_first_one_is_placed() -> None:
    points = [ImagingPoint(k / 10, acquisitions=(Acquisition(k, line=100 + k),)) for k in range(10)]
    (told,) = findings(imaging_beam(*points), RULES["image-acquisition"])
    assert "(10)" in told.found
    assert told.place.line == 100


def test_empty_imaging_asks_for_nothing() -> None:
    assert findings(static(imaging=imaging())) == []


def test_gates_and_devices_that_hold_the_beam_are_acted_on() -> None:
    beam = replace(
        motion_beam(camera(ActionWindow("Basic", "Target_fixed.Z", 0, 1))),
        beam_hold_devices=(BeamHoldDevice(4),),
    )
    assert findings(beam) == []


def test_a_window_on_a_conformity_index_is_told_before_it_holds_the_beam_for_ever() -> None:
    (told,) = findings(BEAMS["conformity-windows"], RULES["conformity-windows"])
    assert "without MLC tracking" in told.found
    assert "never allow what they hold" in told.found


@pytest.mark.parametrize("beam", [None, False, True])
@pytest.mark.parametrize("motion", [None, False, True])
@pytest.mark.parametrize("sync", [None, False, True])
def test_every_combination_of_impacts_is_acted_on(
    beam: bool | None, motion: bool | None, sync: bool | None
) -> None:
    found = findings(static(beam_hold_devices=(BeamHoldDevice(3, beam, motion, sync),)))
    assert [one for one in found if one.severity is Severity.NOT_ACTED_ON] == []
