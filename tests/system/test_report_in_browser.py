"""Reports open from disk in a browser without network: nothing asked for, nothing amiss."""

import base64
from pathlib import Path

import numpy as np
import pytest
from lxml import etree, html
from typer.testing import CliRunner

from linacsim.cli.app import app
from tests.browser import show
from tests.reviewing import deliver_to, vmat

SKY_BLUE, VERMILLION = (86, 180, 233), (213, 94, 0)
"""Colours of what is expected and what is actual."""
EXTERNAL = ("src", "href", "srcset", "data", "action", "poster", "background")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    arc = deliver_to(folder / "arc.bin", vmat())
    held = deliver_to(folder / "held.bin", vmat(), hold_s=(25.0, 28.0), seed=2)
    target = folder / "report.html"
    words = ["log", "report", str(held), "--against", str(arc), "-o", str(target)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return target


def pixels(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(picture * 255 - colour) < 3).all(axis=2).sum())


def test_it_is_shown_whole_without_network(report: Path, chromium: str, tmp_path: Path) -> None:
    shown = show(chromium, report, tmp_path, 1000, 7000)
    assert shown.console == []
    assert shown.asked == []
    assert pixels(shown.picture, SKY_BLUE) > 500
    assert pixels(shown.picture, VERMILLION) > 500


def test_what_would_load_something_is_refused(report: Path, chromium: str, tmp_path: Path) -> None:
    """The test above can fail: an image from elsewhere is seen, and the page's policy bars it."""
    text = report.read_text(encoding="utf-8")
    foreign = text.replace("<main>", '<main><img src="http://example.invalid/x.png">')
    page = tmp_path / "foreign.html"
    page.write_text(foreign, encoding="utf-8")
    shown = show(chromium, page, tmp_path, 400, 400)
    assert any("Content Security Policy" in line for line in shown.console)
    assert shown.asked == []
    page.write_text(foreign.replace("http-equiv", "name"), encoding="utf-8")
    (tmp_path / "again").mkdir()
    again = show(chromium, page, tmp_path / "again", 400, 400)
    assert again.asked == ["http://example.invalid/x.png"]


def test_nothing_in_it_refers_to_anything_outside(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    tree = html.fromstring(text)
    for name in EXTERNAL:
        for value in tree.xpath(f"//@{name}"):
            assert value.startswith(("data:", "#")), value[:80]
    style = "".join(tree.xpath("//style/text()"))
    assert "@import" not in style
    assert "url(" not in style
    assert not tree.xpath("//script | //iframe | //object | //embed")


def test_its_pictures_are_whole_and_refer_to_themselves_only(report: Path) -> None:
    tree = html.fromstring(report.read_text(encoding="utf-8"))
    sources = tree.xpath("//figure/img/@src")
    assert len(sources) == 8
    for source in sources:
        svg = etree.fromstring(base64.b64decode(source.split(",", 1)[1]))
        for element in svg.iter():
            for name, value in element.attrib.items():
                if name.endswith("href") and not value.startswith("data:image/png"):
                    assert value.startswith("#")
    assert all(len(text) > 20 for text in tree.xpath("//figure/img/@alt"))
