"""The docs show the state table as it is."""

from tools import state_diagram


def test_page_and_picture_are_up_to_date() -> None:
    hint = "run python -m tools.state_diagram"
    assert state_diagram.PAGE.read_text(encoding="utf-8") == state_diagram.page(), hint
    drawn = state_diagram.PICTURE.read_text(encoding="utf-8")
    assert f"<!-- table {state_diagram.digest()} -->" in drawn, hint
