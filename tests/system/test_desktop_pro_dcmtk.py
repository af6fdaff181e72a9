"""The node over real associations, by DCMTK's echoscu and storescu (DP-1, DP-2, DP-6)."""

from dataclasses import replace
from pathlib import Path

import pytest

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.rules import TABLE
from tests.desktop_pro_cases import CASES
from tests.elekta_plans import CONSOLE, blocked, encoded, good_plan
from tests.nodes import call, running, store

CODES = {rule.id: rule.code for rule in TABLE} | {"whole-iod": Code.INVALID_MESSAGE}


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


MASKS = sorted({case.masks for case in CASES}, key=sorted)


@pytest.mark.parametrize("masks", MASKS, ids=lambda masks: "+".join(masks) or "none")
def test_each_code(tmp_path: Path, masks: frozenset[Mask], plan: Path) -> None:
    """A good plan, which makes the patient known, then each that is altered in one respect."""
    cases = [case for case in CASES if case.masks == masks]
    paths = []
    for k, case in enumerate(cases):
        paths.append(tmp_path / f"{k}.dcm")
        paths[-1].write_bytes(encoded(case.plan()))
    with running(tmp_path, masks=masks) as node:
        told, (_, *statuses) = store(node.port, plan, *paths)
        _, *lines = [line for line in node.lines if line.startswith("store from")]
        stored = len(node.service.prescriptions())
    expected = [CODES[case.rule] for case in cases]
    assert statuses == [str(code) for code in expected], told
    for case, line in zip(cases, lines, strict=True):
        assert f"{CODES[case.rule]} " in line
        assert f"[{case.rule}]" in line
    assert stored == 1 + sum(code.stored for code in expected)


def test_the_comment_names_the_tag(tmp_path: Path) -> None:
    path = tmp_path / "plan.dcm"
    case = next(case for case in CASES if case.rule == "linac")
    path.write_bytes(encoded(case.plan()))
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
