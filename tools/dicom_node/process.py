"""A node that runs as `linacsim serve` does, and a sender that costs it nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pynetdicom import _config
from pynetdicom.ae import ApplicationEntity as AE

from tests.elekta_plans import PLAN_CLASS, encoded, good_plan, long_arc
from tests.nodes import SENDER, TITLE

CONFIG = """\
schema: 1
node:
  port: 0
  callers: [{ae_title: PLANNER}]
  linacs: [{name: LINAC1}]
  tolerance_tables: [{name: NARROW, tolerances: {gantry_deg: 0.5}, devices_mm: {ASYMX: 2}}]
"""
_POINTS = 267
"""As many as make a plan of 200 KB."""
_HERTZ = 100.0
"""Units of the times in /proc."""


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """A running node."""

    pid: int
    port: int

    @property
    def cpu_s(self) -> float:
        """Processor time that it used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _HERTZ

    @property
    def resident_mb(self) -> float:
        """Memory that it holds."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (found,) = [line for line in lines if line.startswith("VmRSS:")]
        return int(found.split()[1]) / 1024


@contextmanager
def running_node(folder: Path) -> Iterator[NodeProcess]:
    """Run `linacsim serve` with its database in a folder."""
    config = folder / "node.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-u", "-m", "linacsim", "serve", str(config)]
    with (folder / "node.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
        try:
            yield NodeProcess(process.pid, port)
        finally:
            process.terminate()
            process.wait()
            drain.wait()


def plan_file(folder: Path, points: int = _POINTS) -> Path:
    """Write an arc; the default has 200 KB."""
    path = folder / f"arc-{points}.dcm"
    path.write_bytes(encoded(long_arc(good_plan(), points)))
    return path


def associated(port: int) -> Any:
    """Return an association that sends files as they are, without decoding them first."""
    _config.STORE_SEND_CHUNKED_DATASET = True
    entity = AE(ae_title=SENDER)
    entity.add_requested_context(PLAN_CLASS, "1.2.840.10008.1.2.1")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 600
    association = entity.associate("127.0.0.1", port, ae_title=TITLE)
    if not association.is_established:
        raise RuntimeError("the node does not take the association")
    return association
