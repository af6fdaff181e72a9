"""The page of sensors says what their file says."""

from linacsim.motion.presets import sensor_names
from tools import sensor_table


def test_the_page_is_up_to_date() -> None:
    hint = "run python -m tools.sensor_table"
    assert sensor_table.PAGE.read_text(encoding="utf-8") == sensor_table.page(), hint


def test_each_sensor_has_its_row_and_its_numbers() -> None:
    page = sensor_table.page()
    for name in sensor_names():
        assert f"| `{name}` |" in page
        assert f"## {name}" in page
