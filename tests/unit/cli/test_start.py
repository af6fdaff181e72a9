"""Help comes without loading anything heavy, and no command shows a trace."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

HEAVY = ("numpy", "lxml", "pydantic", "simpy", "rich", "matplotlib", "ruamel")


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    code = (
        "import sys; import linacsim.cli.app; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_module_runs_like_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "linacsim", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("linacsim ")


def test_delivery_loads_neither_tables_nor_pictures(folder: Path) -> None:
    code = (
        "import sys, linacsim.cli as cli\n"
        "sys.argv = ['linacsim', 'deliver', '-q', 'beams/beam-on.xml', '--out', 'out']\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print([name for name in ('rich', 'ruamel', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_all_commands_and_the_notice(linacsim: Run) -> None:
    result = linacsim("--help")
    assert result.exit_code == 0
    for command in (
        "deliver",
        "check",
        "plan",
        "convert",
        "run",
        "replay",
        "log",
        "machines",
        "trace",
    ):
        assert f"\n  {command} " in result.output
    assert "Research and test use only" in result.output


def test_each_option_is_on_the_reference_page(linacsim: Run) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "cli.md").read_text()
    commands = [
        "deliver",
        "check",
        "plan",
        "convert",
        "run",
        "replay",
        "log info",
        "log export",
        "log plot",
        "log fluence",
        "log gamma",
        "log report",
    ]
    commands += ["trace info", "trace plot", "trace convert", "machines list"]
    for command in commands:
        assert f"## linacsim {command}" in page
        words = linacsim(*command.split(), "--help").output.split()
        options = {word for word in words if word.startswith("--") and word != "--help"}
        for option in options:
            assert option.rstrip(",.:") in page, f"{command} {option} is not told of"


def test_defect_is_one_line_unless_asked_for_more(
    linacsim: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("what\nnow")

    monkeypatch.setattr("linacsim.machines.machine_names", broken)
    result = linacsim("machines", "list")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "defect: ZeroDivisionError: what now" in result.stderr
    monkeypatch.setenv("LINACSIM_DEBUG", "1")
    assert isinstance(linacsim("machines", "list").exception, ZeroDivisionError)


def test_machines_are_listed(linacsim: Run) -> None:
    listed = linacsim("machines", "list").output.splitlines()[::2]
    at = {name: line.index(name) for line in listed for name in line.split()[1:2]}
    assert {"NDS120HD", "BeamModulator"} <= set(at)
    assert len(set(at.values())) == 1, "columns are aligned"
