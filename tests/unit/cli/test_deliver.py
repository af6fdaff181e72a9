"""`deliver` writes whole files or none, and says how it ended."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linacsim.cli.progress import watched
from linacsim.engines.batch import run_batch
from linacsim.formats.trajectory_log import read_log
from tests.unit.cli.conftest import Run


def written(folder: Path) -> list[str]:
    return sorted(path.suffix for path in (folder / "out").iterdir())


def test_beam_is_delivered_and_files_are_told(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", "beams/beam-on.xml", "--out", "out")
    assert result.exit_code == 0
    assert "COMPLETE: 100.0" in result.output
    assert "log      out/LINACSIM_beam-on_Beam ON_" in result.output
    assert "Research and test use only" in result.output
    assert written(folder) == [".bin", ".journal", ".txt"]


def test_a_run_longer_than_a_log_says_that_its_log_is_full(linacsim: Run, folder: Path) -> None:
    long = folder / "beams" / "long.xml"
    text = (folder / "beams" / "beam-on.xml").read_text(encoding="utf-8")
    long.write_text(text.replace("<Mu>100</Mu>", "<Mu>12100</Mu>"), encoding="utf-8")
    result = linacsim("deliver", "beams/long.xml", "--out", "out")
    assert result.exit_code == 0
    assert "it ends after 20 min of recording" in result.output
    (log,) = (folder / "out").glob("*.bin")
    assert read_log(log).header.truncated


def test_another_beam_than_the_one_in_the_file_is_refused(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", "beams/beam-on.xml", "--beam", 2, "--out", "out")
    assert result.exit_code == 2
    assert "the file holds beam 1, not 2" in result.stderr
    assert written(folder) == []


def test_json_is_the_whole_of_stdout(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", "beams/v4-dialect.xml", "--out", "out", "--json")
    content = json.loads(result.stdout)
    assert content["state"] == "COMPLETE"
    assert content["machine"] == "truebeam-m120"
    assert Path(content["log"]).is_file()
    assert any(item["severity"] == "not acted on" for item in content["findings"])


def test_log_options_reach_the_log(linacsim: Run) -> None:
    options = ("--log-version", "2.1", "--interval", "10", "--json", "--out", "out")
    content = json.loads(linacsim("deliver", "beams/beam-on.xml", *options).stdout)
    header = read_log(content["log"]).header
    assert (header.version, header.interval_ms) == ("2.1", 10)


def test_seed_is_the_only_chance(linacsim: Run) -> None:
    def digest(seed: int) -> str:
        words = ("deliver", "beams/beam-on.xml", "--out", "out", "--json", "--seed", seed)
        return str(json.loads(linacsim(*words).stdout)["frames_sha256"])

    assert digest(3) == digest(3) != digest(4)


def test_what_is_not_acted_on_is_told_once(linacsim: Run) -> None:
    output = linacsim("deliver", "beams/v4-dialect.xml", "--out", "out").output
    assert output.count("not-acted-on.treatment-mode") == 1


def test_beam_in_error_is_refused_with_all_findings(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", "beams/with-mistakes.xml", "--out", "out")
    assert result.exit_code == 1
    assert "not delivered: 3 errors" in result.output
    assert written(folder) == []


def test_machine_with_another_mlc_is_refused(linacsim: Run, folder: Path) -> None:
    words = ("deliver", "beams/dynamic-arc.xml", "-m", "truebeam-mlc80", "--out", "out")
    assert linacsim(*words).exit_code == 1
    assert written(folder) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("beams/none.xml",), "none.xml"),
        (("beams/beam-on.xml", "-m", "truebeem"), "unknown machine 'truebeem'"),
        (("beams/beam-on.xml", "--out", "beam-on.yaml"), "this is not a folder"),
        (("beams/beam-on.xml", "--interval", "15"), "log interval in ms 15 is not written"),
        (("beam-on.yaml",), "beam-on.yaml"),
    ],
)
def test_bad_input_is_one_line(
    linacsim: Run, folder: Path, words: tuple[str, ...], told: str
) -> None:
    result = linacsim("deliver", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("linacsim: ")
    assert result.stderr.count("\n") == 1
    assert told in result.stderr
    assert written(folder) == []


def test_ctrl_c_keeps_what_was_recorded(
    linacsim: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*positional: object, **named: object) -> object:
        watcher = named.pop("progress")

        def progress(time_ns: int, mu: float) -> None:
            if mu > 20:
                signal.raise_signal(signal.SIGINT)
            watcher(time_ns, mu)  # type: ignore[operator]

        return run_batch(*positional, progress=progress, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("linacsim.scenario.compose.run_batch", pressed)
    result = linacsim("deliver", "beams/beam-on.xml", "--out", "out")
    assert result.exit_code == 130
    assert "stopped by Ctrl-C" in result.stderr
    assert written(folder) == [".bin", ".journal", ".txt"]
    [log] = (folder / "out").glob("*.bin")
    assert read_log(log).header.truncated
    [journal] = (folder / "out").glob("*.journal")
    assert "identical" in linacsim("replay", journal).output


@pytest.fixture
def _ctrl_c() -> Iterator[None]:
    """Ctrl-C as a terminal gives it, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c")
def test_first_ctrl_c_waits_for_the_block_and_the_second_does_not() -> None:
    with watched("beam", 1.0, visible=False) as watcher:
        watcher(0, 0.0)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            watcher(0, 0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are of POSIX")
def test_full_disk_leaves_nothing_and_is_one_line(folder: Path) -> None:
    code = (
        "import resource, sys\n"
        "import linacsim.cli as cli\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "sys.argv = ['linacsim', 'deliver', 'beams/dynamic-arc.xml', '--out', 'out']\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("linacsim: out/")
    assert done.stderr.count("\n") == 1
    assert written(folder) == []


def test_picture_is_drawn_beside_the_log(linacsim: Run, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    result = linacsim("deliver", "beams/arc-short.xml", "--out", "out", "--plot")
    assert result.exit_code == 0
    [picture] = (folder / "out").glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"picture  out/{picture.name}" in result.output


def test_gated_beam_without_motion_is_told_before_beam_on(linacsim: Run) -> None:
    result = linacsim("deliver", "beams/gated-rtx.xml", "--out", "out")
    told = result.output.index("gated by RTX1 and no motion is given")
    assert told < result.output.index("BEAM_HOLD up")
    assert "the beam did not get on for too long" in result.output
    assert result.exit_code == 1
