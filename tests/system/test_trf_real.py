"""Both real TRF logs: read whole, written again byte by byte, measured, and read by pymedphys."""

import csv
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trf import (
    read_trf,
    refreshed,
    rewritten,
    rows_of,
    trf_bytes,
    write_trf,
)
from linacsim.formats.trf.items import COLUMNS
from linacsim.formats.trf.statistics import clock_steps_ms, refresh, segments, stays
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.elekta import LinacState
from linacsim.model.signals import BeamHold
from linacsim.review.metrics import measure
from linacsim.review.trf_recording import of_trf
from tests.trf_decoded import assert_equal_column_by_column, decoded, need_pymedphys
from tests.trf_rows import header, rows

REAL = ("trf-v1-agility-abutting.trf", "trf-v3-agility-abutting.trf")


@pytest.fixture(params=REAL)
def path(request: pytest.FixtureRequest, shared_data: Path) -> Path:
    return shared_data / "logs" / str(request.param)


def test_every_byte_is_understood(path: Path) -> None:
    data, log = path.read_bytes(), read_trf(path)
    assert [column.key for column in log.columns] == [column.key for column in COLUMNS]
    assert rewritten(log) == data
    assert trf_bytes(log.header, rows_of(log)) == data


def test_slow_columns_come_each_third_row(path: Path) -> None:
    log = read_trf(path)
    changes = refresh(log)
    assert changes["state"][1:] == changes["dose_rate_mu_per_min"][1:] == [0, 0]
    assert all(min(changes[fast]) > 20 for fast in ("dose_mu", "x1_mm_actual", "x2_mm_actual"))
    again = refreshed(rows_of(log))
    assert trf_bytes(log.header, again) == path.read_bytes()


def test_states_follow_each_other_as_the_reference_says(path: Path) -> None:
    log = read_trf(path)
    sequence = stays(log)
    assert [stay.state for stay in sequence] == [
        LinacState.INTERSEGMENT,
        LinacState.RADIATION_ON,
        LinacState.INTERSEGMENT,
        LinacState.RADIATION_ON,
        LinacState.TERMINATED_CHECKING,
        LinacState.TERMINATED_OK,
    ]
    assert [sequence[0].rows, sequence[2].rows] == [24, 30]
    assert [segment.first_dose_s for segment in segments(log)] == [2.64, 2.72]
    assert all(abs(segment.mu - 20.0) < 0.05 for segment in segments(log))
    assert set(clock_steps_ms(log)) <= {38, 39, 40, 41, 42}


def test_it_becomes_a_recording_that_can_be_measured(path: Path) -> None:
    recording = of_trf(read_trf(path))
    assert recording.mu_actual[-1] == pytest.approx(40.0, abs=0.05)
    assert recording.mlc_model == "Agility"
    # The first field is open from X1 (IEC +Y) 100 mm, the second to X2 (IEC -Y) 100 mm.
    held = recording.hold_actual == BeamHold.NORMAL
    assert recording.actual[0, Axis.GANTRY_RTN] == 180.0
    assert recording.actual[-1, Axis.Y2] == pytest.approx(-0.05, abs=0.2)
    assert recording.actual[-1, Axis.Y1] == pytest.approx(10.0, abs=0.2)
    assert np.isnan(recording.actual[:, [Axis.X1, Axis.COUCH_PIT]]).all()
    assert held[0]
    assert held[-1]
    metrics = measure(recording, load_machine("agility"))
    assert metrics.mu.actual == pytest.approx(40.0, abs=0.05)


def test_pymedphys_reads_real_logs_as_we_do(path: Path, tmp_path: Path) -> None:
    need_pymedphys()
    assert_equal_column_by_column(read_trf(path), decoded(path, tmp_path))


@pytest.mark.parametrize("version", [1, 3])
def test_pymedphys_reads_our_logs_as_we_do(version: int, tmp_path: Path) -> None:
    need_pymedphys()
    ours = write_trf(tmp_path / "ours.trf", header(version=version), refreshed(rows()))
    folder = tmp_path / "theirs"
    folder.mkdir()
    log = read_trf(ours)
    assert_equal_column_by_column(log, decoded(ours, folder))
    with (folder / "ours_header.csv").open(newline="") as file:
        (told,) = csv.DictReader(file)
    assert told["machine"] == log.header.machine
    assert told["field_label"] == "1-1"
    assert told["field_name"] == "open"
    assert float(told["mu"]) == 10 * log.header.mu


def test_a_pymedphys_delivery_has_our_mu_gantry_and_leaves(tmp_path: Path) -> None:
    need_pymedphys()
    import pymedphys

    path = write_trf(tmp_path / "ours.trf", header(), refreshed(rows()))
    delivery = pymedphys.Delivery.from_trf(path)
    back = rows_of(read_trf(path))
    assert np.allclose(delivery.mu, back.step_dose_mu)
    assert np.allclose(delivery.gantry, back.gantry_deg.actual)
    leaves = np.stack([back.leaves_y1_mm.actual, back.leaves_y2_mm.actual], axis=2)
    assert np.allclose(np.array(delivery.mlc), leaves)
    jaws = np.stack([back.x1_mm.actual, back.x2_mm.actual], axis=1)
    assert np.allclose(np.array(delivery.jaw), jaws)
