"""Commands run in a folder of their own, beside copies of shipped beams and scenarios."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from tests.prescriptions import stop_after

SHIPPED = Path(__file__).resolve().parents[3] / "scenarios"

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with `beams`, the scenarios and an empty `out`."""
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def linacsim(folder: Path) -> Run:
    """Return a function that runs the command line and returns exit code and outputs."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C once 30 MU of a beam are delivered."""
    stop_after(30.0, monkeypatch)
