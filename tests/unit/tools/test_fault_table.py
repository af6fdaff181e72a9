"""The docs show the fault catalogue and the stubs' faults as they are."""

from linacsim.devices.catalogue import Reaction
from linacsim.stubs.faults import Kind
from tools import fault_table


def test_page_is_up_to_date() -> None:
    hint = "run python -m tools.fault_table"
    assert fault_table.PAGE.read_text(encoding="utf-8") == fault_table.page(), hint


def test_every_reaction_and_every_kind_is_there() -> None:
    assert set(fault_table.REACTIONS) == set(Reaction)
    for kind in Kind:
        assert f"| `{kind}`" in fault_table.page()
