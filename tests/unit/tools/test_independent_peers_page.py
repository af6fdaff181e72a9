"""The page on independent peers names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "explanation" / "independent-peers.md"


def test_each_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[a-z0-9_/]+\.py)`", PAGE.read_text("utf-8")))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / name).is_file()} == set()
