"""Tests that live by the clock."""

from collections.abc import Iterator

import pytest

from tests.live import ahead


@pytest.fixture(autouse=True, scope="module")
def _ahead() -> Iterator[None]:
    with ahead():
        yield
