"""The node over real associations, by DCMTK's echoscu and storescu (DP-1, DP-2, DP-6)."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from linacsim.dicom.desktop_pro.console import Mask
from tests.desktop_pro_cases import CODES, NAMED
from tests.elekta_plans import CONSOLE, blocked, encoded, good_plan
from tests.nodes import call, running, store


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.dcm"
    path.write_bytes(encoded(good_plan()))
    return path


@pytest.mark.parametrize("count", ["1", "2", "3", "4"])
def test_echo(tmp_path: Path, count: str) -> None:
    """DCMTK proposes the first so many transfer syntaxes of its list."""
    with running(tmp_path) as node:
        told = call("echoscu", node.port, "--propose-ts", count)
    assert "exit 0" in told
    assert any("released; 0 stores, 1 echoes" in line for line in node.lines)


@pytest.mark.parametrize("option", ["-xi", "-xe", "-xb"])
def test_store_with_each_transfer_syntax(tmp_path: Path, plan: Path, option: str) -> None:
    with running(tmp_path) as node:
        _, statuses = store(node.port, plan, options=(option,))
        assert node.statuses == statuses == ["0000"]
        assert node.service.prescription(1)["fields"][0]["prescribed"]["meterset_mu"] == "100.0"


@dataclass(frozen=True)
class Answer:
    """What the node made of one plan."""

    status: str
    line: str
    """What the log says."""
    stored: bool


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """Answers to the altered plans by name; those with the same masks share an association."""
    folder = tmp_path_factory.mktemp("altered")
    out: dict[str, Answer] = {}
    for masks in {case.masks for case in NAMED.values()}:
        names = [name for name, case in NAMED.items() if case.masks == masks]
        out |= _sent(folder, names, masks)
    return out


def _sent(folder: Path, names: list[str], masks: frozenset[Mask]) -> dict[str, Answer]:
    """Send a good plan, which makes the patient known, then each that is altered."""
    good = folder / "good.dcm"
    good.write_bytes(encoded(good_plan()))
    paths = [folder / f"{name}.dcm" for name in names]
    for name, path in zip(names, paths, strict=True):
        path.write_bytes(encoded(NAMED[name].plan()))
    database = folder / ("+".join(sorted(masks)) or "no masks")
    database.mkdir()
    with running(database, masks=masks) as node:
        _, (_, *statuses) = store(node.port, good, *paths)
        _, *lines = [line for line in node.lines if line.startswith("store from")]
        kept = len(node.service.prescriptions()) - 1
    stored = ["; '[DCM] " in line for line in lines]
    assert sum(stored) == kept
    made = map(Answer, statuses, lines, stored)
    return dict(zip(names, made, strict=True))


@pytest.mark.parametrize("name", NAMED)
def test_status(answers: dict[str, Answer], name: str) -> None:
    """A good plan that is altered in one respect gets the code of the rule that it breaks."""
    code, rule, answer = CODES[NAMED[name].rule], NAMED[name].rule, answers[name]
    assert answer.status == str(code), answer.line
    assert f"{code} " in answer.line
    assert f"[{rule}]" in answer.line
    assert answer.stored == code.stored


def test_the_comment_names_the_tag(tmp_path: Path) -> None:
    path = tmp_path / "plan.dcm"
    path.write_bytes(encoded(NAMED["C004-linac-1"].plan()))
    with running(tmp_path) as node:
        told, _ = store(node.port, path)
    assert "(0000,0901) AT (300a,00b2)" in told
    assert "(0000,0902) LO [(300A,00B2) Beam 1: no linac 'LINAC9']" in told


def test_warnings_can_be_suppressed(tmp_path: Path) -> None:
    path = tmp_path / "plan.dcm"
    path.write_bytes(encoded(blocked(good_plan(), "TRAY1")))
    with running(tmp_path, console=replace(CONSOLE, suppress_warnings=True)) as node:
        assert store(node.port, path)[1] == ["0000"]
        assert len(node.service.prescriptions()) == 1


def test_who_may_call_whom(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        unknown = call("echoscu", node.port, sender="NOBODY")
        wrong = call("echoscu", node.port, title="OTHER")
    assert "Reason: Calling AE Title Not Recognized" in unknown
    assert "Reason: Called AE Title Not Recognized" in wrong
    assert any("unknown calling AE title" in line for line in node.lines)
    assert any("called AE title 'OTHER'" in line for line in node.lines)


def test_the_database_fails(tmp_path: Path, plan: Path) -> None:
    with running(tmp_path) as node:
        node.service.engine.dispose()
        (tmp_path / "service.db").write_bytes(b"not a database" * 1000)
        assert store(node.port, plan)[1] == ["A700"]
        assert node.statuses == ["A700"]
