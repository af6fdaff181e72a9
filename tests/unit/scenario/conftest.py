"""A small scenario on disk that tests change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linacsim.formats.truebeam_xml import write_beam
from tests.beams import make_beam

WriteScenario = Callable[[str], Path]

HEAD = """\
schema: 1
title: twenty MU
machine: truebeam-m120
beam: beam.xml
seed: 1
"""


@pytest.fixture
def write_scenario(tmp_path: Path) -> WriteScenario:
    """Return a function that writes a scenario of a 20 MU arc, given what follows its head."""
    arc = make_beam(
        {"Mu": 0, "GantryRtn": 185.0, "CouchLng": 100.0}, {"Mu": 20, "GantryRtn": 175.0}
    )
    write_beam(arc, tmp_path / "beam.xml")

    def write(rest: str) -> Path:
        path = tmp_path / "s.yaml"
        path.write_text(HEAD + rest, encoding="utf-8")
        return path

    return write
