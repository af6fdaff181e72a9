"""Bad input of every kind ends in one line or a list of findings, and writes nothing.

Each message is held to say what is wrong and where, and, where it is not plain, what to do.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.formats.trajectory_log import read_log
from tests.conftest import need

BEAMS = Path(__file__).resolve().parents[2] / "scenarios" / "beams"
GOOD = (BEAMS / "arc-short.xml").read_text(encoding="utf-8")
SHAPED = (BEAMS / "two-static-fields.xml").read_text(encoding="utf-8")
RESEARCH = '<VarianResearchBeam SchemaVersion="1.0">{}</VarianResearchBeam>'
LAUGHS = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'
PEEP = '<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def mu(value: str) -> str:
    return GOOD.replace("<Mu>100</Mu>", f"<Mu>{value}</Mu>")


def gantry(value: str) -> str:
    return GOOD.replace("<GantryRtn>130<", f"<GantryRtn>{value}<")


def rate(value: str) -> str:
    return GOOD.replace("<DRate>600<", f"<DRate>{value}<")


def leaves(first: str) -> str:
    return SHAPED.replace("<B>0 0", f"<B>{first}", 1)


def points(count: int) -> str:
    more = "<Cp><Mu>100</Mu></Cp>" * (count - 2)
    return GOOD.replace("</ControlPoints>", f"{more}</ControlPoints>")


UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "not XML": ("MU 100\n", "beam.xml:1: not well-formed XML: .*; a beam file starts with Varian"),
    "bytes": (bytes(range(256)), "beam.xml:1: not well-formed XML: .*; a beam file starts with"),
    "empty": ("", "beam.xml: the file is empty"),
    "wrong root": ("<Plan></Plan>", "beam.xml:1: the root element is Plan; .* VarianResearchBeam"),
    "truncated": (GOOD[: len(GOOD) // 2], "beam.xml:10: .*cut off: copy it again"),
    "truncated tag": (GOOD[: GOOD.index("<Energy>") + 4], "beam.xml:.*cut off: copy it again"),
    "truncated comment": (GOOD[:60], "beam.xml:2: .*cut off: copy it again"),
    "laughs": (LAUGHS + RESEARCH.format("<SetBeam><Id>&c;</Id></SetBeam>"), "DOCTYPE .* remove it"),
    "laughs, UTF-16": (
        ('<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS + "<SetBeam>&c;</SetBeam>").encode(
            "utf-16"
        ),
        "DOCTYPE .* remove it",
    ),
    "external": (PEEP + RESEARCH.format("<SetBeam><Id>&a;</Id></SetBeam>"), "DOCTYPE .* remove it"),
    "undeclared": (mu("&much;"), "beam.xml:16: not well-formed XML: Entity 'much' not defined"),
    "too deep": ("<a>" * 5000 + "</a>" * 5000, "beam.xml:1: .*nested too deep"),
    "no SetBeam": (RESEARCH.format(""), "beam.xml:1: VarianResearchBeam holds no SetBeam"),
}
"""Files that cannot be read at all, with the line that is told."""

NUMBER = "allowed: a (finite )?number"
REFUSED: dict[str, tuple[str, str]] = {
    "NaN": (mu("NaN"), f"beam.xml:16: Mu, control point 1: .*not-finite.*is nan; {NUMBER}"),
    "infinity": (mu("INF"), f"beam.xml:16: Mu, control point 1: .*is inf; {NUMBER}"),
    "NaN angle": (gantry("NaN"), f"beam.xml:17: GantryRtn, control point 1: .*is nan; {NUMBER}"),
    "-infinity": (gantry("-INF"), f"beam.xml:17: GantryRtn, control point 1: .*is -inf; {NUMBER}"),
    "1e308": (gantry("1e308"), r"GantryRtn, .*1e\+308 deg; allowed: -5 to 365 deg"),
    "1e309": (gantry("1e309"), f"beam.xml:17: GantryRtn, .*is inf; {NUMBER}"),
    "1e308 MU": (mu("1e308"), r"beam.xml:15: Mu, control point 1: .*1e\+308; allowed: at most"),
    "1e308 MU/min": (rate("1e308"), r"DRate is 1e\+308 MU/min with 6x; allowed: at most 600"),
    "negative rate": (rate("-5"), "DRate is -5 while MU.*allowed: more than 0 MU/min; mend: write"),
    "no number": (mu("many"), f"beam.xml:16: Mu, control point 1: .*is 'many'; {NUMBER}"),
    "decimal comma": (mu("1,5"), f"beam.xml:16: Mu, control point 1: .*is '1,5'; {NUMBER}"),
    "empty number": (mu(""), f"beam.xml:16: Mu, control point 1: .*is empty; {NUMBER}"),
    "MU decreasing": (
        SHAPED.replace("<Mu>110<", "<Mu>300<"),
        "beam.xml:[0-9]+: Mu, control point 3: .*falls from 300 to 182; .*; mend: write the MU si",
    ),
    "5001 points": (points(5001), "5001 control points; allowed: at most 5000; mend: leave out"),
    "leaf missing": (leaves("0"), "bank B has 59 leaves; allowed: 60"),
    "leaf too many": (leaves("0 0 0"), "bank B has 61 leaves; allowed: 60"),
    "leaf NaN": (leaves("0 NaN"), "bank B holds NaN; allowed: finite numbers"),
    "leaf 1e308": (leaves("0 1e308"), r"leaf B2 is at 1e\+308 cm; allowed: -20 to 20"),
    "two blanks": (leaves("0  0"), "bank B.*several blanks; allowed: exactly one.*mend: .*--fix"),
    "tab": (leaves("0\t0"), "bank B.*tabs; allowed: exactly one blank.*mend: .*--fix"),
    "unknown axis": (
        GOOD.replace("GantryRtn", "GantryRot"),
        "beam.xml:13: GantryRot, .*not known in Cp; mend: did you mean GantryRtn",
    ),
    "unknown energy": (GOOD.replace("6x", "7x"), "Energy is 7x; allowed: .*6x, .*mend: did you"),
    "unknown MLC": (GOOD.replace("NDS120HD", "NDS121"), "'NDS121'; allowed: .*NDS120,.*mend: did"),
    "one point": (
        GOOD[: GOOD.rindex("<Cp>")] + GOOD[GOOD.rindex("</Cp>") + 5 :],
        "1 control point; allowed: at least 2; mend: add",
    ),
    "no control points": (
        GOOD[: GOOD.index("<Cp>")] + GOOD[GOOD.rindex("</Cp>") + 5 :],
        "beam.xml:7: .*Cp",
    ),
}
"""Beams in error, with one of the findings that are told."""

WORDS: dict[str, tuple[list[str], str]] = {
    "unknown machine": (
        ["deliver", "good.xml", "-m", "truebeam-hd12"],
        "unknown machine 'truebeam-hd12'; did you mean truebeam-hd120.*give the path",
    ),
    "no machine file": (["check", "good.xml", "-m", "mine.toml"], "mine.toml does not exist"),
    "no beam": (["deliver", "none.xml"], "none.xml: .*No such file.*check the path"),
    "beam is a folder": (["check", "."], ".: cannot read the file: Is a directory: name a file"),
    "no folder there": (["deliver", "good.xml", "-o", "good.xml/out"], "out: .*not a folder: name"),
    "no folder of a plan": (["plan", "good.xml", "--csv", "no/p.csv"], "no/p.csv: .*create it"),
    "out is a file": (["deliver", "good.xml", "-o", "good.xml"], "good.xml: .*not a folder: name"),
    "interval": (["deliver", "good.xml", "--interval", "15"], "15 is not written: choose 20 or 10"),
    "no scenario": (["run", "none.yaml"], "none.yaml: No such file.*: check the path"),
    "scenario is a beam": (["run", "good.xml"], "good.xml:1: not a scenario"),
    "no log": (["log", "info", "none.bin"], "none.bin: .*No such file.*: check the path"),
    "log is a beam": (["log", "export", "good.xml"], r"good.xml: not a trajectory log.*\(.bin\)"),
    "no journal": (["replay", "none"], "none: No such file.*: check the path"),
    "journal is a beam": (["replay", "good.xml"], "good.xml:1: .*this is no journal"),
}
"""Commands that cannot do what they are told, with the line that is told."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.xml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def commands(name: str) -> list[list[str]]:
    return [["check", name], ["plan", name], ["deliver", name]]


def one_line(stderr: str, told: str) -> None:
    """Check that there is one line for people, and that it says what it must."""
    assert stderr.startswith("linacsim: "), stderr
    assert stderr.count("\n") == 1, stderr
    assert re.search(told, stderr), f"{told!r} is not in {stderr!r}"
    assert len(stderr) < 300


@pytest.mark.parametrize(("text", "told"), UNREADABLE.values(), ids=UNREADABLE)
def test_file_that_cannot_be_read_is_one_line(folder: Path, text: str | bytes, told: str) -> None:
    (folder / "beam.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    for words in commands("beam.xml"):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 2, result.output
        one_line(result.stderr, told)
        assert "beam.xml" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["beam.xml", "good.xml"]


@pytest.mark.parametrize("machine", [[], ["--machine", "truebeam-hd120"]], ids=["", "named"])
@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED)
def test_beam_in_error_gives_findings(
    folder: Path, text: str, told: str, machine: list[str]
) -> None:
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    for words in commands("beam.xml"):
        result = CliRunner().invoke(app, [*words, *machine])
        assert result.exit_code == 1, result.output
        assert result.stderr == ""
        *findings, verdict = result.stdout.splitlines()
        assert all(re.match(r"beam\.xml.*: (error|warning|note)", line) for line in findings)
        assert re.search(told, result.stdout), f"{told!r} is not in {result.stdout!r}"
        assert re.search(r"not (deliver|plann)", verdict)
        assert len(set(findings)) == len(findings)
    assert sorted(path.name for path in folder.iterdir()) == ["beam.xml", "good.xml"]


@pytest.mark.parametrize("text", [mu("INF"), mu("NaN"), gantry("-INF")])
def test_number_that_is_none_is_told_once(folder: Path, text: str) -> None:
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    assert CliRunner().invoke(app, ["check", "beam.xml"]).stdout.count("error[") == 1


def test_5000_points_are_allowed(folder: Path) -> None:
    (folder / "beam.xml").write_text(points(5000), encoding="utf-8")
    assert CliRunner().invoke(app, ["check", "beam.xml"]).exit_code == 0


@pytest.mark.parametrize(("words", "told"), WORDS.values(), ids=WORDS)
def test_what_cannot_be_done_is_one_line(folder: Path, words: list[str], told: str) -> None:
    result = CliRunner().invoke(app, [*words, "--quiet"] if words[0] == "deliver" else words)
    assert result.exit_code == 2
    one_line(result.stderr, told)
    assert [path.name for path in folder.iterdir()] == ["good.xml"]


# The real command line ---------------------------------------------------------------------------


def linacsim(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linacsim", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", ["not XML", "laughs", "NaN", "5001 points", "unknown axis"])
def test_process_ends_as_the_command_does(folder: Path, name: str) -> None:
    text, told = (UNREADABLE | REFUSED)[name]
    assert isinstance(text, str)
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    done = linacsim("deliver", "beam.xml")
    assert done.returncode == (2 if name in UNREADABLE else 1)
    assert re.search(told, done.stdout + done.stderr)
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["beam.xml", "good.xml"]


@dataclass
class Disk:
    """A small file system of its own."""

    path: Path

    def files(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir())


@pytest.fixture
def mount(folder: Path) -> Iterator[Callable[[str], Disk]]:
    """Mount a tmpfs with the given options."""
    mounted: list[Path] = []

    def one(options: str) -> Disk:
        path = folder / f"disk{len(mounted)}"
        path.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
        try:
            done = subprocess.run(words, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            done = False
        need(done, "the right to mount a tmpfs (root)")
        mounted.append(path)
        return Disk(path)

    yield one
    for path in mounted:
        subprocess.run(["umount", str(path)], check=True)


Mount = Callable[[str], Disk]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("ro", "Read-only file system: choose another folder"),
        ("size=256k", "may need 0.9 MB and the disk has 0.3 MB free: free some space or choose"),
    ],
)
def test_disk_that_takes_no_log_is_told_before_beam_on(
    mount: Mount, options: str, told: str
) -> None:
    disk = mount(options)
    done = linacsim("deliver", "good.xml", "--out", disk.path)
    assert done.returncode == 2
    one_line(done.stderr, told)
    assert "COMPLETE" not in done.stdout
    assert disk.files() == []


def test_disk_that_takes_no_plan_no_picture_and_no_copy(folder: Path, mount: Mount) -> None:
    closed, small = mount("ro").path, mount("size=64k").path
    (small / "beam.xml").write_text(leaves("0  0"), encoding="utf-8")
    fill(small)
    for words in (
        ["plan", "good.xml", "--csv", closed / "plan.csv"],
        ["plan", "good.xml", "--plot", closed / "plan.png"],
        ["plan", "good.xml", "--csv", small / "plan.csv"],
        ["check", small / "beam.xml", "--fix"],
    ):
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == 2
        one_line(result.stderr, r"cannot write.*choose another folder")
        assert ".partial" not in result.stderr
    assert Disk(small).files() == ["beam.xml", "filler"]


@pytest.mark.parametrize("suffix", ["csv", "npz", "parquet", "h5"])
def test_disk_that_takes_no_exported_log(folder: Path, mount: Mount, suffix: str) -> None:
    log = json.loads(linacsim("deliver", "good.xml", "--out", folder, "--json").stdout)["log"]
    disk = mount("size=64k")
    fill(disk.path)
    done = linacsim("log", "export", log, "--out", disk.path / f"log.{suffix}")
    assert done.returncode == 2
    one_line(done.stderr, "cannot write the exported log: No space left on device: free some space")
    assert disk.files() == ["filler"]


LONG = SHAPED.replace("<Mu>110<", "<Mu>8000<").replace("<Mu>182<", "<Mu>9000<")
"""Some 20 minutes at 400 to 600 MU/min."""
PATIENCE_S = 30


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def started(folder: Path, out: Path) -> "subprocess.Popen[str]":
    """Start a long delivery, and return once its log has grown."""
    (folder / "long.xml").write_text(LONG, encoding="utf-8")
    command = [sys.executable, "-m", "linacsim", "deliver", "long.xml", "--out", str(out), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        if any(path.stat().st_size > 100_000 for path in out.glob(".*.partial")):
            return process
        time.sleep(0.005)
    process.kill()
    raise AssertionError(f"no log began to grow: {process.communicate()}")


def test_disk_that_fills_up_in_mid_delivery_keeps_nothing(folder: Path, mount: Mount) -> None:
    disk = mount("size=100m")
    process = started(folder, disk.path)
    fill(disk.path)
    stdout, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2, stdout
    one_line(stderr, r"LINACSIM_long.*: cannot write .*: free some space or choose another folder")
    assert disk.files() == ["filler"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_polite_kills_in_mid_delivery(folder: Path, number: signal.Signals) -> None:
    out = folder / "out"
    out.mkdir()
    process = started(folder, out)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    one_line(stderr, "stopped by Ctrl-C; what was recorded is kept and marked truncated")
    told = json.loads(stdout)
    assert told["stopped"]
    assert [path.suffix for path in sorted(out.iterdir())] == [".bin", ".journal", ".txt"]
    log = read_log(told["log"])
    assert log.header.truncated
    assert log.crc_ok
    assert 1 < log.mu.expected[-1] < 9000
    replay = linacsim("replay", told["journal"])
    assert replay.returncode == 0
    assert "identical" in replay.stdout
    assert linacsim("log", "info", told["log"]).returncode == 0
