"""A running node, and DCMTK's programs to send to it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from linacsim.dicom.desktop_pro.console import Console, Mask
from linacsim.dicom.desktop_pro.database import Service
from linacsim.dicom.desktop_pro.node import Node, Surroundings
from linacsim.dicom.desktop_pro.settings import NodeSettings
from linacsim.scenario.node import elements_of
from tests.conftest import need
from tests.elekta_plans import CONSOLE

TITLE, SENDER = "EOS RTD", "PLANNER"
WHEN = datetime(2024, 3, 1, 12, 15, 45)


class Running:
    """A node on a free port with its database and what it said."""

    def __init__(self, node: Node, service: Service, lines: list[str]) -> None:
        self.node, self.service, self.lines = node, service, lines

    @property
    def port(self) -> int:
        return self.node.port

    @property
    def statuses(self) -> list[str]:
        """Codes of the stores, in order."""
        return [line.split(": ")[1][:4] for line in self.lines if line.startswith("store from")]


@contextmanager
def running(
    folder: Path,
    settings: NodeSettings | None = None,
    console: Console = CONSOLE,
    masks: frozenset[Mask] = frozenset(),
) -> Iterator[Running]:
    """Run a node on a free port whose database is in the folder; `SENDER` may call it."""
    service = Service(f"sqlite:///{folder / 'service.db'}")
    callers = MappingProxyType({SENDER: masks})
    settings = replace(settings or NodeSettings(), port=0, callers=callers)
    lines: list[str] = []
    around = Surroundings(lines.append, elements_of, lambda: WHEN)
    node = Node(settings, console, service, around)
    try:
        yield Running(node, service, lines)
    finally:
        node.close()
        service.close()


def dcmtk(program: str) -> str:
    """Return where DCMTK's program is; other packages have programs of the same names."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(program, path=folder)
        if found:
            told = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30)
            if "dcmtk" in told.stdout:
                return found
    need(False, f"DCMTK's {program}")
    raise AssertionError


def call(
    program: str,
    port: int,
    *options: str,
    files: tuple[str, ...] = (),
    sender: str = SENDER,
    title: str = TITLE,
) -> str:
    """Run echoscu or storescu against the node and return all that it said."""
    command = [dcmtk(program), "-v", *options, "-aet", sender, "-aec", title]
    command += ["127.0.0.1", str(port), *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return f"{done.stdout}{done.stderr}exit {done.returncode}"


def store(port: int, *paths: Path, options: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """Send files by storescu in one association; return what it said and the statuses it got."""
    files = tuple(map(str, paths))
    told = call("storescu", port, "-d", "--no-halt", *options, files=files)
    return told, [found.upper() for found in re.findall(r"DIMSE Status +: 0x([0-9a-f]{4})", told)]
