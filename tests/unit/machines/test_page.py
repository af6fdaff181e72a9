"""The reference page shows the machine files as they are."""

from tools import machine_table


def test_page_is_up_to_date() -> None:
    hint = "run python -m tools.machine_table"
    assert machine_table.PAGE.read_text(encoding="utf-8") == machine_table.page(), hint
