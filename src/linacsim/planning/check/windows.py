"""Rules of action windows (manual, "Tracking Action Windows"; Appendix A, ActionWindow)."""

from linacsim.model.motion import ActionWindow, MotionManagementParameters
from linacsim.planning.check.numbers import did_you_mean, given, negative
from linacsim.planning.check.report import Report, Rule, error, note, warning

AXIS = error("motion.window-axis")
LIMITS = error("motion.window-limits")
PHASE = error("motion.window-phase")
DELTA = error("motion.window-delta")
DELTA_AXIS = warning("motion.window-delta-axis")
DELAY = error("motion.window-delay")
NO_EFFECT = note("motion.window-no-effect")

DELTA_AXES = ("MU", "GantryAngle", "Time")
GLOBAL_AXES = (*DELTA_AXES, "ConformityIndexOverArea", "ConformityIndexUnderArea")
BREATHING_AXES = ("Amplitude", "Phase", "Quality")
TRACKING_AXES = (
    *BREATHING_AXES,
    *(
        f"Target_{system}.{axis}"
        for system in ("fixed", "model")
        for axis in ("X", "Y", "Z", "R", "AngleX", "AngleY", "AngleZ")
    ),
)


def check_windows(management: MotionManagementParameters, report: Report) -> None:
    """Check the windows of all sources and those of the machine as a whole."""
    for source in management.tracking_sources:
        for window in source.action_windows:
            _check(window, "TrackingActionWindows", TRACKING_AXES, GLOBAL_AXES, report)
    for window in management.global_action_windows:
        _check(window, "GlobalActionWindows", GLOBAL_AXES, TRACKING_AXES, report)


def _check(
    window: ActionWindow,
    element: str,
    known: tuple[str, ...],
    elsewhere: tuple[str, ...],
    report: Report,
) -> None:
    def tell(rule: Rule, found: str, allowed: str, mend: str = "") -> None:
        report.add(rule, element, found, allowed=allowed, mend=mend, line=window.line)

    axis = window.axis
    if axis not in known:
        other = "GlobalActionWindows" if elsewhere is GLOBAL_AXES else "TrackingActionWindows"
        mend = f"move the window to {other}" if axis in elsewhere else did_you_mean(axis, known)
        tell(AXIS, f"axis {axis} is not one of {element}", ", ".join(known), mend)
    lower, upper = window.lower_limit, window.upper_limit
    if given(lower) and given(upper):
        if not lower < upper:
            tell(
                LIMITS, f"LowerLimit of {axis} is {lower:g}, UpperLimit {upper:g}", "lower < upper"
            )
        if axis == "Phase" and not (0 <= lower <= 360 and 0 <= upper <= 360):
            tell(PHASE, f"limits of Phase are {lower:g} and {upper:g} deg", "0 to 360 deg")
    if window.delta is not None and axis not in DELTA_AXES:
        tell(DELTA_AXIS, f"window on {axis} has a Delta", f"Delta on {', '.join(DELTA_AXES)}")
    elif window.delta is not None and window.delta <= 0:
        tell(DELTA, f"Delta of {axis} is {window.delta:g}", "more than 0")
    delays = {"EntryDelay": window.entry_delay_ms, "LingerTimeout": window.linger_timeout_ms}
    delays |= {"TriggerDelay": min((item.delay_s or 0 for item in window.triggers), default=0)}
    for name, value in delays.items():
        if value is not None and negative(value):
            tell(DELAY, f"{name} of the window on {axis} is {value:g}", "0 or more")
    if not _has_effect(window):
        tell(
            NO_EFFECT, f"the window on {axis} does nothing", "a beam or motion impact, or a trigger"
        )


def _has_effect(window: ActionWindow) -> bool:
    return bool(
        window.mv_beam_impact is not False
        or window.kv_beam_impact
        or window.motion_compensation_impact
        or window.fault_on_exit
        or window.triggers
    )
