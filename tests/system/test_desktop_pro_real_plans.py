"""Real plans sent to the node: what each machine's console answers, and why (DP-2, DP-6)."""

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from linacsim.dicom.desktop_pro.console import HEADS, Console, Linac, Mask
from linacsim.dicom.desktop_pro.data import Data
from linacsim.dicom.desktop_pro.request import Request
from linacsim.dicom.desktop_pro.tags import BEAMS, MACHINE
from linacsim.dicom.desktop_pro.validation import Answer, judge
from linacsim.scenario.node import elements_of
from tests.elekta_plans import CONSOLE
from tests.nodes import running, store

ANSWERS = {
    # Plan: code and rule of the heads mlc, beam_modulator, agility.
    "agility-06mv-static10": ("C006 device-pairs", "C006 device-type", "0000 "),
    "agility-monaco-fff-template": ("C006 device-pairs", "C006 device-type", "0000 "),
    "agility-monaco-vmat-template": ("C006 device-pairs", "C006 device-type", "0000 "),
    "conjuror-m120-pf-wl-gs": ("C006 device-type",) * 3,
    "truebeam-hd120-T3-mlc-speed": ("C006 device-type",) * 3,
    "truebeam-m120-3dcrt": ("C006 device-pairs", "C006 device-type", "C006 device-type"),
    "varian-T0.1-dosimetry-m120": ("C006 device-type", "C006 device-pairs", "C006 device-type"),
    "varian-T0.2-picketfence-static-m120": ("C006 device-type",) * 3,
    "varian-m120-sliding-window": ("C006 device-pairs", "C006 device-type", "C006 device-type"),
}
"""Varian's MLCs are none of these heads'; an Agility is none of its elders."""
PYDICOMS = {
    "mlc": "(300A,00B8) Beam 1: X is not a device of the mlc head",
    "beam_modulator": "(300A,00B6) Beam 1: MLCX missing",
    "agility": "(300A,00B8) Beam 1: X is not a device of the agility head",
}


def answers(path: Path, masks: frozenset[Mask] = frozenset()) -> list[Answer]:
    """Return the answers of consoles with each head, which know the plan's linacs by name."""
    elements = elements_of(path.read_bytes())
    names = {beam.text(MACHINE) for beam in Data(elements).items(BEAMS)}
    return [
        judge(Request.of(elements, Console(tuple(Linac(name, head=head) for name in names)), masks))
        for head in HEADS.values()
    ]


@pytest.mark.parametrize("name", ANSWERS)
def test_each_plan_on_each_head(shared_data: Path, name: str) -> None:
    """Tolerance tables masked: those of other clinics are not this console's."""
    path = shared_data / "plans" / f"{name}.dcm"
    found = answers(path, frozenset({Mask.TOLERANCE_TABLES}))
    assert tuple(f"{answer.code} {answer.rule}" for answer in found) == ANSWERS[name]


@pytest.mark.parametrize("name", ["truebeam-m120-3dcrt", "varian-m120-sliding-window"])
def test_tolerance_tables_of_another_clinic(shared_data: Path, name: str) -> None:
    found = answers(shared_data / "plans" / f"{name}.dcm")
    assert {answer.rule for answer in found} == {"tolerance-table"}


def test_the_plan_that_comes_with_pydicom() -> None:
    path = Path(pydicom.__file__).parent / "data" / "test_files" / "rtplan.dcm"
    assert [answer.comment for answer in answers(path)] == list(PYDICOMS.values())


def test_real_plans_over_the_network(shared_data: Path, tmp_path: Path) -> None:
    """An Agility takes what Monaco made for it; Monaco's files have no meta information."""
    console = replace(CONSOLE, linacs=(Linac("2619", head=HEADS["agility"]),))
    paths = sorted((shared_data / "plans").glob("agility-monaco-*.dcm"))
    with running(tmp_path, console=console) as node:
        told, statuses = store(node.port, *paths, options=("-xi",))
        assert statuses == ["0000"] * len(paths), told
        stored = node.service.prescriptions()
    assert [len(plan["fields"]) for plan in stored] == [1, 2]
