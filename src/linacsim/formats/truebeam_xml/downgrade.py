"""Turns a beam of dialect 1.x or 4 into what 2.0 can say, and tells what is lost.

- Gating of 1.x by breathing phase or amplitude becomes an action window of a tracking source, if
  it has one window that does not wrap round; see `_converted_gating`. Other gating is left out.
- Couch axes named as in dialect 4 are written by their 2.0 names, numbers unchanged.
- Treatment mode MPC, work objects, and 1.x elements without successor are left out.
"""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from linacsim.formats.truebeam_xml.beam_schema import TREATMENT_MODES
from linacsim.model.acquisition import Acquisition, AcquisitionParameters, Mode
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, Place, Severity
from linacsim.model.gating import OPTICAL_CAMERA, RESPIRATORY_GATE
from linacsim.model.imaging import ImagingParameters
from linacsim.model.motion import (
    ActionWindow,
    GatingMotionModel,
    GatingParameters,
    MotionManagementParameters,
    TrackingSource,
)

GATING_IMAGE_MODE = "Tracking"
"""The schema demands an image mode for every tracking source; the manual names none for the camera,
so this name is ours."""

_GATING_AXES = {"BreathingPhase": "Phase", "BreathingAmplitude": "Amplitude"}


def as_2_0(beam: Beam) -> tuple[Beam, tuple[Finding, ...]]:
    """Return a beam that 2.0 can say whole, and what had to change for it."""
    findings: list[Finding] = []
    file = beam.source.path

    def lost(element: str, found: str, severity: Severity = Severity.WARNING) -> None:
        findings.append(
            Finding("structure.not-in-2-0", severity, found, place=Place(file, element=element))
        )

    if beam.treatment_mode is not None and beam.treatment_mode not in TREATMENT_MODES:
        lost("TreatmentMode", f"treatment mode {beam.treatment_mode} is left out")
        beam = replace(beam, treatment_mode=None)
    if beam.control_points.work_object:
        lost("WorkObjectID", "work objects are left out")
        points = replace(beam.control_points, work_object=MappingProxyType({}))
        beam = replace(beam, control_points=points)
    if beam.couch_is_isocentric:
        lost("CouchVrtISO", "couch axes are written by their 2.0 names, numbers unchanged")
        beam = replace(beam, couch_is_isocentric=False)
    tracking = beam.tracking
    if tracking is not None and tracking.enabled is not None:
        if not tracking.enabled:
            lost("Tracking", "Tracking was switched off, which 2.0 says by leaving it out")
        kept = replace(tracking, enabled=None) if tracking.enabled else None
        beam = replace(beam, tracking=kept)
    if beam.imaging is not None:
        imaging = _imaging(beam, beam.imaging, lost)
        beam = replace(beam, imaging=imaging)
    return beam, tuple(findings)


def _imaging(
    beam: Beam, imaging: ImagingParameters, lost: Callable[..., None]
) -> ImagingParameters:
    if imaging.custom_target_permission is not None:
        lost("CustomTargetPermission", "CustomTargetPermission is left out")
    if imaging.imaging_velocities:
        lost("ImagingVelTable", "ImagingVelTable is left out")
    motion = imaging.motion_management
    if imaging.gating is not None:
        motion = _motion(beam, imaging.gating, motion, lost)
    points = tuple(
        replace(
            point,
            acquisitions=_ungated(point.acquisitions, lost),
            starts=_ungated(point.starts, lost),
            stops=_ungated(point.stops, lost),
        )
        for point in imaging.points
    )
    return replace(
        imaging,
        points=points,
        gating=None,
        motion_management=motion,
        custom_target_permission=None,
        imaging_velocities=MappingProxyType({}),
    )


def _ungated(
    acquisitions: tuple[Acquisition, ...], lost: Callable[..., None]
) -> tuple[Acquisition, ...]:
    if any(item.specs.gating is not None for item in acquisitions):
        lost("Gating", "Gating of an acquisition is left out")
    return tuple(
        item if item.specs.gating is None else replace(item, specs=replace(item.specs, gating=None))
        for item in acquisitions
    )


def _motion(
    beam: Beam,
    gating: GatingParameters,
    motion: MotionManagementParameters | None,
    lost: Callable[..., None],
) -> MotionManagementParameters | None:
    source = _converted_gating(beam, gating)
    if source is None:
        lost(
            "GatingParameters",
            f"gating by {gating.filter} has no plain counterpart in 2.0 and is left out: "
            "the beam would run ungated",
            Severity.ERROR,
        )
        return motion
    if motion is None:
        motion = MotionManagementParameters()
    lost(
        "GatingParameters",
        f"gating by {gating.filter} became an action window of tracking source {OPTICAL_CAMERA}",
    )
    return replace(motion, tracking_sources=(*motion.tracking_sources, source))


def _converted_gating(beam: Beam, gating: GatingParameters) -> TrackingSource | None:
    """Return the tracking source that gates as 1.x parameters do, None if that is not plain.

    The beam is allowed between Entry and Exit, where the gate is closed (manual, "Gating").
    Plain are phase and amplitude with one window, Entry below Exit, no delay (its unit is not
    stated), no quality threshold above 0 (its scale is not), no triggers and no own placement.
    """
    axis = _GATING_AXES.get(gating.filter)
    if axis is None or len(gating.windows) != 1:
        return None
    window = gating.windows[0]
    extras = (gating.source, gating.position, gating.orientation, window.axis)
    triggers = (gating.mv_trigger, gating.kv_trigger)
    if any(extra is not None for extra in extras + triggers):
        return None
    if window.entry_delay or gating.quality_threshold or not window.entry < window.exit:
        return None
    return TrackingSource(
        id=OPTICAL_CAMERA,
        acquisition_parameters=AcquisitionParameters(Mode(GATING_IMAGE_MODE)),
        motion_model=GatingMotionModel(),
        action_windows=(
            ActionWindow(
                kind="Basic",
                axis=axis,
                lower_limit=window.entry,
                upper_limit=window.exit,
                mv_beam_impact=_gates_mv(beam),
                kv_beam_impact=bool(gating.kv_gating),
                fault_on_exit=window.fault_on_exit,
            ),
        ),
        line=gating.line,
    )


def _gates_mv(beam: Beam) -> bool:
    """Return whether the machine's own gate holds the MV beam (manual, example 12)."""
    return any(
        device.id == RESPIRATORY_GATE and device.holds_beam for device in beam.beam_hold_devices
    )
