"""Tolerance files: every key known, units in key names, faults told with their place."""

import tomllib
from pathlib import Path

import pytest

from linacsim.model.axes import FIRST_LEAF, Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.review.compare import default_text, load_tolerances


def refusal(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_tolerances(path)
    told = str(refused.value)
    assert "mine.toml" in told
    assert "\n" not in told
    return told


def test_a_file_of_ones_own_changes_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("schema = 1\n[actual]\nleaf_cm = 0.1\n[couch]\njudge_standing = true\n")
    mine, shipped = load_tolerances(path), load_tolerances()
    assert mine["actual.leaf_cm"] == 0.1
    assert mine.judge_standing_couch
    assert not shipped.judge_standing_couch
    changed = {key for key in shipped.values if mine.values[key] != shipped.values[key]}
    assert changed == {"actual.leaf_cm", "couch.judge_standing"}


def test_the_shipped_file_can_be_read_as_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(default_text(), encoding="utf-8")
    assert load_tolerances(path) == load_tolerances()
    assert tomllib.loads(default_text())["schema"] == 1


def test_each_axis_has_its_tolerance() -> None:
    layout, tolerances = AxisLayout(60), load_tolerances()
    for column in ("expected", "actual"):
        values = tolerances.of_axes(column, layout)
        assert values.shape == (layout.n_axes,)
        assert values[Axis.GANTRY_RTN] == tolerances[f"{column}.gantry_deg"]
        assert (values[FIRST_LEAF:] == tolerances[f"{column}.leaf_cm"]).all()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("schema = 1\n[actual]\nleaf_mm = 0.1", "did you mean actual.leaf_cm?"),
        ("schema = 1\n[actuel]\nleaf_cm = 0.1", "did you mean actual?"),
        ("schema = 1\nleaf_cm = 0.1", "unknown key"),
        ("schema = 1\n[actual]\nleaf_cm = -0.1", "must be a number above 0, not -0.1"),
        ("schema = 1\n[actual]\nleaf_cm = '0.1'", "must be a number above 0, not '0.1'"),
        ("schema = 1\n[actual]\nleaf_cm = true", "must be a number above 0, not True"),
        ("schema = 1\n[actual]\nleaf_cm = nan", "must be a number above 0"),
        ("schema = 1\n[couch]\njudge_standing = 1", "must be true or false, not 1"),
        ("[actual]\nleaf_cm = 0.1", "must say schema = 1"),
        ("schema = 2", "must say schema = 1"),
        ("schema = 1\n[actual", "this is not TOML"),
    ],
)
def test_faults_are_told_with_key_and_hint(tmp_path: Path, text: str, what: str) -> None:
    assert what in refusal(tmp_path, text)
