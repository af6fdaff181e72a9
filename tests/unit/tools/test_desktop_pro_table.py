"""The docs show the rule table of the node as it is."""

from tools import desktop_pro_table


def test_page_is_up_to_date() -> None:
    hint = "run python -m tools.desktop_pro_table"
    assert desktop_pro_table.PAGE.read_text(encoding="utf-8") == desktop_pro_table.page(), hint
