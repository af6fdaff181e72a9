"""Scenario files as pytest items, with failures that tell what was expected and what was found."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from linacsim.testing.delivered import Delivered


class ScenarioFailed(Exception):
    """A scenario that missed what it expects, or cannot be run: a line for each reason."""

    def __init__(self, what: str, reasons: Iterable[str]) -> None:
        """Take what is wrong with it, and the reasons."""
        super().__init__("\n".join(f"{what} {reason}" for reason in reasons))


class ScenarioFile(pytest.File):
    """A scenario file: one test."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield its test. The file is read when it is run, so that collection is quick."""
        yield ScenarioItem.from_parent(self, name="delivery")


class ScenarioItem(pytest.Item):
    """Runs a scenario and compares with what it expects."""

    def __init__(self, **kwargs: Any) -> None:
        """Mark it, so that `-m linacsim` finds it."""
        super().__init__(**kwargs)
        self.add_marker("linacsim")

    def runtest(self) -> None:
        """Run it. Raises ScenarioFailed."""
        from linacsim.model.findings import InputError, os_reason
        from linacsim.scenario.reader import ScenarioError
        from linacsim.testing.delivering import run_scenario

        machine = self.config.getoption("--linacsim-machine")
        try:
            delivered = run_scenario(self.path, self._folder(), machine=machine)
        except ScenarioError as error:
            raise ScenarioFailed("unusable:", map(str, error.problems)) from None
        except InputError as error:
            raise ScenarioFailed("unusable:", [str(error)]) from None
        except OSError as error:
            reason = f"{error.filename or self.path}: {os_reason(error)}"
            raise ScenarioFailed("unusable:", [reason]) from None
        self.add_report_section("call", "linacsim", _told(delivered))
        if delivered.misses:
            raise ScenarioFailed("missed", delivered.misses)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the lines of a scenario that failed, without a traceback."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return what a report is headed by."""
        return self.path, 0, f"scenario {self.path.name}"

    def _folder(self) -> Path | None:
        """Return a folder of this test's own: tests in other processes write theirs."""
        out = self.config.getoption("--linacsim-out")
        if not out:
            return None
        folder = Path(out) / re.sub(r"[^\w.-]+", "_", self.nodeid)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _told(delivered: "Delivered") -> str:
    """Return how it ended and what the console told."""
    head = f"{delivered.state}: {delivered.mu:.2f} MU in {delivered.total_time_s:.2f} s"
    told = [f"{e.time_s:8.2f} s  {e.kind}: {e.text}" for e in delivered.events if e.kind != "state"]
    files = [f"log      {delivered.log}"] if delivered.log else []
    return "\n".join((head, *told, *files))
