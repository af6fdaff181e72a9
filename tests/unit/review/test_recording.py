"""Logs and frames as recordings."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.formats.trajectory_log import AxisCode, FileHeader, TrajectoryLog, read_log
from linacsim.formats.trajectory_log.layout import ALWAYS_RECORDED
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


def iec_log(gantry: np.ndarray, couch_rtn: float, **header) -> TrajectoryLog:
    """Return a log in the modified IEC 61217 scale."""
    codes = (*ALWAYS_RECORDED[:-1], AxisCode.COUCH_RTN, AxisCode.COUCH_LAT, AxisCode.MLC)
    samples = (*[1] * (len(codes) - 1), 122)
    n = len(gantry)
    values = np.zeros((n, sum(samples)), dtype=np.float32)
    values[:, codes.index(AxisCode.GANTRY)] = gantry
    values[:, codes.index(AxisCode.X1)] = -4.0
    values[:, codes.index(AxisCode.COUCH_RTN)] = couch_rtn
    values[:, codes.index(AxisCode.COUCH_LAT)] = 998.0
    head = FileHeader("3.0", 20, codes, samples, 2, False, n, 2, ())
    return TrajectoryLog(None, replace(head, **header), values, values, True, True)


def test_the_iec_scale_is_turned_into_that_of_the_machine() -> None:
    gantry = np.array([2.0, 1.0, 0.0, 359.0, 358.0])
    recording = of_log(iec_log(gantry, couch_rtn=350.0))
    turned = recording.expected[:, Axis.GANTRY_RTN]
    np.testing.assert_allclose(turned, [178, 179, 180, 181, 182])
    assert recording.expected[0, Axis.X1] == -4.0  # outward in both scales
    assert recording.expected[0, Axis.COUCH_RTN] == pytest.approx(170.0)
    assert recording.expected[0, Axis.COUCH_LAT] == pytest.approx(98.0)
    assert not recording.isocentric_couch


def test_a_turn_of_the_scale_is_no_jump() -> None:
    recording = of_log(iec_log(np.array([181.0, 180.0, 179.0]), couch_rtn=0.0))
    assert np.abs(np.diff(recording.expected[:, Axis.GANTRY_RTN])) == pytest.approx(1.0)


def test_an_isocentric_couch_is_told() -> None:
    assert of_log(iec_log(np.zeros(3), couch_rtn=0.0, axis_scale=3)).isocentric_couch


def test_a_log_without_snapshots_is_refused() -> None:
    with pytest.raises(InputError, match="no snapshots"):
        of_log(iec_log(np.zeros(0), couch_rtn=0.0))
