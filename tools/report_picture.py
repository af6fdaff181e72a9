"""Draw docs/images/report.png: what a browser shows of a report of an emulated delivery.

Delivers a shipped beam, reports it against its plan, and has Chromium take the picture:

    python -m tools.report_picture
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEAM = ROOT / "scenarios" / "beams" / "dynamic-arc.xml"
PICTURE = ROOT / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 900, 2480


def main() -> int:
    """Write the picture; 2 where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("this needs the browser Chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _linacsim("deliver", BEAM, "--out", folder, "--quiet")
        [log] = folder.glob("*.bin")
        log = log.rename(folder / "dynamic-arc.bin")
        page = folder / "report.html"
        _linacsim("log", "report", log, "--against", BEAM, "--out", page)
        _photograph(chromium, page, folder)
    print(PICTURE.relative_to(ROOT))
    return 0


def _linacsim(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "linacsim", *words], check=True)


def _photograph(chromium: str, page: Path, folder: Path) -> None:
    words = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={WIDTH},{HEIGHT}",
        f"--screenshot={PICTURE}",
        page.as_uri(),
    ]
    subprocess.run(words, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
