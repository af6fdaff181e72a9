"""The page of states and its pictures are those of the tables."""

import pytest

from linacsim.control.elekta.stages import Stage
from linacsim.model.signals import State
from tools import state_diagram

HINT = "run python -m tools.state_diagram"


def test_page_is_up_to_date() -> None:
    assert state_diagram.PAGE.read_text(encoding="utf-8") == state_diagram.page(), HINT


@pytest.mark.parametrize("diagram", state_diagram.DIAGRAMS, ids=lambda one: one.title)
def test_picture_is_up_to_date(diagram: state_diagram.Diagram) -> None:
    drawn = diagram.path.read_text(encoding="utf-8")
    assert f"<!-- table {diagram.digest()} -->" in drawn, HINT


@pytest.mark.parametrize(
    ("diagram", "every"), list(zip(state_diagram.DIAGRAMS, (State, Stage), strict=True))
)
def test_every_state_is_drawn(diagram: state_diagram.Diagram, every: type[State | Stage]) -> None:
    drawn = diagram.dot()
    assert all(f'"{state_diagram.name_of(state)}"' in drawn for state in every)
