"""A folder of small cases with baselines, for tests of `linacsim regress`."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.formats.truebeam_xml import write_beam
from linacsim.model.beam import Beam
from tests.beams import make_beam

SHIPPED = Path(__file__).resolve().parents[1] / "scenarios"

MACHINE = """\
schema = 1
extends = "truebeam-hd120"
name = "mine"
title = "a machine of our own"

[axis.leaf]
max_accel_cm_per_s2 = {{ value = {accel}, source = "ours" }}
"""
WINDOW = """\
schema: 1
title: One leaf moves as fast as it can between slow stretches
machine: mine.toml
beam: beams/window.xml
seed: 1
expect:
  state: COMPLETE
"""


def one_leaf_window() -> Beam:
    """Return a beam in which leaf A30 alone moves, and limits segments 2 and 4."""
    leaf = (0.5, 2.5, 4.5, 5.1, 6.5, 6.7)
    mu = (0, 20, 25, 60, 64, 100)
    points = []
    for where, dose in zip(leaf, mu, strict=True):
        leaves = np.full(120, 0.5)
        leaves[29] = where
        points.append({"Mu": dose, "leaves": leaves})
    return make_beam(*points, mlc_model="NDS120HD")


def make_folder(folder: Path) -> None:
    """Write three cases: two scenarios, of which only one moves a leaf, and a beam."""
    (folder / "beams").mkdir()
    shutil.copy(SHIPPED / "beams" / "beam-on.xml", folder / "beams")
    shutil.copy(SHIPPED / "beam-on.yaml", folder)
    shutil.copy(SHIPPED / "beams" / "arc-short.xml", folder / "arc.xml")
    write_beam(one_leaf_window(), folder / "beams" / "window.xml")
    (folder / "window.yaml").write_text(WINDOW, encoding="utf-8")
    set_leaf_accel(folder, 50.0)


def set_leaf_accel(folder: Path, accel: float) -> None:
    (folder / "mine.toml").write_text(MACHINE.format(accel=accel), encoding="utf-8")


def regress(folder: Path, *words: str | Path) -> Any:
    """Run the command in this process and return exit code and outputs."""
    return CliRunner().invoke(app, ["regress", str(folder), "--jobs", "1", *map(str, words)])


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
