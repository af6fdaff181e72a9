"""The pytest plugin: fixtures, options, and scenario files as tests.

pytest loads this module in every run, so what is heavy is imported where it is used.
"""

from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from linacsim.testing.items import ScenarioFile

if TYPE_CHECKING:
    from linacsim.testing.delivered import Delivered

_PATTERNS = "linacsim_files"
_MACHINE = "linacsim_machine"


class DeliverBeam(Protocol):
    """The fixture `deliver_beam`."""

    def __call__(
        self,
        beam: str | Path,
        *,
        machine: str | None = None,
        seed: int = 1,
        number: int | None = None,
        group: int | None = None,
        log: bool = True,
    ) -> "Delivered":
        """Deliver a TrueBeam XML beam, or of a DICOM RT Plan a fraction group or beam."""
        ...


class RunScenario(Protocol):
    """The fixture `run_scenario`."""

    def __call__(
        self, scenario: str | Path, *, machine: str | None = None, log: bool = True
    ) -> "Delivered":
        """Run a scenario."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("linacsim", "linacsim: deliveries without a machine")
    group.addoption(
        "--linacsim-machine",
        metavar="NAME|FILE",
        help="deliver on this machine instead of the one that a scenario, a test or a beam names",
    )
    group.addoption(
        "--linacsim-out",
        metavar="DIR",
        help="keep logs and journals of scenario files here, in a folder for each",
    )
    parser.addini(
        _PATTERNS,
        "names of files that are collected as scenarios",
        type="args",
        default=["*.scenario.yaml", "*.scenario.yml"],
    )
    parser.addini(_MACHINE, "machine for deliver_beam, where a test names none", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make our marker known."""
    config.addinivalue_line("markers", "linacsim: a scenario file that linacsim runs")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Take scenario files as tests."""
    if any(fnmatch(file_path.name, pattern) for pattern in parent.config.getini(_PATTERNS)):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def deliver_beam(request: pytest.FixtureRequest, tmp_path: Path) -> DeliverBeam:
    """Deliver a beam, such as `deliver_beam("arc.xml").mu`; log and journal go to `tmp_path`.

    Relative paths are those beside the test's file.
    """

    def deliver(
        beam: str | Path,
        *,
        machine: str | None = None,
        seed: int = 1,
        number: int | None = None,
        group: int | None = None,
        log: bool = True,
    ) -> "Delivered":
        from linacsim.testing.delivering import deliver_beam

        folder = tmp_path if log else None
        chosen = _machine(request, machine) or _configured(request)
        path = request.path.parent / beam
        return deliver_beam(path, folder, machine=chosen, seed=seed, number=number, group=group)

    return deliver


@pytest.fixture
def run_scenario(request: pytest.FixtureRequest, tmp_path: Path) -> RunScenario:
    """Run a scenario, such as `run_scenario("arc.yaml").assert_met()`.

    Relative paths are those beside the test's file; log and journal go to `tmp_path`.
    """

    def run(scenario: str | Path, *, machine: str | None = None, log: bool = True) -> "Delivered":
        from linacsim.testing.delivering import run_scenario

        folder = tmp_path if log else None
        path = request.path.parent / scenario
        return run_scenario(path, folder, machine=_machine(request, machine))

    return run


def _machine(request: pytest.FixtureRequest, named: str | None) -> str | None:
    """Return the machine of the command line, or the one that the test names."""
    forced: str | None = request.config.getoption("--linacsim-machine")
    return forced or (_file_or_name(request.path.parent, named) if named else None)


def _configured(request: pytest.FixtureRequest) -> str | None:
    """Return the machine of the configuration file; None where it has none."""
    named: str = request.config.getini(_MACHINE)
    return _file_or_name(request.config.rootpath, named) if named else None


def _file_or_name(folder: Path, named: str) -> str:
    """Return a file as seen from a folder, and a shipped machine by its name."""
    beside = folder / named
    return str(beside) if beside.is_file() else named
