"""Trace files made for tests."""

from pathlib import Path

import numpy as np

from linacsim.formats.traces import ReadOptions, read_trace
from linacsim.model.findings import Severity
from linacsim.model.trace import Trace, TraceFormat

VXP_HEADER = (
    "[Header]\nCRC=41609\nVersion={version}\nData_layout={layout}\nPatient_ID=SECRET\n"
    "Date=11-13-2021\nTotal_study_time=10.0\nSamples_per_second={rate}\nScale_factor={scale}\n"
    "[Data]\n"
)
LAYOUT_15 = "amplitude,phase,timestamp,validflag,ttlin,mark"
LAYOUT_16 = LAYOUT_15 + ",ttlout"


def vxp(rows: list[str], *, version: str = "1.6", rate: str = "25", scale: str = "10.0") -> str:
    layout = LAYOUT_15 if version == "1.5" else LAYOUT_16
    text = VXP_HEADER.format(version=version, layout=layout, rate=rate, scale=scale)
    return (text + "\n".join(rows) + "\n").replace("\n", "\r\n")


def vxp_rows(count: int = 500, *, step_ms: int = 40) -> list[str]:
    """A sine of 4 s and 1 cm."""
    rows = []
    for k in range(count):
        phase = 2 * np.pi * (k * step_ms / 4000) % (2 * np.pi)
        rows.append(f"{0.5 * np.cos(phase):.4f},{phase:.4f},{1000 + k * step_ms},0,1,,0")
    return rows


def robot_rows(count: int = 500, *, step_s: float = 0.2) -> list[str]:
    """A sine of 4 s and 10 mm along y, somewhat of it along z."""
    phase = 2 * np.pi * np.arange(count) * step_s / 4
    return [
        f"{k * step_s:.6g} 0.1 {5 * np.sin(p) + 0.3:.5f} {np.sin(p):.5f} 0 0 0"
        for k, p in enumerate(phase.tolist())
    ]


def read_text(
    folder: Path, text: str, options: ReadOptions | None = None, *, name: str = "trace.txt"
) -> Trace:
    path = folder / name
    path.write_bytes(text.encode())
    return read_trace(path, options)


def rules(trace: Trace) -> dict[str, Severity]:
    return {finding.rule.removeprefix("trace."): finding.severity for finding in trace.findings}


def trace_of(
    times_ns: np.ndarray, positions: np.ndarray, valid: np.ndarray | None = None, axes: str = "xyz"
) -> Trace:
    valid = np.ones(len(times_ns), dtype=bool) if valid is None else valid
    return Trace(times_ns.astype(np.int64), positions, valid, TraceFormat.ROBOT, axes=axes)
