"""What is told about a trace is what is in it."""

import json
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.traces import trace_info
from linacsim.formats.traces.breaths import find_breaths
from linacsim.formats.traces.periodicity import periodicity, principal_direction
from tests.traces import read_text, robot_rows, trace_of, vxp, vxp_rows

STEP_NS = 40_000_000
TIMES = np.arange(0, 100_000_000_000, STEP_NS)


def test_breathing_of_a_sine(tmp_path: Path) -> None:
    info = trace_info(read_text(tmp_path, vxp(vxp_rows(2500))))
    assert info["clock"]["rate_hz"] == 25
    assert info["clock"]["gaps"] == 0
    assert info["breathing"]["period_s"]["mean"] == 4.0
    assert info["breathing"]["travel_cm"]["mean"] == pytest.approx(1.0, abs=0.002)
    assert info["breathing"]["breaths"] == 23
    assert info["breathing"]["drift_cm_per_min"] == pytest.approx(0, abs=1e-3)
    assert info["breathing"]["periodicity"] > 0.99


def test_drift_is_found() -> None:
    seconds = TIMES / 1e9
    z = 0.5 * np.sin(2 * np.pi * seconds / 4) + 0.6 * seconds / 60
    trace = trace_of(TIMES, np.stack([0 * z, 0 * z, z], axis=1))
    assert trace_info(trace)["breathing"]["drift_cm_per_min"] == pytest.approx(0.6, abs=0.01)


def test_direction_of_most_motion() -> None:
    wave = np.sin(2 * np.pi * TIMES / 4e9)
    trace = trace_of(TIMES, np.stack([0.1 * wave, -0.8 * wave, 0.6 * wave], axis=1))
    wanted = -np.array([0.1, -0.8, 0.6]) / np.linalg.norm([0.1, -0.8, 0.6])
    assert principal_direction(trace) == pytest.approx(wanted)


def test_turns_alternate_and_lie_at_the_extremes() -> None:
    wave = np.cos(2 * np.pi * TIMES / 4e9)
    breaths = find_breaths(TIMES, wave)
    assert (np.diff(breaths.high.astype(int)) != 0).all()
    assert wave[breaths.index[breaths.high]] == pytest.approx(1, abs=1e-3)
    assert wave[breaths.index[~breaths.high]] == pytest.approx(-1, abs=1e-3)


def test_periodicity_ranks_signals() -> None:
    rng = np.random.default_rng(5)
    sine = np.sin(2 * np.pi * TIMES / 4e9)
    noise = rng.standard_normal(len(TIMES))
    assert periodicity(TIMES, sine) > 0.99
    assert periodicity(TIMES, sine + 0.5 * noise) > 0.4
    assert periodicity(TIMES, noise) < 0.3
    assert periodicity(TIMES, np.linspace(0, 1, len(TIMES))) < 0.3
    assert periodicity(TIMES, np.zeros(len(TIMES))) == 0


def test_a_still_trace_has_no_breaths() -> None:
    trace = trace_of(TIMES, np.ones((len(TIMES), 3)))
    breathing = trace_info(trace)["breathing"]
    assert breathing["period_s"] is None
    assert breathing["breaths"] == 0


def test_info_is_plain_data(tmp_path: Path) -> None:
    info = trace_info(read_text(tmp_path, "\n".join(robot_rows())))
    assert json.loads(json.dumps(info, allow_nan=False)) == info
