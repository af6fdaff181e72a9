"""What pymedphys makes of a TRF log, and how it stands to ours."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trf import TrfLog
from linacsim.formats.trf.items import BY_KEY
from linacsim.model.elekta import LinacState
from tests.conftest import need


def need_pymedphys() -> None:
    """Skip a test where pymedphys cannot read TRF logs."""
    found = all(importlib.util.find_spec(name) for name in ("pymedphys", "pandas"))
    need(found, "pymedphys with pandas")


def decoded(path: Path, folder: Path) -> dict[str, list[str]]:
    """Return the columns of what `pymedphys trf to-csv` writes."""
    from types import SimpleNamespace

    from pymedphys._trf.decode.trf2csv import trf2csv_cli

    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    trf2csv_cli(SimpleNamespace(filepaths=[str(copy)]))
    with (folder / f"{path.stem}_table.csv").open(newline="") as file:
        table = list(csv.reader(file))
    return {name: [row[place] for row in table[1:]] for place, name in enumerate(table[0])}


STATE_WORDS = {state.name.lower().replace("_", " "): int(state) for state in LinacState} | {
    "interupted": LinacState.INTERRUPTED,
    "interupted ready": LinacState.INTERRUPTED_READY,
    "state code unknown": 34,
}


def assert_equal_column_by_column(log: TrfLog, theirs: dict[str, list[str]]) -> None:
    for column in BY_KEY.values():
        if column not in log.columns:
            continue
        values = theirs[column.title]
        if column.name == "state":
            assert [STATE_WORDS[word.lower()] for word in values] == log.raw("state").tolist()
            continue
        if column.name == "wedge":
            assert [("Moving", "In", "Out").index(w) for w in values] == log.raw("wedge").tolist()
            continue
        ours = log.value(column.name)
        if column.name == "dose_mu":
            ours = 64 * ours
        if column.name == "table_isocentric_deg_actual":
            ours = 10 * ours
        if column.name.startswith("leaf_y2") and column.name.endswith("error"):
            ours = -ours
        assert np.array(values, dtype=float) == pytest.approx(ours, abs=1e-9), column.name
