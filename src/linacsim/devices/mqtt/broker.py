"""Where a broker is, and in words what is wrong when it cannot be reached."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from linacsim.model.findings import InputError

PORT, TLS_PORT = 1883, 8883

_NO_TLS = "does not speak TLS there: give its TLS port, or write mqtt://"
_LOST = (
    "ended the connection; if that goes on, another client has this name: two machines of the same "
    "site and device"
)
_PLAIN_CLUES = (
    ("timed out", "does not answer; if this is its TLS port, write mqtts://"),
    ("reset by peer", "hangs up; if this is its TLS port, write mqtts://"),
)
_TLS_CLUES = (
    ("WRONG_VERSION_NUMBER", _NO_TLS),
    ("reset by peer", _NO_TLS),
    ("UNEXPECTED_EOF", _NO_TLS),
)
_CLUES = (
    ("Not authorized", "refuses user or password"),
    ("Bad user name", "refuses user or password"),
    ("rotocol version", "does not speak MQTT 5; set version: 3.1.1"),
    ("taken over", _LOST),
    ("Unspecified error", _LOST),
    ("Disconnected during", _LOST),
    ("refused", "no broker listens there"),
    ("not known", "there is no such host"),
    ("timed out", "does not answer"),
)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and as whom we come."""

    host: str = "127.0.0.1"
    port: int = PORT
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    """Certificates of the authorities to trust; None: those that the system trusts."""
    version_5: bool = True
    """MQTT 5; else 3.1.1, for brokers that know no better."""

    @staticmethod
    def of(url: str) -> "Broker":
        """Read `mqtt://USER@HOST:PORT` or `mqtts://...`. Raises InputError."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.scheme not in ("mqtt", "mqtts") or parts.path not in ("", "/"):
            raise InputError("a broker is written mqtt://HOST:PORT or mqtts://USER@HOST:PORT")
        if parts.password is not None:
            raise InputError(
                f"the password for {host} does not belong in its URL, where many can read it: "
                "name a file or an environment variable that holds it"
            )
        tls = parts.scheme == "mqtts"
        user = unquote(parts.username) if parts.username else None
        return Broker(host, port or (TLS_PORT if tls else PORT), user, tls=tls)

    def __str__(self) -> str:
        """Return it without user and password."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext | None:
        """Return whom to trust; None without TLS. Raises InputError for an unreadable CA file."""
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # of which SSLError is one
            reason = "no certificate in it" if isinstance(error, ssl.SSLError) else error.strerror
            raise InputError(f"cannot read the CA file {self.ca_file}: {reason}") from error

    def why_not(self, error: BaseException) -> str:
        """Return in one line why it could not be reached, or was lost."""
        text = _first_line(error)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            detail = text.partition("verify failed: ")[2].partition(" (_ssl")[0]
            return f"{self}: its certificate is not trusted ({detail}); is ca_file right?"
        for clue, meaning in (*(_TLS_CLUES if self.tls else _PLAIN_CLUES), *_CLUES):
            if clue in text:
                return f"{self}: {meaning}"
        return f"{self}: {text}"


def _first_line(error: BaseException) -> str:
    """Return the innermost reason there is."""
    inner = error.__cause__
    if inner is not None and str(inner):
        return _first_line(inner)
    return (str(error).splitlines() or [type(error).__name__])[0]
