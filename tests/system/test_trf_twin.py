"""TRF logs of the emulated Agility beside the two real ones, and read by pymedphys."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trf import read_trf, rows_of
from linacsim.formats.trf.frames import TrfSink
from linacsim.formats.trf.statistics import refresh, segments, stays
from linacsim.machines import load_machine
from linacsim.model.elekta import LinacState
from linacsim.model.findings import InputError
from tests.conftest import need
from tests.fields import made
from tests.frames import make_frames
from tests.trf_twin import WHEN, twin, written
from tools import trf_table

REAL = ("trf-v1-agility-abutting.trf", "trf-v3-agility-abutting.trf")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return twin(tmp_path_factory.mktemp("twin"))


@pytest.mark.parametrize("name", REAL)
def test_it_behaves_as_the_real_one(name: str, path: Path, shared_data: Path) -> None:
    real, ours = read_trf(shared_data / "logs" / name), read_trf(path)
    assert ours.header.keys == real.header.keys
    assert ours.header.mu == real.header.mu
    assert [s.state for s in stays(ours)] == [s.state for s in stays(real)]
    between = [stay.rows for stay in stays(ours) if stay.state == LinacState.INTERSEGMENT]
    assert between == [stay.rows for stay in stays(real) if stay.state == LinacState.INTERSEGMENT]
    for mine, theirs in zip(segments(ours), segments(real), strict=True):
        assert mine.mu == pytest.approx(theirs.mu, abs=0.05)
        assert mine.length_s == pytest.approx(theirs.length_s, abs=1.0)
        assert mine.first_dose_s == pytest.approx(theirs.first_dose_s, abs=0.4)
        assert mine.dose_end_s == pytest.approx(theirs.dose_end_s, abs=0.15)
        assert mine.most_mu_per_min == pytest.approx(theirs.most_mu_per_min, rel=0.05)
    slow, real_slow = refresh(ours), refresh(real)
    for column in ("state", "dose_rate_mu_per_min"):
        assert slow[column][1:] == real_slow[column][1:] == [0, 0]
    assert all(min(slow[fast]) > 10 for fast in ("dose_mu", "x1_mm_actual", "x2_mm_actual"))


def test_the_reference_shows_these_figures(shared_data: Path) -> None:
    hint = "run python -m tools.trf_table ../shared/data/logs"
    shown = trf_table.PAGE.read_text(encoding="utf-8")
    assert shown == trf_table.page(shared_data / "logs"), hint


def test_control_point_dose_and_errors_go_over_to_the_next_segment_together(path: Path) -> None:
    rows = rows_of(read_trf(path))
    assert sorted(set(rows.control_point.tolist())) == [1, 3]
    change = int(np.flatnonzero(np.diff(rows.control_point))[0]) + 1
    assert np.flatnonzero(np.diff(rows.step_dose_mu) < 0).tolist() == [change - 1]
    # From then on the error is the distance to go, as in the real files.
    assert rows.x1_mm.error[change] == pytest.approx(-100.0, abs=3.0)
    assert np.abs(rows.x1_mm.error[[change - 2, -1]]).max() <= 0.2


def test_pymedphys_finds_the_field(path: Path) -> None:
    try:
        import pandas  # noqa: F401
        import pymedphys
    except ImportError:
        need(False, "pymedphys with pandas")
    delivery = pymedphys.Delivery.from_trf(path)
    assert delivery.mu[-1] == pytest.approx(40.0, abs=0.11)
    assert np.array(delivery.jaw)[0] == pytest.approx([100.0, 0.0], abs=0.2)
    assert np.array(delivery.jaw)[-1] == pytest.approx([0.0, 100.0], abs=0.2)
    assert np.array(delivery.mlc)[-1] == pytest.approx(np.full((80, 2), 100.0), abs=0.3)


def test_in_an_arc_control_points_count_up(tmp_path: Path) -> None:
    weights = np.linspace(0, 1, 7).tolist()
    field = made("agility", 30.0, weights, gantry_deg=[0, 10, 20, 30, 40, 50, 60])
    rows = rows_of(read_trf(written(field, tmp_path)))
    assert sorted(set(rows.control_point.tolist())) == [1, 2, 3, 4, 5, 6]
    assert (np.diff(rows.control_point) >= 0).all()
    assert rows.gantry_deg.actual[-1] == pytest.approx(60.0, abs=0.3)
    assert rows.step_dose_mu[-1] == pytest.approx(30.0, abs=0.11)


def test_other_heads_and_other_control_systems_make_no_trf_log(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="80 leaf pairs, this machine 40"):
        TrfSink(
            tmp_path / "a.trf",
            load_machine("precise-mlc").layout,
            field="a",
            mu=1.0,
            when=WHEN,
        )
    sink = TrfSink(tmp_path / "a.trf", load_machine("agility").layout, field="a", mu=1.0, when=WHEN)
    sink.write(make_frames(100))
    assert sink.close() is None
    assert not list(tmp_path.iterdir())
