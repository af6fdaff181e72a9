"""Fluence of real logs of an Elekta machine: two abutting half fields, 20 MU each, 20 x 10 cm2."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trf import read_trf
from linacsim.machines import load_machine
from linacsim.review.fluence import Side, fluence_of
from linacsim.review.trf_recording import of_trf

AREA_CM2 = 20.0 * 20.0
MU = 20.0


@pytest.mark.parametrize("name", ["trf-v1-agility-abutting.trf", "trf-v3-agility-abutting.trf"])
def test_fields_abut(shared_data: Path, name: str) -> None:
    recording = of_trf(read_trf(shared_data / "logs" / name))
    found = fluence_of(recording, load_machine("agility"), Side.ACTUAL)
    cell = 0.05**2
    assert found.total_mu == pytest.approx(2 * MU, abs=0.1)
    assert float(found.mu.sum()) * cell == pytest.approx(MU * AREA_CM2, rel=0.01)
    for y_mm in (-50.0, 50.0):
        row = int(np.argmin(np.abs(found.y_mm - y_mm)))
        assert found.mu[row, 400] == pytest.approx(MU, abs=0.1)
        width_mm = 0.5 * float(found.mu[row].sum()) / MU
        assert width_mm == pytest.approx(200.0, abs=1.5)
