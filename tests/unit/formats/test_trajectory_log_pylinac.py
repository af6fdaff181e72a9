"""An independent reader, pylinac, opens each written version and agrees with our arrays."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pylinac.log_analyzer import TrajectoryLog as PylinacLog

from linacsim.formats.trajectory_log import TrajectoryLogWriter, log_file_name, read_log
from linacsim.model.axes import AxisLayout
from linacsim.model.signals import BeamHold


@pytest.fixture(params=["2.1", "3.0", "4.0"])
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[10, 20])
def pair(request: pytest.FixtureRequest, version: str, tmp_path: Path, make_frames, header):
    """The same file by both readers."""
    when = datetime(2026, 3, 1, 12, 30, 5)
    path = tmp_path / log_file_name(header.patient_id, header.plan_name, header.beam_name, when)
    layout = AxisLayout(60)
    with TrajectoryLogWriter(
        path, layout, header, version=version, interval_ms=request.param
    ) as writer:
        writer.write(_plausible(make_frames(ticks=200)))
    return read_log(path), PylinacLog(str(path)), path


def _plausible(frames):
    """Leaves and jaws open round the axis, as fluence needs."""
    expected = frames.expected.copy()
    expected[:, 8:12] = 10
    expected[:, 14:] = 2 + np.linspace(0, 1, len(frames))[:, None]
    return replace(frames, expected=expected, actual=expected + 0.001)


def test_header_agrees(pair, version: str) -> None:
    ours, theirs, _ = pair
    head = theirs.header
    assert (head.version, head.num_snapshots) == (float(version), len(ours))
    assert head.sampling_interval == ours.header.interval_ms
    assert list(head.axis_enum) == list(ours.header.axes)
    assert (head.num_mlc_leaves, head.mlc_model) == (120, 2)
    assert (head.axis_scale, head.is_truncated) == (1, 0)
    if version == "4.0":
        assert head.metadata.patient_id == "LINACSIM"
        assert head.metadata.mu_planned == pytest.approx(9.6)
        assert head.metadata.beam_name == "1.1:TX"


def test_arrays_agree(pair) -> None:
    ours, theirs, _ = pair
    data = theirs.axis_data
    for mine, axis in (
        (ours.gantry, data.gantry),
        (ours.collimator, data.collimator),
        (ours.mu, data.mu),
        (ours.beam_hold, data.beam_hold),
        (ours.control_point, data.control_point),
    ):
        assert np.array_equal(mine.expected, axis.expected)
        assert np.array_equal(mine.actual, axis.actual)
    for column, name in enumerate(("x1", "x2", "y1", "y2")):
        assert np.array_equal(ours.jaws.actual[:, column], getattr(data.jaws, name).actual)
    for leaf in range(120):
        axis = data.mlc.leaf_axes[leaf + 1]
        assert np.array_equal(ours.leaves.expected[:, leaf], axis.expected)
        assert np.array_equal(ours.leaves.actual[:, leaf], axis.actual)


def test_beam_and_fluence_can_be_analysed(pair) -> None:
    ours, theirs, _ = pair
    subbeam = theirs.subbeams[0]
    assert subbeam.beam_name == "1.1:TX"
    assert theirs.num_beamholds >= 1
    beam_on = ours.beam_hold.actual == BeamHold.NORMAL
    assert theirs.axis_data.mlc.num_snapshots == beam_on.sum()
    assert theirs.axis_data.mlc.get_RMS_avg() < 0.01
    assert theirs.fluence.actual.calc_map(5).sum() > 0


def test_companion_is_found_and_read(pair) -> None:
    _, theirs, _ = pair
    assert theirs.txt["Patient ID"] == "LINACSIM"
    assert theirs.txt["Energy"] == "6x"
    assert "emulator" in theirs.txt["Notice"]


def test_anonymous_copy_still_names_the_emulator(pair, tmp_path: Path) -> None:
    _, theirs, path = pair
    folder = tmp_path / "anonymous"
    folder.mkdir()
    theirs.anonymize(destination=str(folder))
    copy = next(folder.glob("*.bin"))
    assert "LINACSIM" not in copy.name
    assert read_log(copy, strict=False).header.emulated
    text = copy.with_suffix(".txt").read_text()
    assert "LINACSIM" not in text
    assert "emulator" in text
    assert path.exists()
