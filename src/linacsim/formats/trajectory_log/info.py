"""What a log says about itself, in plain values."""

import math

import numpy as np

from linacsim.formats.trajectory_log.layout import AXIS_SCALES, MLC_MODELS, AxisCode
from linacsim.formats.trajectory_log.log import TrajectoryLog
from linacsim.formats.trajectory_log.records import BeamRecord
from linacsim.model.signals import BeamHold


def log_info(log: TrajectoryLog) -> dict[str, object]:
    """Return file facts, beam facts and problems; every value is fit for JSON.

    What cannot be told, because the log is empty or broken, is None.
    """
    header = log.header
    return {
        "file": str(log.path) if log.path else None,
        "version": header.version,
        "made_by": "linacsim emulator" if header.emulated else "machine or unknown",
        "crc_ok": log.crc_ok,
        "length_ok": log.length_ok,
        "problems": list(log.problems),
        "truncated": header.truncated,
        "interval_ms": header.interval_ms,
        "snapshots": len(log),
        "duration_s": len(log) * header.interval_ms / 1000,
        "axis_scale": AXIS_SCALES.get(header.axis_scale, f"unknown ({header.axis_scale})"),
        "mlc_model": MLC_MODELS.get(header.mlc_model, f"unknown ({header.mlc_model})"),
        "columns": header.columns,
        "axes_missing": [
            code.name.lower() for code in AxisCode if code in header.axes and not log.has(code)
        ],
        "metadata": dict(header.metadata),
        "machine_serial": header.machine_serial or None,
        "subbeams": [_subbeam(record) for record in header.subbeams],
        **_beam(log),
    }


def _beam(log: TrajectoryLog) -> dict[str, object]:
    needed = (AxisCode.MU, AxisCode.BEAM_HOLD, AxisCode.CONTROL_POINT, AxisCode.GANTRY)
    if not len(log) or any(code not in log.header.axes for code in needed):
        return dict.fromkeys(
            ("mu_expected", "mu_actual", "beam_on_s", "last_control_point", "gantry_deg")
        )
    with np.errstate(invalid="ignore"):  # a damaged log may hold signalling NaN
        beam_on = int((log.beam_hold.actual == BeamHold.NORMAL).sum())
    mu = log.mu
    gantry = log.gantry.actual
    return {
        "mu_expected": _number(mu.expected[-1]),
        "mu_actual": _number(mu.actual[-1]),
        "beam_on_s": beam_on * log.header.interval_ms / 1000,
        "last_control_point": _number(log.control_point.expected[-1]),
        "gantry_deg": [_number(gantry[0]), _number(gantry[-1])],
    }


def _subbeam(record: BeamRecord) -> dict[str, object]:
    return {
        "sequence": record.sequence,
        "name": record.name,
        "start_control_point": record.start_control_point,
        "planned_mu": _number(record.planned_mu),
        "radiation_time_s": _number(record.radiation_time_s),
    }


def _number(value: float) -> float | None:
    """Return the number, None where JSON has no word for it."""
    return float(value) if math.isfinite(value) else None
