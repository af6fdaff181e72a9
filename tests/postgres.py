"""A PostgreSQL server of the tests' own, on a socket in a folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version."""
OWNER = "postgres"


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a server with an empty database; yield its URL.

    Skips the test where PostgreSQL is not installed; in CI, where .ci/run installs it, fails.
    """
    found = sorted(PROGRAMS.glob("*/bin"))
    if not found:
        reason = "needs PostgreSQL (Debian: postgresql)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        data = folder / "data"
        _run(found[-1] / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        _run(found[-1] / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{OWNER}@/postgres?host={folder}"
        finally:
            _run(found[-1] / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _run(program: Path, *arguments: str | Path) -> None:
    """Run a program that refuses to be run by root as the server's own user."""
    words = [str(program), *map(str, arguments)]
    if os.geteuid() == 0:
        words = ["runuser", "-u", OWNER, "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")
