"""Rules of 1.x gating and of the machine's own respiratory gate (manual, "Gating")."""

from linacsim.model.beam import Beam
from linacsim.model.gating import OPTICAL_CAMERA, RESPIRATORY_GATE
from linacsim.model.motion import GatingParameters, GatingWindow
from linacsim.planning.check.numbers import did_you_mean, given, negative, outside
from linacsim.planning.check.report import Report, error, note, warning

GATE_NOT_LISTED = warning("motion.gate-not-listed")
GATED_TWICE = warning("motion.gated-twice")
GATE_WITHOUT_WINDOW = note("motion.gate-without-window")
NO_WINDOW = warning("motion.gating-no-window")
AXIS = warning("motion.gating-axis")
LIMITS = error("motion.gating-limits")
WRAPS = warning("motion.gating-wraps")
PHASE = error("motion.gating-phase")
QUALITY = error("motion.gating-quality")
DELAY = error("motion.gating-delay")

_AXES = ("x", "y", "z")


def check_gating(beam: Beam, report: Report) -> None:
    """Check the gating parameters, and that gate and window come together."""
    gating = beam.imaging.gating if beam.imaging else None
    _check_gate(beam, gating, report)
    if gating is None:
        return
    _check_twice(beam, gating, report)
    if not gating.windows:
        report.add(
            NO_WINDOW,
            "GatingParameters",
            "gating has no window",
            mend="add a GatingWindow with Entry and Exit",
            line=gating.line,
        )
    if negative(gating.quality_threshold):
        report.add(
            QUALITY,
            "QualityThreshold",
            f"QualityThreshold is {gating.quality_threshold:g}",
            allowed="0 or more",
            line=gating.line,
        )
    for window in gating.windows:
        _check_window(gating, window, report)


def _check_gate(beam: Beam, gating: GatingParameters | None, report: Report) -> None:
    listed = any(device.id == RESPIRATORY_GATE for device in beam.beam_hold_devices)
    gated = gating is not None or _camera_gates(beam)
    if gated and not listed:
        report.add(
            GATE_NOT_LISTED,
            "BeamHoldDevices",
            f"the beam is gated, but its gate, device {RESPIRATORY_GATE}, is not listed",
            mend=f'add <Dev Id="{RESPIRATORY_GATE}"/> to BeamHoldDevices',
            line=gating.line if gating else 0,
        )
    elif listed and not gated:
        report.add(
            GATE_WITHOUT_WINDOW,
            "BeamHoldDevices",
            f"device {RESPIRATORY_GATE}, the respiratory gate, is listed, but the beam has no "
            "gating window",
        )


def _check_twice(beam: Beam, gating: GatingParameters, report: Report) -> None:
    """Tell of 1.x gating beside a 2.0 tracking source that gates by the same signal."""
    management = beam.imaging.motion_management if beam.imaging else None
    name = gating.source or OPTICAL_CAMERA
    sources = management.tracking_sources if management else ()
    for source in sources:
        if source.id == name and source.action_windows:
            report.add(
                GATED_TWICE,
                "GatingParameters",
                f"the beam has GatingParameters (1.x) and action windows (2.0) of source {name}",
                allowed="one of the two; the beam waits for both",
                mend="keep the action windows and remove GatingParameters",
                line=gating.line,
            )


def _camera_gates(beam: Beam) -> bool:
    management = beam.imaging.motion_management if beam.imaging else None
    if management is None:
        return False
    return any(
        window.mv_beam_impact is not False or window.kv_beam_impact
        for source in management.tracking_sources
        if source.id == OPTICAL_CAMERA
        for window in source.action_windows
    )


def _check_window(gating: GatingParameters, window: GatingWindow, report: Report) -> None:
    line = gating.line
    if window.axis and window.axis.lower() not in _AXES:
        report.add(
            AXIS,
            "GatingWindow",
            f"gating axis {window.axis} is not known",
            allowed=", ".join(_AXES),
            mend=did_you_mean(window.axis, _AXES),
            line=line,
        )
    by_phase = gating.filter == "BreathingPhase"
    entry, exit_ = window.entry, window.exit
    if by_phase and (outside(entry, 0, 360) or outside(exit_, 0, 360)):
        report.add(
            PHASE,
            "GatingWindow",
            f"phase window from {entry:g} to {exit_:g} deg",
            allowed="0 to 360 deg",
            line=line,
        )
    if given(entry) and given(exit_) and not entry < exit_:
        wraps = by_phase and entry > exit_
        report.add(
            WRAPS if wraps else LIMITS,
            "GatingWindow",
            f"Entry is {entry:g}, Exit {exit_:g}",
            allowed="Entry less than Exit",
            mend="split the window at 360 deg" if wraps else "",
            line=line,
        )
    if window.entry_delay is not None and negative(window.entry_delay):
        report.add(
            DELAY,
            "GatingWindow",
            f"EntryDelay is {window.entry_delay:g}",
            allowed="0 or more",
            line=line,
        )
