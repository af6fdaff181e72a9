"""The page frame of reports."""

from pathlib import Path

import pytest
from lxml import html

from linacsim.model.findings import InputError
from linacsim.review.report import (
    Facts,
    Mood,
    Notice,
    Page,
    Picture,
    Section,
    Table,
    Text,
    render,
    write_page,
)

TAGS = '<script>alert("x")</script> & "quoted"'


def page(text: str = TAGS) -> Page:
    blocks = [
        Notice(text, Mood.BAD),
        Text(text),
        Facts([(text, text)]),
        Table((text, "number"), [(text, "1")], left=(text,), caption=text),
        Table(("a",), [("2",)], caption=text, folded=True),
        Picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>", text),
    ]
    sections = [Section("One", blocks), Section("Two words", []), Section("Three", [])]
    return Page(text, text, sections, [Notice(text)], [("file", text)])


def test_texts_are_escaped_wherever_they_stand() -> None:
    tree = html.fromstring(render(page()))
    assert not tree.xpath("//script")
    shown = [e.text_content() for e in tree.iter("h1", "dd", "dt", "td", "th", "caption", "p")]
    assert sum(TAGS in text for text in shown) >= 9
    assert TAGS in tree.xpath("//img/@alt")


def test_nothing_is_loaded_and_the_page_says_so_to_the_browser() -> None:
    tree = html.fromstring(render(page()))
    assert tree.xpath("//meta[@http-equiv]/@content") == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    ]
    loads = [*tree.xpath("//@src"), *tree.xpath("//link/@href")]
    assert loads
    assert all(load.startswith("data:") for load in loads)
    assert "url(" not in render(page())


def test_contents_lead_to_the_sections() -> None:
    tree = html.fromstring(render(page()))
    assert tree.xpath("//nav//a/@href") == ["#one", "#two-words", "#three"]
    assert tree.xpath("//section/@id") == ["one", "two-words", "three"]


def test_words_of_safety_stand_first_and_last() -> None:
    words = html.fromstring(render(page())).xpath("//p[@class='safety']/text()")
    assert len(words) == 2
    assert all("Research and test use only" in text for text in words)


def test_a_file_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("mine")
    with pytest.raises(InputError, match="--overwrite"):
        write_page(page(), target)
    assert target.read_text() == "mine"
    write_page(page(), target, overwrite=True)
    assert "<h1>" in target.read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("report.pdf", "as .html"), ("no/report.html", "no such folder"), ("dir.html", "folder")],
)
def test_a_place_that_will_not_do_is_told(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "dir.html").mkdir()
    with pytest.raises(InputError, match=said):
        write_page(page(), tmp_path / name)
