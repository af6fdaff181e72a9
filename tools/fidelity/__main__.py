"""`python -m tools.fidelity DATA --date DATE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from linacsim.model.findings import InputError
from tools.fidelity.page import page, results

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "fidelity.md"


def main(words: Sequence[str] | None = None) -> int:
    """Measure and write; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.fidelity",
        description="Measure the emulator against logs of real machines and write the page.",
    )
    parser.add_argument("data", type=Path, help="folder that holds `logs` and `plans`")
    parser.add_argument("--date", required=True, help="date to state, such as 2026-01-31")
    parser.add_argument("-o", "--out", type=Path, default=PAGE, help="page to write")
    options = parser.parse_args(words)
    if not (options.data / "logs").is_dir():
        print(f"fidelity: {options.data}: holds no folder `logs`", file=sys.stderr)
        return 2
    try:
        text = page(results(options.data), options.date)
    except (InputError, OSError) as error:
        print(f"fidelity: {error}", file=sys.stderr)
        return 2
    options.out.write_text(text, encoding="utf-8")
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
