"""A page as a browser without network shows it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.image import imread

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
)
PATIENCE_S = 120
OF_THE_BROWSER = "not an origin"
"""Who asks for what the browser wants for itself: updates, dictionaries."""


@dataclass(frozen=True)
class Shown:
    """What a browser made of a page."""

    picture: np.ndarray
    """(height, width, 3) colours from 0 to 1."""
    console: list[str]
    """Lines of its console: errors, refusals."""
    asked: list[str]
    """Addresses that the page asked for."""


def show(chromium: str, page: Path, folder: Path, width: int, height: int) -> Shown:
    """Open a file in a new browser without network."""
    net, picture = folder / "net.json", folder / "page.png"
    words = [
        chromium,
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={net}",
        f"--window-size={width},{height}",
        f"--screenshot={picture}",
        page.resolve().as_uri(),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert picture.is_file(), done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return Shown(imread(picture)[..., :3], console, _asked(json.loads(net.read_text())))


def _asked(log: dict) -> list[str]:
    start = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    events = [event.get("params", {}) for event in log["events"] if event["type"] == start]
    jobs = [params for params in events if "url" in params]
    return [job["url"] for job in jobs if job.get("initiator") != OF_THE_BROWSER]
