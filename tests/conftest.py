"""Fixtures shared by all tests."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# How fast a machine is decides on no test, not even on making its data.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Let one more work than there are processors: live tests mostly wait for the clock."""
    return (os.cpu_count() or 1) + 1


def need(condition: bool, what: str) -> None:
    """Skip with a reason where something is missing; fail instead where CI must have it."""
    if condition:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI must have what this test needs: {what}")
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real plans, beams, logs and traces."""
    need(SHARED_DATA.is_dir(), "the real data folder ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    need(found is not None, "the browser Chromium")
    return str(found)
