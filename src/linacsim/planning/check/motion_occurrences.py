"""Where a beam has the parts of gating and beam hold that are not acted on."""

from collections.abc import Iterator

from linacsim.model.beam import Beam
from linacsim.model.motion import ActionWindow, GatingParameters, MotionManagementParameters
from linacsim.planning.check.occurrences import Occurrence


def kv_gates(beam: Beam) -> Iterator[Occurrence]:
    """Find gates that hold the kV beam."""
    gating = _gating(beam)
    if gating is not None and gating.kv_gating:
        yield Occurrence(gating.line)
    yield from (Occurrence(window.line) for window in _windows(beam) if window.kv_beam_impact)


def gating_placement(beam: Beam) -> Iterator[Occurrence]:
    """Find where a 1.x gate says how its source is placed."""
    gating = _gating(beam)
    if gating is not None and (gating.position or gating.orientation):
        yield Occurrence(gating.line)


def image_triggers(beam: Beam) -> Iterator[Occurrence]:
    """Find images triggered by entering or leaving a gate."""
    gating = _gating(beam)
    if gating is not None:
        for trigger in (gating.mv_trigger, gating.kv_trigger):
            if trigger is not None:
                yield Occurrence(gating.line)
    for window in _windows(beam):
        yield from (Occurrence(window.line) for _ in window.triggers)


def conformity_windows(beam: Beam) -> Iterator[Occurrence]:
    """Find windows on conformity indices."""
    for window in _windows(beam):
        if window.axis.startswith("ConformityIndex"):
            yield Occurrence(window.line)


def compensations(beam: Beam) -> Iterator[Occurrence]:
    """Find motion compensation and the windows that stop it."""
    management = _management(beam)
    if management is not None and management.motion_compensation is not None:
        yield Occurrence(management.line)
    for window in _windows(beam):
        if window.motion_compensation_impact:
            yield Occurrence(window.line)


def _gating(beam: Beam) -> GatingParameters | None:
    return beam.imaging.gating if beam.imaging else None


def _management(beam: Beam) -> MotionManagementParameters | None:
    return beam.imaging.motion_management if beam.imaging else None


def _windows(beam: Beam) -> Iterator[ActionWindow]:
    management = _management(beam)
    if management is not None:
        for source in management.tracking_sources:
            yield from source.action_windows
        yield from management.global_action_windows
