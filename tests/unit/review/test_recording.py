"""Logs and frames as recordings."""

import numpy as np
import pytest

from linacsim.formats.trajectory_log import read_log
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.review.recording import of_frames, of_log
from tests.frames import make_frames


def test_frames_follow_each_other() -> None:
    blocks = [make_frames(3, cp=0.5), make_frames(2, tick=3, cp=1.0, mu_actual=7.0)]
    recording = of_frames(blocks, AxisLayout(60), name="run", beam="b", mlc_model="NDS120")
    assert len(recording) == 5
    assert recording.cp.tolist() == [0.5, 0.5, 0.5, 1.0, 1.0]
    assert recording.mu_actual[-1] == 7.0
    assert recording.time_s[-1] == pytest.approx(0.04)


def test_no_frames_are_refused() -> None:
    with pytest.raises(InputError, match="no frames"):
        of_frames([], AxisLayout(60), name="run", beam="b", mlc_model="NDS120")


def test_a_real_log_keeps_its_columns(shared_data) -> None:
    log = read_log(shared_data / "logs" / "tlog-v3.0-hd120-T3-mlc-speed-arc.bin")
    recording = of_log(log)
    np.testing.assert_array_equal(recording.actual[:, Axis.GANTRY_RTN], log.gantry.actual)
    np.testing.assert_array_equal(recording.expected[:, recording.layout.leaves], log.leaves[0])
    assert recording.interval_ns == 20_000_000
    assert recording.mlc_model == "NDS120HD"
    assert not recording.emulated
