"""The page frame of reports."""

import base64
import builtins
from pathlib import Path

import numpy as np
import pytest
from lxml import html
from matplotlib.image import imsave

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
    check_target,
    render,
    write_page,
)
from linacsim.review.report.render import pdf_of
from tests.conftest import need

TAGS = '<script>alert("x")</script> & "quoted"'


def need_pdf() -> None:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        need(False, "WeasyPrint with Pango")


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
    [
        ("report.docx", r"as \.html or \.pdf"),
        ("no/report.html", "no such folder"),
        ("dir.html", "folder"),
    ],
)
def test_a_place_that_will_not_do_is_told(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "dir.html").mkdir()
    with pytest.raises(InputError, match=said):
        write_page(page(), tmp_path / name)


def test_pdf_is_made_of_the_same_page(tmp_path: Path) -> None:
    need_pdf()
    path = write_page(page("plain text"), tmp_path / "report.pdf")
    assert path.read_bytes().startswith(b"%PDF-")
    assert len(path.read_bytes()) > 3000


def test_pdf_takes_pictures_of_the_page_and_fetches_nothing(tmp_path: Path) -> None:
    need_pdf()
    image = tmp_path / "image.png"
    imsave(image, np.eye(8))
    within = "data:image/png;base64," + base64.b64encode(image.read_bytes()).decode()
    assert b"/Image" in pdf_of(f"<img src='{within}'>")
    for source in (image.as_uri(), "http://127.0.0.1:9/x.png"):
        assert b"/Image" not in pdf_of(f"<img src='{source}'>")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(ImportError("no module"), r"linacsim\[pdf\]"), (OSError("cannot load"), "Pango")],
)
def test_what_pdf_lacks_is_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception, said: str
) -> None:
    def fails(name: str, *rest: object) -> object:
        if name == "weasyprint":
            raise trouble
        return original(name, *rest)

    original = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", fails)
    with pytest.raises(InputError, match=said):
        check_target(tmp_path / "report.pdf", overwrite=False)
