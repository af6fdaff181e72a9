"""`python -m tools.fit_machine LOG... -o machine.toml`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from linacsim.cli.table import show_table
from linacsim.machines import load_machine
from linacsim.model.findings import InputError, Place
from tools.fit_machine.fit import fit_machine
from tools.fit_machine.write import Fit, comparison, machine_file

DONE, BAD_INPUT = 0, 2
HEADINGS = ("number", "base", "fitted (95 %)", "observations", "logs")


def main(words: Sequence[str] | None = None) -> int:
    """Fit, tell, write; return the exit code."""
    options = _options(words)
    try:
        if options.out.exists() and not options.overwrite:
            raise InputError("exists already: add --overwrite", Place(str(options.out)))
        fit = fit_machine(options.logs, options.base, options.energy)
        _write(fit, options.out)
    except (InputError, OSError) as error:
        print(f"fit_machine: {error}", file=sys.stderr)
        return BAD_INPUT
    show_table(HEADINGS, comparison(fit), left=HEADINGS[:1])
    for item in fit.kept:
        print(f"kept  {item.dotted}: {item.why}")
    print(f"machine  {options.out}")
    return DONE


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.fit_machine",
        description="Estimate the numbers of a machine from its trajectory logs. Research and "
        "test use only.",
    )
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG", help="trajectory log")
    parser.add_argument("-o", "--out", type=Path, required=True, help="machine file to write")
    parser.add_argument("--base", help="shipped machine to start from (default: by the logs' MLC)")
    parser.add_argument("--energy", help="energy of all logs, such as 6x (default: as each says)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file")
    return parser.parse_args(words)


def _write(fit: Fit, out: Path) -> None:
    """Write the machine file, and see that it is one."""
    draft = out.with_name(f".{out.name}.draft.toml")
    try:
        draft.write_text(machine_file(fit, out.stem), encoding="utf-8")
        load_machine(draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
