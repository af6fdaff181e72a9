"""pylinac's own figures on the same logs, real and ours, agree with our metrics."""

from pathlib import Path

import numpy as np
import pytest
from pylinac.log_analyzer import TrajectoryLog as PylinacLog

from linacsim.formats.trajectory_log import read_log
from linacsim.review.metrics import Metrics, measure
from linacsim.review.recording import of_log
from tests.reviewing import deliver_to, vmat

REAL = (
    "tlog-v2.1-m120-picketfence-static.bin",
    "tlog-v3.0-hd120-T3-mlc-speed-arc.bin",
    "tlog-v3.0-hd120-vmat-jaw-tracking.bin",
    "tlog-v3.0-m120-field.bin",
    "tlog-v3.0-m120-static-midbeam-hold.bin",
)
SINGLE = 2e-6
"""cm or deg: pylinac sums in single precision."""
PERCENTILE = 5e-5
"""cm: pylinac interpolates between errors, we take one that occurs."""


def figures(path: Path) -> tuple[Metrics, PylinacLog]:
    return measure(of_log(read_log(path))), PylinacLog(str(path))


def leaves(metrics: Metrics, figure: str) -> np.ndarray:
    errors = [axis.error for axis in metrics.axes if axis.name.startswith("leaf")]
    return np.array([getattr(error, figure) for error in errors])


def agree(path: Path) -> None:
    ours, theirs = figures(path)
    mlc = theirs.axis_data.mlc
    assert len(mlc.snapshot_idx) == ours.judged_rows
    rms = mlc.create_RMS_array(np.arange(1, mlc.num_leaves + 1))
    np.testing.assert_allclose(leaves(ours, "rms"), rms, atol=SINGLE)
    assert leaves(ours, "rms").max() == pytest.approx(mlc.get_RMS_max(), abs=SINGLE)
    for bank in ("A", "B"):
        group = next(group for group in ours.groups if group.name == f"bank {bank}")
        assert group.p95 == pytest.approx(mlc.get_error_percentile(95, bank), abs=PERCENTILE)
    assert ours.mu.actual == pytest.approx(float(theirs.axis_data.mu.actual[-1]), abs=1e-4)
    beam_on = theirs.axis_data.beam_hold.actual == 0
    error = theirs.axis_data.gantry.difference[beam_on].astype(float)
    rms = float(np.sqrt(np.mean(error**2)))
    assert ours.axis("GantryRtn").error.rms == pytest.approx(rms, abs=2e-5)


@pytest.mark.parametrize("name", REAL)
def test_on_real_logs(shared_data: Path, name: str) -> None:
    agree(shared_data / "logs" / name)


@pytest.mark.parametrize("interval_ms", [10, 20])
def test_on_our_logs(tmp_path: Path, interval_ms: int) -> None:
    agree(deliver_to(tmp_path / "arc.bin", vmat(), interval_ms=interval_ms))
