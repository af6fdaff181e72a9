"""Rules of motion management: tracking sources, models, placements (manual, "Tracking Suite")."""

from collections.abc import Iterator

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.motion import (
    UNIT_SLACK,
    AmplitudeFitSurrogateModel,
    BasicMotionCompensation,
    BasicSurrogateModel,
    FitData,
    GatingMotionModel,
    MotionManagementParameters,
    Placement,
    PlugIn,
    TrackingSource,
    Vector,
)
from linacsim.planning.check.gating import check_gating
from linacsim.planning.check.numbers import did_you_mean
from linacsim.planning.check.report import Report, error, warning
from linacsim.planning.check.windows import BREATHING_AXES, check_windows

DUPLICATE_SOURCE = error("motion.duplicate-source")
SOURCE_ID = warning("motion.source-id")
PLUG_IN = warning("motion.plug-in")
NO_BREATHING = warning("motion.no-breathing")
FIT_COEFFICIENTS = warning("motion.fit-coefficients")
PLACEMENT = error("motion.placement")
LEFT_HANDED = warning("motion.left-handed")
ZERO_DIRECTION = error("motion.zero-direction")

SOURCES = ("NDI", "RTX1", "RTX2")
_NEEDED = {
    "Linear": ("a1",),
    "Quadratic": ("a1", "a2"),
    "Cubic": ("a1", "a2", "a3"),
    "Planar": ("a1", "a2"),
}


def check_motion(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check gating and motion management."""
    del machine
    check_gating(beam, report)
    management = beam.imaging.motion_management if beam.imaging else None
    if management is None:
        return
    _check_sources(management, report)
    for name, placement in _placements(management):
        _check_placement(name, placement, report)
    _check_directions(management, report)
    check_windows(management, report)


def _check_sources(management: MotionManagementParameters, report: Report) -> None:
    seen: set[str] = set()
    for source in management.tracking_sources:
        if source.id in seen:
            report.add(
                DUPLICATE_SOURCE,
                "TrackingSource",
                f"tracking source {source.id} is there twice",
                allowed="each source once",
                line=source.line,
            )
        elif source.id not in SOURCES:
            report.add(
                SOURCE_ID,
                "TrackingSource",
                f"tracking source {source.id} is not known",
                allowed=", ".join(SOURCES),
                mend=did_you_mean(source.id, SOURCES),
                line=source.line,
            )
        seen.add(source.id)
        _check_models(source, report)


def _check_models(source: TrackingSource, report: Report) -> None:
    for model in (source.surrogate_model, source.motion_model):
        if isinstance(model, PlugIn):
            report.add(
                PLUG_IN,
                "TrackingSource",
                f"tracking source {source.id} uses the plug-in {model.name}",
                allowed="Basic, AmplitudeFit and Gating: plug-ins are for the maker only",
                line=source.line,
            )
    fit = source.surrogate_model
    breathing = isinstance(source.motion_model, GatingMotionModel | PlugIn)
    users = [window.axis for window in source.action_windows if window.axis in BREATHING_AXES]
    if isinstance(fit, AmplitudeFitSurrogateModel):
        users.insert(0, "AmplitudeFit")
        for axis, data in zip("XYZ", (fit.x, fit.y, fit.z), strict=True):
            _check_fit(axis, data, source, report)
    if users and not breathing:
        report.add(
            NO_BREATHING,
            "TrackingSource",
            f"{' and '.join(dict.fromkeys(users))} of tracking source {source.id} without a "
            "motion model that sees breathing",
            allowed="MotionModel Gating where amplitude, phase or quality are used",
            line=source.line,
        )


def _check_fit(axis: str, data: FitData, source: TrackingSource, report: Report) -> None:
    missing = [
        name for name in _NEEDED.get(data.fit_type, ()) if getattr(data.coefficients, name) is None
    ]
    if missing:
        report.add(
            FIT_COEFFICIENTS,
            "FitData",
            f"{data.fit_type} fit of {axis} has no {', '.join(missing)}",
            allowed="a number for each coefficient of the fit",
            line=source.line,
        )


def _placements(management: MotionManagementParameters) -> Iterator[tuple[str, Placement]]:
    if management.model_system is not None:
        yield "ModelSystem_pinned", management.model_system.pinned
    for source in management.tracking_sources:
        model = source.surrogate_model
        if isinstance(model, BasicSurrogateModel) and model.target_position_surrogate is not None:
            yield "TargetPosition_surrogate", model.target_position_surrogate


def _check_placement(name: str, placement: Placement, report: Report) -> None:
    named = {"X": placement.axis_x, "Y": placement.axis_y, "Z": placement.axis_z}
    given = {axis: _array(vector) for axis, vector in named.items() if vector is not None}
    axes = np.array(list(given.values()))
    if not given or np.isnan(axes).any():
        return
    if len(given) == 1:
        report.add(
            PLACEMENT,
            name,
            f"{name} gives no axis but Axis{next(iter(given))}",
            allowed="two or three axes, or none",
            mend="give a second axis, or remove this one",
            line=placement.line,
        )
        return
    slips = np.abs(axes @ axes.T - np.eye(len(axes)))
    if not (slips <= UNIT_SLACK).all():
        i, j = np.argwhere(~(slips <= UNIT_SLACK))[0].tolist()
        letters = list(given)
        found = (
            f"Axis{letters[i]} of {name} has length {np.linalg.norm(axes[i]):g}"
            if i == j
            else f"Axis{letters[i]} and Axis{letters[j]} of {name} are not at right angles"
        )
        report.add(
            PLACEMENT,
            name,
            found,
            allowed="unit vectors at right angles to each other",
            line=placement.line,
        )
    elif len(axes) == len(named) and np.linalg.det(axes) < 0:
        report.add(
            LEFT_HANDED,
            name,
            f"the axes of {name} make a left-handed system",
            allowed="a right-handed system",
            mend="turn one axis round",
            line=placement.line,
        )


def _check_directions(management: MotionManagementParameters, report: Report) -> None:
    directions: list[tuple[str, Vector, int]] = []
    for source in management.tracking_sources:
        model = source.motion_model
        if isinstance(model, GatingMotionModel) and model.amplitude_direction_model is not None:
            directions.append(
                ("AmplitudeDirection_model", model.amplitude_direction_model, source.line)
            )
    compensation = management.motion_compensation
    if isinstance(compensation, BasicMotionCompensation):
        directions += [
            ("Restriction_model", vector, management.line)
            for vector in compensation.restriction_model
        ]
    for name, vector, line in directions:
        if not _array(vector).any():
            report.add(ZERO_DIRECTION, name, f"{name} is 0, 0, 0", allowed="a direction", line=line)


def _array(vector: Vector) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([vector.x, vector.y, vector.z])
