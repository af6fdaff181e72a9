"""Real traces: a gating export of an irregular patient and three recorded liver motions."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.traces import read_trace, trace_info, write_trace
from linacsim.model.findings import Severity
from linacsim.model.trace import TraceFormat, TraceMark


def test_real_vxp(shared_data: Path) -> None:
    trace = read_trace(shared_data / "traces" / "rpm-v1.6.vxp")
    assert trace.format is TraceFormat.VXP
    assert len(trace) == 3823
    assert trace.duration_s == 152.857
    assert trace.rate_hz == 25
    assert trace.flags is not None
    assert [(trace.flags == flag).sum() for flag in (0, -1, -2)] == [2764, 5, 1054]
    assert trace.valid.sum() == 3818
    assert trace.marks is not None
    assert (trace.marks == TraceMark.ZERO).sum() == 25
    assert {item.rule for item in trace.findings} == {"trace.crc", "trace.lost", "trace.irregular"}


def test_phase_of_the_real_vxp_is_zero_at_its_marks(shared_data: Path) -> None:
    trace = read_trace(shared_data / "traces" / "rpm-v1.6.vxp")
    assert trace.phase_deg is not None
    assert trace.marks is not None
    assert (trace.phase_deg[trace.marks == TraceMark.ZERO] == 0).all()
    middle = trace.phase_deg[trace.marks == TraceMark.PI]
    assert np.abs(middle - 180).max() < 5


@pytest.mark.parametrize(
    ("name", "period_s"),
    [("kim-liver-regular", 3.76), ("kim-liver-large-si", 3.97), ("kim-liver-breath-hold", 3.39)],
)
def test_real_liver_motion(shared_data: Path, name: str, period_s: float) -> None:
    trace = read_trace(shared_data / "traces" / f"{name}.txt")
    assert len(trace) == 1012
    assert trace.rate_hz == 5
    assert trace.valid.all()
    assert all(item.severity is Severity.NOTE for item in trace.findings)
    breathing = trace_info(trace)["breathing"]
    assert breathing["period_s"]["mean"] == pytest.approx(period_s, abs=0.01)
    assert int(np.argmax(np.abs(breathing["direction"]))) == 1


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_real_traces_survive_conversion(shared_data: Path, tmp_path: Path, suffix: str) -> None:
    for path in sorted((shared_data / "traces").iterdir()):
        trace = read_trace(path)
        out = tmp_path / (path.stem + suffix)
        write_trace(trace, out)
        again = read_trace(out)
        assert np.array_equal(again.times_ns, trace.times_ns)
        assert np.allclose(again.positions, trace.positions, atol=1e-9, rtol=0)
