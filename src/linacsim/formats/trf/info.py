"""What a TRF log says about itself, in plain values."""

from linacsim.formats.trf.dose import delivered_mu, step_mu
from linacsim.formats.trf.log import ROW_S, TrfLog
from linacsim.formats.trf.statistics import clock_steps_ms, refresh, segments, stays
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError


def trf_info(log: TrfLog) -> dict[str, object]:
    """Return file facts, field facts and statistics; every value is fit for JSON.

    What cannot be told, because a column is missing, is None.
    """
    header = log.header
    return {
        "file": str(log.path) if log.path else None,
        "format": f"TRF version {header.version}",
        "made_by": "linacsim emulator" if header.emulated else "machine or unknown",
        "problems": list(log.problems),
        "date": header.date,
        "time_zone": header.time_zone,
        "field_label": header.label or None,
        "field_name": header.name,
        "machine": header.machine,
        "planned_mu": header.mu,
        "columns": len(header.keys),
        "rows": len(log),
        "interval_ms": round(1000 * ROW_S),
        "duration_s": round(len(log) * ROW_S, 2),
        **_delivery(log),
    }


def _delivery(log: TrfLog) -> dict[str, object]:
    """Return what happened; None where columns for it are missing."""
    steps = clock_steps_ms(log)
    try:
        counter, step, gantry = delivered_mu(log), step_mu(log), log.value("gantry_deg_actual")
        return {
            "mu_counter": _last(counter),
            "mu_steps": _last(step),
            "gantry_deg": [float(v) for v in gantry[[0, -1]]] if len(gantry) else None,
            "states": [f"{stay.words} {stay.rows * ROW_S:.2f} s" for stay in stays(log)],
            "radiation": [_segment(s.first_dose_s, s.mu, s.length_s) for s in segments(log)],
            "refresh": {name: " ".join(map(str, times)) for name, times in refresh(log).items()},
            "clock_step_ms": [min(steps), max(steps)] if steps else None,
        }
    except InputError as error:
        return {"delivery": None, "not_told": str(error)}


def _segment(first_dose_s: float | None, mu: float, length_s: float) -> str:
    if first_dose_s is None:
        return f"{length_s:.2f} s without dose"
    return f"{mu:.2f} MU in {length_s:.2f} s, first dose after {first_dose_s:.2f} s"


def _last(values: Floats) -> float | None:
    return float(values[-1]) if len(values) else None
