"""`log plot --figure`, `log fluence`, `log gamma` and `log report`."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from lxml import html

from linacsim import __version__
from linacsim.review.figures import FIGURES
from tests.reviewing import deliver_to, vmat
from tests.unit.cli.conftest import Run


@pytest.fixture(scope="module")
def arc_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deliver_to(tmp_path_factory.mktemp("arc") / "arc.bin", vmat())


@pytest.fixture
def arc(arc_log: Path, folder: Path) -> Path:
    (folder / "arc.bin").write_bytes(arc_log.read_bytes())
    return Path("arc.bin")


@pytest.fixture
def kv(folder: Path, shared_data: Path) -> str:
    """A real log without beam, stopped in mid-rotation."""
    source = shared_data / "logs" / "tlog-v3.0-hd120-kv-rotation-aborted.bin"
    (folder / "kv.bin").write_bytes(source.read_bytes())
    return "kv.bin"


def texts(path: Path) -> str:
    return html.fromstring(path.read_text(encoding="utf-8")).text_content()


def test_help_names_every_figure(linacsim: Run) -> None:
    words = " ".join(linacsim("log", "plot", "--help").stdout.split())
    for name in FIGURES:
        assert name in words


def test_a_figure_is_named_after_log_and_figure(linacsim: Run, arc: Path, folder: Path) -> None:
    done = linacsim("log", "plot", arc, "--figure", "time-line")
    assert (done.exit_code, done.stdout) == (0, "arc-time-line.png\n")
    assert (folder / "arc-time-line.png").read_bytes().startswith(b"\x89PNG")
    assert linacsim("log", "plot", arc, "-f", "speeds", "--out", "s.svg").exit_code == 0
    assert "<svg" in (folder / "s.svg").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--figure", "leaf"), "no figure 'leaf': choose one of over-time, time-line"),
        (("--figure", "speeds", "--out", "x.gif"), "x.gif: pictures are made as .png"),
        (("--against", "arc.bin"), "--against needs a --figure"),
        (("--figure", "fluence", "--machine", "truebeam-hd120"), "choose a machine that has it"),
        (("--figure", "speeds", "--out", "no/x.png"), "no/x.png: cannot write the picture"),
    ],
)
def test_what_cannot_be_drawn_is_told(linacsim: Run, arc: Path, words: tuple, said: str) -> None:
    done = linacsim("log", "plot", arc, *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_fluence_in_words_and_as_arrays(linacsim: Run, arc: Path, folder: Path) -> None:
    done = linacsim("log", "fluence", arc, "--npz", "maps.npz", "--out", "map.png", "--json")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    with np.load(folder / "maps.npz") as maps:
        cell = np.diff(maps["y_edges_cm"])[:, None] * np.diff(maps["x_edges_cm"])
        total = float((maps["actual_mu"] * cell).sum())
        assert maps["expected_mu"].shape == (800, 800)
    assert record["actual"]["area_integral_mu_cm2"] == pytest.approx(total)
    assert record["expected"]["total_mu"] == pytest.approx(240.0, abs=30)
    assert "Research and test use only" in record["notice"]
    assert (folder / "map.png").is_file()


def test_maps_are_not_replaced_unless_asked(linacsim: Run, arc: Path, folder: Path) -> None:
    (folder / "maps.npz").write_text("mine")
    done = linacsim("log", "fluence", arc, "--npz", "maps.npz")
    assert done.exit_code == 2
    assert "--overwrite" in done.stderr
    assert (folder / "maps.npz").read_text() == "mine"
    assert linacsim("log", "fluence", arc, "--npz", "maps.npz", "--overwrite").exit_code == 0


def test_gamma_of_one_delivery_and_of_two(linacsim: Run, arc: Path) -> None:
    alone = json.loads(linacsim("log", "gamma", arc, "--json").stdout)
    assert (alone["a"], alone["b"]) == ("arc.bin, expected", "actual")
    assert alone["pass_percent"] == 100.0
    two = json.loads(linacsim("log", "gamma", arc, arc, "--json", "--local").stdout)
    assert (two["a"], two["b"], two["mean"]) == ("arc.bin", "arc.bin", 0.0)
    assert two["local"]


def test_gamma_may_be_asked_for_a_pass_rate(linacsim: Run, arc: Path) -> None:
    strict = ("--dose", "0.003", "--distance", "0.005", "--pixel", "2")
    assert linacsim("log", "gamma", arc, *strict, "--least", "100").exit_code == 1
    done = linacsim("log", "gamma", arc, "--least", "99", "--out", "gamma.svg")
    assert done.exit_code == 0
    assert "100.00 % of" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--method", "guess"), "no method 'guess' of gamma: choose low or bakai"),
        (("--dose", "0"), "dose criterion"),
        (("--pixel", "0.3"), "do not fit"),
        (("--out", "x.txt"), "pictures are made as"),
    ],
)
def test_gamma_that_means_nothing_is_told(
    linacsim: Run, arc: Path, words: tuple, said: str
) -> None:
    done = linacsim("log", "gamma", arc, *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_report_says_all_and_where_it_comes_from(linacsim: Run, arc: Path, folder: Path) -> None:
    done = linacsim("log", "report", arc, "--against", arc, "-o", "arc.html", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["report"] == "arc.html"
    text = texts(folder / "arc.html")
    for words in (
        "arc.bin, beam test: emulated delivery",
        "Emulated: made by an emulator, not by a machine.",
        "Against arc.bin: same within the tolerances.",
        "Keeps all rules of the independent check.",
        "Research and test use only",
        sha256((folder / arc).read_bytes()).hexdigest(),
        __version__,
        "No hold or interruption.",
        "leaf B60",
    ):
        assert words in text
    sections = html.parse(folder / "arc.html").xpath("//h2/text()")
    assert sections[:3] == ["Summary", "Differences from the reference", "Over time"]
    assert sections[-1] == "Provenance"


def test_several_deliveries_share_a_report_and_the_unusable_are_named(
    linacsim: Run, arc: Path, folder: Path
) -> None:
    (folder / "short.bin").write_bytes((folder / arc).read_bytes()[:5000])
    done = linacsim("log", "report", arc, "short.bin", arc, "-o", "all.html")
    assert done.exit_code == 2
    assert "short.bin: the file is cut short" in done.stderr
    tree = html.parse(folder / "all.html")
    assert tree.xpath("//h2/text()") == ["Overview", "1. arc.bin", "2. arc.bin", "Provenance"]
    assert len(set(tree.xpath("//section/@id"))) == 3
    assert "Not in this report: short.bin: the file is cut short" in texts(folder / "all.html")


def test_a_delivery_without_beam_says_what_it_lacks(linacsim: Run, kv: str, folder: Path) -> None:
    assert linacsim("log", "report", kv).exit_code == 0
    text = texts(folder / "report.html")
    assert "log of a real machine" in text
    assert "no MU were given, so there is no fluence" in text
    assert "made by an emulator" not in text


def broken_logs(log: bytes) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "header", log[:700]
    yield "cut", log[: len(log) // 2]
    yield "text", b"nothing of the kind\n"
    nan = bytearray(log)
    nan[-5000:-4996] = b"\x00\x00\xc0\x7f"
    yield "nan", bytes(nan)


@pytest.mark.parametrize("command", ["report", "fluence", "gamma", "plot"])
def test_broken_logs_end_in_one_line_and_leave_files_alone(
    linacsim: Run, arc: Path, folder: Path, command: str
) -> None:
    mine = folder / ("report.html" if command == "report" else "mine.png")
    mine.write_text("mine")
    target = {"report": ("-o", mine, "--overwrite"), "plot": ("-f", "speeds", "--out", mine)}
    for name, content in broken_logs((folder / arc).read_bytes()):
        (folder / f"{name}.bin").write_bytes(content)
        words = target.get(command, ("--out", mine))
        done = linacsim("log", command, f"{name}.bin", *words)
        assert done.exit_code == 2, (name, done.output)
        assert done.stderr.count("\n") == 1
        assert f"{name}.bin" in done.stderr
        assert "defect" not in done.stderr
        assert mine.read_text() == "mine"


def test_a_report_is_not_replaced_unless_asked(linacsim: Run, arc: Path, folder: Path) -> None:
    (folder / "report.html").write_text("mine")
    done = linacsim("log", "report", arc)
    assert done.exit_code == 2
    assert "report.html: the file exists: add --overwrite" in done.stderr
    assert (folder / "report.html").read_text() == "mine"


def test_other_beams_are_no_reference(linacsim: Run, arc: Path, kv: str, folder: Path) -> None:
    done = linacsim("log", "report", arc, "--against", kv, "-o", "x.html")
    assert done.exit_code == 2
    assert not (folder / "x.html").exists()


def test_a_journal_is_reported_with_causes_of_holds(linacsim: Run, folder: Path) -> None:
    linacsim("run", "-q", "hold-lines.yaml", "--out", "out")
    [journal] = (folder / "out").glob("*.journal")
    assert linacsim("log", "report", journal, "-o", "run.html").exit_code == 0
    text = texts(folder / "run.html")
    assert "a run is judged while it runs" in text
    assert "BEAM_HOLD up" in text
