"""What is in a trace: clock, validity, breathing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from linacsim.formats.traces.breaths import find_breaths
from linacsim.formats.traces.clock import GAP_STEPS
from linacsim.formats.traces.periodicity import (
    periodicity,
    principal_direction,
    principal_signal,
)
from linacsim.model.arrays import Floats
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.model.trace import Trace


def trace_info(trace: Trace) -> dict[str, Any]:
    """Return facts about a trace as plain data for a table or JSON; None where not known."""
    return {
        "file": trace.path,
        "format": trace.format.value,
        "version": trace.version or None,
        "samples": len(trace),
        "duration_s": round(trace.duration_s, 6),
        "clock": _clock(trace),
        "validity": _validity(trace),
        "positions": _positions(trace),
        "breathing": _breathing(trace),
        "columns": _columns(trace),
        "gate_limits_cm": None if trace.gate_limits_cm is None else list(trace.gate_limits_cm),
        "header": dict(trace.header),
    }


def _clock(trace: Trace) -> Mapping[str, Any]:
    steps = np.diff(trace.times_ns)
    return {
        "rate_hz": round(trace.rate_hz, 4),
        "stated_rate_hz": trace.stated_rate_hz,
        "mean_rate_hz": round(float(len(steps) * NS_PER_S / trace.times_ns[-1]), 4),
        "step_ms": [
            round(float(value) / NS_PER_MS, 3) for value in np.percentile(steps, (0, 50, 100))
        ],
        "gaps": int((steps > GAP_STEPS * trace.step_ns).sum()),
        "longest_gap_s": round(float(steps.max()) / NS_PER_S, 6),
    }


def _validity(trace: Trace) -> Mapping[str, Any]:
    flags = trace.flags
    return {
        "valid": int(trace.valid.sum()),
        "invalid": int((~trace.valid).sum()),
        "valid_share": round(float(trace.valid.mean()), 5),
        "flags": None
        if flags is None
        else {str(flag): int((flags == flag).sum()) for flag in np.unique(flags).tolist()},
    }


def _positions(trace: Trace) -> Mapping[str, Any]:
    used = trace.positions[trace.valid & np.isfinite(trace.positions).all(axis=1)]
    return {
        axis: {
            "least_cm": round(float(used[:, column].min()), 5),
            "greatest_cm": round(float(used[:, column].max()), 5),
            "mean_cm": round(float(used[:, column].mean()), 5),
        }
        for column, axis in enumerate("xyz")
        if axis in trace.axes and len(used)
    }


def _breathing(trace: Trace) -> Mapping[str, Any]:
    """Return statistics along the direction of most motion."""
    signal = principal_signal(trace)
    breaths = find_breaths(trace.times_ns, signal)
    at, value = trace.times_ns[breaths.index], signal[breaths.index]
    return {
        "direction": [round(part, 4) for part in principal_direction(trace).tolist()],
        "periodicity": round(periodicity(trace.times_ns, signal), 3),
        "breaths": max(int(breaths.high.sum()) - 1, 0),
        "period_s": _spread(np.diff(at[breaths.high]) / NS_PER_S),
        "travel_cm": _spread(np.abs(np.diff(value))),
        "high_cm": _spread(value[breaths.high]),
        "low_cm": _spread(value[~breaths.high]),
        "drift_cm_per_min": _drift(at[~breaths.high] / NS_PER_S, value[~breaths.high]),
    }


def _spread(values: Floats) -> dict[str, float] | None:
    if not len(values):
        return None
    named = {
        "mean": values.mean(),
        "deviation": values.std(),
        "least": values.min(),
        "greatest": values.max(),
    }
    return {name: round(float(value), 4) for name, value in named.items()}


def _drift(seconds: Floats, low_cm: Floats) -> float | None:
    """Return the slope of the low turning points."""
    if len(seconds) < 3:
        return None
    since = seconds - seconds.mean()
    return round(float(60.0 * (since @ (low_cm - low_cm.mean())) / (since @ since)), 4)


def _columns(trace: Trace) -> list[str]:
    optional = (
        *("phase_deg", "flags", "marks", "beam_enable"),
        *("ttl_in", "ttl_out", "rotations_deg"),
    )
    return ["times", "positions", *(name for name in optional if getattr(trace, name) is not None)]
