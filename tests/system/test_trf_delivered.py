"""What `linacsim deliver` writes of a real plan on the Agility, as pymedphys reads it."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.formats.trajectory_log import read_log
from linacsim.formats.trf import read_trf
from tests.trf_decoded import assert_equal_column_by_column, decoded, need_pymedphys

PLAN = "agility-monaco-vmat-template.dcm"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Where both arcs of the plan were delivered to."""
    folder = tmp_path_factory.mktemp("delivered")
    words = ["deliver", str(shared_data / "plans" / PLAN), "--machine", "agility"]
    done = CliRunner().invoke(app, [*words, "--out", str(folder), "--quiet"])
    assert done.exit_code == 0, done.output
    return folder


def test_each_field_has_a_trf_log_beside_its_trajectory_log(out: Path) -> None:
    logs = sorted(out.glob("*.trf"))
    assert [path.stem for path in logs] == [path.stem for path in sorted(out.glob("*.bin"))]
    for path, mu in zip(logs, (157.2, 158.8), strict=True):
        header = read_trf(path).header
        assert header.mu == pytest.approx(mu)
        assert header.machine.startswith("LINACSIM")
        assert read_log(path.with_suffix(".bin")).mu.actual[-1] == pytest.approx(mu, abs=0.1)
    assert [read_trf(path).header.field for path in logs] == ["1/1-1", "2/1-2"]


def test_pymedphys_decodes_it_column_by_column(out: Path, tmp_path: Path) -> None:
    need_pymedphys()
    for path in out.glob("*.trf"):
        assert_equal_column_by_column(read_trf(path), decoded(path, tmp_path))


def test_pymedphys_finds_the_plan_in_it(out: Path, shared_data: Path) -> None:
    need_pymedphys()
    from pymedphys import Delivery

    plan = Delivery.from_dicom(shared_data / "plans" / PLAN, fraction_group_number=1)
    trf = Delivery.combine(*(Delivery.from_trf(path) for path in sorted(out.glob("*.trf"))))
    mu = np.array(trf.mu)
    assert mu[-1] == pytest.approx(plan.mu[-1], abs=0.1)
    lit = np.diff(mu, prepend=0.0) > 0

    def most_off(name: str) -> float:
        """Return the most by which a member misses the plan where dose comes."""
        planned = np.array(getattr(plan, name)).reshape(len(plan.mu), -1)
        found = np.array(getattr(trf, name)).reshape(len(mu), -1)
        wanted = np.stack([np.interp(mu, plan.mu, column) for column in planned.T], axis=1)
        return float(np.abs(found - wanted)[lit].max())

    # Step dose is cut off at 0.1 MU, in which the gantry may go 0.3 deg and a leaf 1 mm.
    assert most_off("gantry") < 1.5
    assert most_off("collimator") < 0.1
    assert most_off("mlc") < 1.5
    assert most_off("jaw") < 1.0
