"""A plan stored in the node's database, and `linacsim prescriptions` on it."""

from datetime import datetime
from pathlib import Path

import pytest
from pydicom import Dataset
from typer.testing import CliRunner, Result

from linacsim.cli.app import app
from linacsim.cli.progress import RunWatcher
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.database import Arrival, Service
from linacsim.dicom.desktop_pro.prescription import prescription_of
from tests.elekta_plans import encoded, request_of

WHEN = datetime(2024, 3, 1, 12, 15, 45)


def stored(folder: Path, plan: Dataset) -> Path:
    """Return a database with one plan."""
    path = folder / "service.db"
    service = Service(f"sqlite:///{path}")
    arrival = Arrival(WHEN, "PLANNER", Code.SUCCESS)
    service.save(prescription_of(request_of(plan, frozenset()), WHEN), arrival, encoded(plan))
    service.close()
    return path


def run(database: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["prescriptions", *words, "--database", str(database)])


def deliver(database: Path, *words: str, machine: str = "precise-mlc") -> Result:
    """Deliver it to the folder `out` beside the database."""
    out = str(database.parent / "out")
    return run(database, "deliver", "1", "--machine", machine, "--out", out, *words)


def stop_after(mu: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C once so many MU of a beam are delivered."""
    watch = RunWatcher.__call__

    def watch_and_stop(self: RunWatcher, time_ns: int, delivered_mu: float) -> None:
        self.stopped = delivered_mu > mu
        watch(self, time_ns, delivered_mu)

    monkeypatch.setattr(RunWatcher, "__call__", watch_and_stop)
