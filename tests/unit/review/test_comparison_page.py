"""The page of a comparison: it holds what was found and loads nothing."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.review.compare import compare, side_by_side
from linacsim.review.compare.page import comparison_page
from linacsim.review.recording import Recording
from linacsim.review.report import render
from tests.recordings import made

LEAF = FIRST_LEAF + 4


@pytest.fixture
def a() -> Recording:
    return made(np.linspace(0, 10, 500), axes={Axis.GANTRY_RTN: lambda t: 180 + 3 * t})


def page(a: Recording, b: Recording) -> str:
    return render(comparison_page(compare(a, b), side_by_side(a, b)[0], (("a.bin", "digest"),)))


def test_it_tells_what_was_found(a: Recording) -> None:
    actual = a.actual.copy()
    actual[100:300, LEAF] += 0.1
    html = page(a, replace(a, name="<b>&", actual=actual))
    assert "1 difference" in html
    assert "leaf A5" in html
    assert "offset" in html
    assert "<b>&" not in html
    assert "<b>&" in unescape(html)
    assert len(re.findall(r"<img ", html)) == 3


def test_nothing_found_is_told_too(a: Recording) -> None:
    html = page(a, a)
    assert "same within the tolerances" in html
    assert "Nothing differs by more than the tolerances." in html
    assert len(re.findall(r"<img ", html)) == 2


def test_it_loads_nothing_and_is_the_same_each_time(a: Recording) -> None:
    html = page(a, a)
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", html)
    assert "<script" not in html
    assert html == page(a, a)


def test_a_page_that_exists_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("mine")
    words = ["log", "compare", "a.bin", "b.bin", "--html", str(target)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "add --overwrite" in result.stderr
    assert target.read_text() == "mine"
