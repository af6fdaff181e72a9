"""Time of commands from a cold interpreter, against the bare interpreter and its imports."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tools.bench.row import Row, median_s

ROOT = Path(__file__).resolve().parents[2]
BEAM = ROOT / "scenarios" / "beams" / "beam-on.xml"


def run() -> list[Row]:
    """Measure help and the delivery of the simplest beam."""
    bare_s = median_s(lambda: _python("-c", "pass"))
    imports_s = median_s(lambda: _python("-c", "import numpy, lxml.etree, simpy, typer"))
    help_s = median_s(lambda: _python("-m", "linacsim", "--help"))
    with tempfile.TemporaryDirectory() as out:
        deliver = ("-m", "linacsim", "deliver", "--quiet", str(BEAM), "--out", out)
        deliver_s = median_s(lambda: _python(*deliver))
    return [
        Row("linacsim --help", help_s, "python -c pass", bare_s, help_s / bare_s, "300 ms"),
        Row(
            "linacsim deliver beam-on.xml",
            deliver_s,
            "imports of numpy, lxml, simpy, typer",
            imports_s,
            deliver_s / imports_s,
            "1000 ms",
        ),
    ]


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT)
