"""A running Orthanc, the open archive: an independent judge of what is sent to it."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import need

_START_S = 30.0


@contextmanager
def archive(folder: Path) -> Iterator[int]:
    """Run Orthanc with its storage in a folder; yield the port of its DICOM node."""
    program = shutil.which("Orthanc")
    need(program is not None, "Orthanc (Debian orthanc)")
    port = _free_port()
    config = folder / "orthanc.json"
    config.write_text(
        json.dumps(
            {
                "StorageDirectory": str(folder / "archive"),
                "IndexDirectory": str(folder / "archive"),
                "DicomPort": port,
                "HttpServerEnabled": False,
                "DicomCheckCalledAet": False,
                "DicomAlwaysAllowFind": True,
            }
        )
    )
    with (folder / "orthanc.log").open("w") as log:
        process = subprocess.Popen([str(program), str(config)], stdout=log, stderr=log)
        try:
            assert _listens(port, process), (folder / "orthanc.log").read_text()
            yield port
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False
