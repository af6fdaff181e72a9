"""Every rule in the code is in the reference, and every rule in the reference is in the code."""

import re
from pathlib import Path

import pytest

from tests.checking import all_rules

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "reference" / "rules"
SOURCE = ROOT / "src" / "linacsim"
FAMILIES = sorted({rule.partition(".")[0] for rule in all_rules()})
PARTS = ("What", "Why", "Source", "Example")


def sections(family: str) -> dict[str, str]:
    """Return the text under each heading that names a rule of the family."""
    text = (PAGES / f"{family}.md").read_text("utf-8")
    pieces = re.split(r"^#+ .*?`?([a-z-]+\.[a-z0-9-]+)`?.*$", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def in_code(folder: str, pattern: str) -> set[str]:
    """Return the rule names that modules of a folder report."""
    texts = (path.read_text("utf-8") for path in sorted((SOURCE / folder).rglob("*.py")))
    return {name for text in texts for name in re.findall(pattern, text)}


@pytest.mark.parametrize("family", FAMILIES)
def test_rules_of_the_checker_are_documented(family: str) -> None:
    rules = {rule for rule in all_rules() if rule.partition(".")[0] == family}
    assert set(sections(family)) == rules


@pytest.mark.parametrize("family", FAMILIES)
def test_each_rule_tells_severity_what_why_source_and_example(family: str) -> None:
    for name, text in sections(family).items():
        assert f"*{all_rules()[name].severity}*" in text, name
        for part in PARTS:
            assert re.search(rf"\*\*{part}\.\*\* \S", text), f"{name} has no {part}"


def test_rules_of_the_planner_are_documented() -> None:
    coded = in_code("planning", r'"(plan\.[a-z0-9-]+)"')
    assert coded
    assert set(sections("plan")) == coded


def test_rules_of_the_reader_are_documented() -> None:
    coded = in_code("formats/truebeam_xml", r'report\(\s*"([a-z0-9-]+)"')
    coded |= in_code("formats/truebeam_xml", r'"(dialect-[a-z0-9]+)"')
    coded |= in_code("formats/truebeam_xml", r'"structure\.([a-z0-9-]+)"')
    page = PAGES / "structure.md"
    if not page.exists():
        pytest.skip("the page of the reader's rules is not written yet")
    text = page.read_text("utf-8")
    assert set(re.findall(r"structure\.([a-z0-9-]+)", text)) == coded


def test_the_index_leads_to_every_page() -> None:
    index = (PAGES / "index.md").read_text("utf-8")
    pages = {path.stem for path in PAGES.glob("*.md")} - {"index"}
    assert {name for name in pages if f"]({name}.md)" not in index} == set()
