"""What stand-ins are said to commit is what their code looks at, and nothing else is let pass."""

import ast
from pathlib import Path

import pytest

import linacsim.stubs
from linacsim.model.findings import InputError
from linacsim.stubs.faults import Kind
from linacsim.stubs.taken import TAKEN, check_taken

STUBS = Path(linacsim.stubs.__file__).parent
ANSWERS = ("faulty", "outbox", "plug")
LLP = ("llp/box", "llp/clock", "outbox", "plug")
MADE_OF = {
    "ndi-polaris": ("ndi/polaris", "ndi/camera", "distortion", *ANSWERS),
    "llp-marker": ("llp/marker", "distortion", *LLP),
    "csv-marker": ("csv/printer", "distortion", *ANSWERS),
    "gate-box": ("llp/gate_lines", *LLP),
    "grbl-stage": ("grbl/controller", "plug"),
    "zaber-stage": ("zaber/device", "plug"),
    "llp-stage": ("llp/stage", *LLP),
    "mqtt-marker": ("mqtt/box", "llp/marker", "llp/clock", "distortion", "outbox"),
    "mqtt-gate-box": ("mqtt/box", "llp/gate_lines", "llp/clock", "outbox"),
}
IN_ORDER = ("ndi-polaris", "csv-marker", "gate-box", "llp-stage")
"""What they send is no sample to the outbox, so nothing overtakes it."""


def looked_at(modules: tuple[str, ...]) -> set[Kind]:
    """Return the kinds that modules name."""
    found = set()
    for module in modules:
        for node in ast.walk(ast.parse((STUBS / f"{module}.py").read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found |= {Kind[node.attr]} if node.value.id == "Kind" else set()
    return found


@pytest.mark.parametrize("device", TAKEN)
def test_a_stand_in_takes_what_its_code_looks_at(device: str) -> None:
    never = {Kind.REORDER} if device in IN_ORDER else set()
    assert looked_at(MADE_OF[device]) - never == TAKEN[device]


def test_each_kind_is_taken_by_somebody() -> None:
    assert frozenset().union(*TAKEN.values()) == set(Kind)


def test_a_fault_that_a_stand_in_cannot_commit_is_refused() -> None:
    check_taken("grbl-stage", ["stall@5+1", "unplug@9"])
    with pytest.raises(InputError, match=r"'crc@5': the stand-in for grbl-stage cannot .*stall"):
        check_taken("grbl-stage", ["stall@5+1", "crc@5"])
