"""Rules of phase tracking (manual, "Phase Tracking"; Appendix A, TrackingPhase)."""

import numpy as np

from linacsim.model.beam import Beam
from linacsim.planning.check.numbers import given
from linacsim.planning.check.report import Report, error, note

PHASE_MISSING = error("tracking.phase-missing")
PHASE_RANGE = error("tracking.phase-range")
PHASE_UNUSED = note("tracking.phase-unused")
PHASE_LAG = error("tracking.phase-lag")


def check_phases(beam: Beam, report: Report) -> None:
    """Check the phases of control points."""
    phases = beam.control_points.phase
    wrong = [k for k, phase in sorted(phases.items()) if not 0 <= phase < 360]
    report.add_at_points(
        PHASE_RANGE,
        "Phase",
        np.array(wrong, dtype=np.int64),
        lambda k: f"Phase is {phases[k]:g} deg",
        allowed="0 or more, less than 360 deg",
    )
    tracking = beam.tracking
    phase_axis = tracking.axes.phase if tracking and tracking.axes else None
    if phase_axis is None:
        if phases:
            report.add(
                PHASE_UNUSED,
                "Phase",
                "control points have Phase, but Phase is not a tracking axis",
                point=min(phases),
            )
        return
    missing = [k for k in range(len(beam.control_points)) if k not in phases]
    report.add_at_points(
        PHASE_MISSING,
        "Phase",
        np.array(missing, dtype=np.int64),
        lambda k: f"control point {k} has no Phase",
        allowed="Phase in every control point with phase tracking",
    )
    lag = phase_axis.max_phase_lag_deg
    if lag is not None and given(lag) and not 0 <= lag < 360:
        report.add(
            PHASE_LAG,
            "Tracking",
            f"MaxPhaseLag is {lag:g} deg",
            allowed="0 or more, less than 360 deg",
        )
