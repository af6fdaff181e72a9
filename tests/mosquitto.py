"""Mosquitto for tests: on a free loopback port, with TLS and passwords where asked for."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

USER, PASSWORD = "linac", "correct horse"
PATIENCE_S = 10.0


def need(program: str, package: str) -> str:
    """Return where a program is; skip without it, fail in CI, where .ci/run installs it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        reason = f"needs the program {program} (Debian: {package})"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return str(found)


@dataclass
class Mosquitto:
    """A broker that can be killed and started again on the same port."""

    folder: Path
    tls: bool = False
    passwords: bool = False
    port: int = 0
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def url(self) -> str:
        user = f"{USER}@" if self.passwords else ""
        return f"mqtt{'s' if self.tls else ''}://{user}127.0.0.1:{self.port}"

    def start(self) -> "Mosquitto":
        """Run and wait until clients may come."""
        program = need("mosquitto", "mosquitto")
        self.port = self.port or _free_port()
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(self._settings()) + "\n")
        self._process = subprocess.Popen(
            [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return self
            time.sleep(0.02)
        raise AssertionError("mosquitto did not start")

    def kill(self) -> None:
        """End it without a word, as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it politely."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None

    def _settings(self) -> Iterator[str]:
        yield "user root"
        yield "persistence false"
        yield f"listener {self.port} 127.0.0.1"
        yield f"allow_anonymous {str(not self.passwords).lower()}"
        yield "set_tcp_nodelay true"
        if self.passwords:
            file = self.folder / "passwords"
            file.unlink(missing_ok=True)
            make = [need("mosquitto_passwd", "mosquitto"), "-b", "-c", str(file), USER, PASSWORD]
            subprocess.run(make, check=True, capture_output=True)
            yield f"password_file {file}"
        if self.tls:
            make_certificates(self.folder)
            yield f"certfile {self.folder / 'server.pem'}"
            yield f"keyfile {self.folder / 'server.key'}"


@contextmanager
def broker(folder: Path, *, tls: bool = False, passwords: bool = False) -> Iterator[Mosquitto]:
    """Run a broker and end it by its id."""
    made = Mosquitto(folder, tls, passwords)
    try:
        yield made.start()
    finally:
        made.stop()


def make_certificates(folder: Path, authority: str = "ca") -> None:
    """Write an authority's certificate, and a server's for 127.0.0.1 with its key."""
    openssl = need("openssl", "openssl")
    if (folder / f"{authority}.pem").exists():
        return
    new = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = folder / "names.ext"
    names.write_text("subjectAltName=IP:127.0.0.1\n")
    ca, key = folder / f"{authority}.pem", folder / f"{authority}.key"
    server = [str(folder / f"server.{end}") for end in ("pem", "key", "csr")]
    sign = ["x509", "-req", "-in", server[2], "-CA", str(ca), "-CAkey", str(key)]
    for command in (
        ["req", "-x509", *new, "-keyout", str(key), "-out", str(ca), "-subj", f"/CN={authority}"],
        ["req", *new[:3], "-keyout", server[1], "-out", server[2], "-subj", "/CN=127.0.0.1"],
        [*sign, "-CAcreateserial", "-out", server[0], "-days", "2", "-extfile", str(names)],
    ):
        subprocess.run([openssl, *command], check=True, capture_output=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
