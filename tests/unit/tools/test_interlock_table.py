"""The docs show the interlock table as it is."""

from linacsim.control.interlocks import TABLE
from linacsim.model.interlocks import Effect
from tools import interlock_table


def test_page_is_up_to_date() -> None:
    hint = "run python -m tools.interlock_table"
    assert interlock_table.PAGE.read_text(encoding="utf-8") == interlock_table.page(), hint


def test_every_effect_has_a_meaning_and_every_interlock_a_row() -> None:
    assert set(interlock_table.EFFECTS) == set(Effect)
    rows = [line for line in interlock_table.page().splitlines() if line.startswith("| ")]
    for row in TABLE:
        assert sum(line.startswith(f"| {row.name} |") for line in rows) == 1
