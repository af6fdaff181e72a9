"""The examples of README are real: each command gives the output that stands below it."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
CHANGING = (
    (re.compile(r"_\d{14}\."), "_<time>."),
    (re.compile(r"in \d+\.\d\d s: \d+ times"), "in <wall>: <ratio> times"),
    (re.compile(r"(replayed \S+ s) in \S+ s"), r"\1 in <wall>"),
    (re.compile(r" +$", re.MULTILINE), ""),
)


def same(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, replacement in CHANGING:
        text = pattern.sub(replacement, text)
    return text.strip()


def examples() -> list[tuple[str, str]]:
    """Return commands with their outputs, in the order of README."""
    found = []
    for block in EXAMPLE.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like a fresh checkout: the scenarios, and an empty `out`."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_examples_give_the_output_shown(work: Path) -> None:
    assert len(examples()) >= 6
    for command, output in examples():
        words = shlex.split(command)
        assert words[0] == "linacsim"
        arguments = [
            str(path) for word in words[1:] for path in (sorted(Path().glob(word)) or [word])
        ]
        result = CliRunner().invoke(app, arguments)
        assert same(result.output) == same(output), command
