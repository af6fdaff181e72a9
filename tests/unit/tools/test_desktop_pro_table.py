"""The docs show the rule table of the node as it is, and name tests that there are."""

import re
import subprocess
import sys

import pytest

from linacsim.dicom.desktop_pro.codes import Code
from tools import desktop_pro_table

NAMED = re.compile(r"`(?:(tests/system/\S+\.py)::)?(test_\w+(?:\[[\w-]+\])?)`")
SYSTEM = "tests/system/test_desktop_pro_dcmtk.py"


@pytest.fixture(scope="module")
def page() -> str:
    return desktop_pro_table.PAGE.read_text(encoding="utf-8")


def test_page_is_up_to_date(page: str) -> None:
    hint = "run python -m tools.desktop_pro_table"
    assert page == desktop_pro_table.page(), hint


def test_there_is_each_test_that_is_named(page: str) -> None:
    named = {f"{file or SYSTEM}::{test}" for file, test in NAMED.findall(page)}
    files = sorted({node.split("::")[0] for node in named})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    told = subprocess.run(
        [*command, *files], cwd=desktop_pro_table.ROOT, capture_output=True, text=True, check=True
    ).stdout
    collected = set(told.splitlines())
    whole = collected | {node.split("[")[0] for node in collected}
    assert len(named) > len(Code)
    assert named <= whole, sorted(named - whole)


@pytest.mark.parametrize("code", Code, ids=str)
def test_each_code_is_tested_over_an_association(page: str, code: Code) -> None:
    rows = [line for line in page.splitlines() if line.startswith(f"| {code} |")]
    assert rows
    assert all("test_" in row.split(" | ")[-1] for row in rows)
