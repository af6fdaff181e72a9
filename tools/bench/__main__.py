"""Runs all benchmarks, or those named: python -m tools.bench [startup engine ...].

A benchmark is a module of this package with `run() -> list[Row]`, or with `main()` that prints.
"""

import importlib
import platform
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__main__", "__init__", "row"}


def main(names: list[str]) -> None:
    """Run benchmarks one after another."""
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)
    if unknown := set(names) - set(known):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    print(f"Python {platform.python_version()}, {platform.machine()}")
    for name in names or known:
        print(f"\n{name}")
        module = importlib.import_module(f"tools.bench.{name}")
        if hasattr(module, "run"):
            print("\n".join(str(row) for row in module.run()))
        else:
            module.main()


if __name__ == "__main__":
    main(sys.argv[1:])
