"""Rules of tracking (manual, "Tracking Suite"; Appendix A, Tracking)."""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.beam import Beam
from linacsim.model.motion import BasicMotionCompensation, PlugIn
from linacsim.model.tracking import Tracking, TrackingAxes
from linacsim.planning.check.machine import JAW_PAIRS
from linacsim.planning.check.numbers import did_you_mean, given
from linacsim.planning.check.phases import check_phases
from linacsim.planning.check.report import Report, error, note, warning

NO_AXES = warning("tracking.no-axes")
NO_SOURCE = warning("tracking.no-source")
COUCH_TOLERANCE = error("tracking.couch-tolerance")
JAWS_WITHOUT_MLC = error("tracking.jaws-without-mlc")
MLC_CONFORMITY = error("tracking.mlc-conformity")
INITIAL_POSITION = error("tracking.initial-position")
CONFORMITY_POSITIONS = error("tracking.conformity-positions")
CAPABILITY_RATIO = error("tracking.capability-ratio")
MLC_ID = error("tracking.mlc-id")
ENABLED_IGNORED = note("tracking.enabled-ignored")
COMPENSATION = error("tracking.compensation")
COMPENSATION_SOURCE = error("tracking.compensation-source")
ROTATION = warning("tracking.rotation")

_COUCH = {"CouchVrt": "couch_vrt", "CouchLat": "couch_lat", "CouchLng": "couch_lng"}


def check_tracking(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check tracking and what it compensates."""
    del machine
    if len(beam.control_points):
        check_phases(beam, report)
    _check_compensation(beam, report)
    tracking = beam.tracking
    if tracking is None:
        return
    axes = tracking.axes or TrackingAxes()
    _check_whole(beam, tracking, axes, report)
    _check_couch(tracking, axes, report)
    _check_collimation(tracking, axes, report)
    if len(beam.control_points):
        _check_positions(beam, tracking, axes, report)


def _check_whole(beam: Beam, tracking: Tracking, axes: TrackingAxes, report: Report) -> None:
    if axes == TrackingAxes():
        report.add(
            NO_AXES,
            "Tracking",
            "no axis tracks",
            mend="list the axes that shall track in Axes, or remove Tracking",
            line=tracking.line,
        )
    management = beam.imaging.motion_management if beam.imaging else None
    if management is None or not management.tracking_sources:
        report.add(
            NO_SOURCE,
            "Tracking",
            "there is no TrackingSource to follow",
            mend="add a TrackingSource, such as NDI, to MotionManagementParameters",
            line=tracking.line,
        )
    ratio = tracking.initial_capability_ratio
    if ratio is not None and given(ratio) and not 0 < ratio <= 1:
        report.add(
            CAPABILITY_RATIO,
            "InitialCapabilityRatio",
            f"InitialCapabilityRatio is {ratio:g}",
            allowed="more than 0, at most 1",
            line=tracking.line,
        )
    if tracking.enabled is False:
        report.add(
            ENABLED_IGNORED,
            "Tracking",
            "TrackingEnabled is false, but since 2.0 the presence of Tracking enables it",
            mend="remove Tracking for a beam without",
            line=tracking.line,
        )


def _check_couch(tracking: Tracking, axes: TrackingAxes, report: Report) -> None:
    for name, member in _COUCH.items():
        axis = getattr(axes, member)
        if axis is not None and axis.tolerance_cm is None and tracking.conformity_tolerance is None:
            report.add(
                COUCH_TOLERANCE,
                name,
                f"{name} tracks without a tolerance",
                allowed="Tol on the axis, or ConformityTol",
                line=tracking.line,
            )


def _check_collimation(tracking: Tracking, axes: TrackingAxes, report: Report) -> None:
    jaws = [name for name, axis in (("X12", axes.x12), ("Y12", axes.y12)) if axis is not None]
    if jaws and axes.mlc is None:
        report.add(
            JAWS_WITHOUT_MLC,
            "Tracking",
            f"{' and '.join(jaws)} may track only with the MLC",
            allowed="Mlc among the tracking axes",
            line=tracking.line,
        )
    if axes.mlc is None:
        return
    if tracking.conformity_tolerance is None:
        report.add(
            MLC_CONFORMITY,
            "Tracking",
            "the MLC tracks without ConformityTol",
            allowed="ConformityTol with OverExposure and UnderExposure",
            line=tracking.line,
        )
    if axes.mlc.id not in (None, 1):
        report.add(
            MLC_ID,
            "Tracking",
            f"ID of the tracking MLC is {axes.mlc.id}",
            allowed="1",
            line=tracking.line,
        )


def _check_positions(beam: Beam, tracking: Tracking, axes: TrackingAxes, report: Report) -> None:
    placed = _placed(beam)
    wanted = [name for name, member in _COUCH.items() if getattr(axes, member) is not None]
    for pair, axis in (("X12", axes.x12), ("Y12", axes.y12)):
        if axis is not None:
            wanted += [XML_NAMES[column] for column in JAW_PAIRS[pair]]
    if axes.mlc is not None:
        wanted.append("Mlc")
    missing = [name for name in wanted if name not in placed]
    if missing:
        report.add(
            INITIAL_POSITION,
            "Tracking",
            f"{', '.join(missing)} may track, but the first control point does not place them",
            allowed="an initial position of each tracking axis",
            line=tracking.line,
        )
    if tracking.conformity_tolerance is not None:
        missing = [name for name in ("Mlc", "X1", "X2", "Y1", "Y2") if name not in placed]
        if missing:
            report.add(
                CONFORMITY_POSITIONS,
                "ConformityTol",
                f"ConformityTol without initial positions of {', '.join(missing)}",
                allowed="initial positions of MLC and jaws in the first control point",
                line=tracking.line,
            )


def _placed(beam: Beam) -> set[str]:
    points = beam.control_points
    names = {XML_NAMES[column] for column in Axis if column < len(XML_NAMES)}
    placed = {name for name in names if not np.isnan(points.axes[0, XML_NAMES.index(name)])}
    return placed if np.isnan(points.leaves[0]).all() else placed | {"Mlc"}


def _check_compensation(beam: Beam, report: Report) -> None:
    management = beam.imaging.motion_management if beam.imaging else None
    if management is None:
        return
    compensation = management.motion_compensation
    if isinstance(compensation, PlugIn):
        report.add(
            COMPENSATION,
            "MotionCompensation",
            f"MotionCompensation is the plug-in {compensation.name}",
            allowed="Basic",
            line=management.line,
        )
    elif isinstance(compensation, BasicMotionCompensation):
        ids = [source.id for source in management.tracking_sources]
        if compensation.tracking_source and compensation.tracking_source not in ids:
            report.add(
                COMPENSATION_SOURCE,
                "MotionCompensation",
                f"MotionCompensation follows {compensation.tracking_source}",
                allowed=", ".join(ids) or "a TrackingSource of the beam",
                mend=did_you_mean(compensation.tracking_source, ids),
                line=management.line,
            )
        if compensation.compensate_rotation:
            report.add(
                ROTATION,
                "MotionCompensation",
                "CompensateRotation is true, but rotations are not tracked",
                allowed="false",
                line=management.line,
            )
