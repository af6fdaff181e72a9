"""Stubs as processes, for tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def needs(program: str, package: str) -> None:
    """Skip the test where a program is not installed; in CI, where .ci/run installs it, fail."""
    if shutil.which(program) is None:
        reason = f"needs the program {program} (Debian: {package})"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@contextmanager
def stub(*arguments: str) -> Iterator[str]:
    """Run `linacsim stub` with these arguments; yield where it is; end it by its id."""
    with stub_process(*arguments) as (where, _):
        yield where


@contextmanager
def stub_process(*arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """As `stub`; yield its process too."""
    process = subprocess.Popen(
        [sys.executable, "-m", "linacsim", "stub", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " at " in line, process.stderr.read() if process.stderr else ""
        yield line.split(" at ")[1].strip(), process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
