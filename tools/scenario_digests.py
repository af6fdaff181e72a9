"""Digests of the frames of all shipped scenarios.

    python -m tools.scenario_digests

runs them and writes tests/system/digests.txt: a line per scenario with its number of ticks, then
a line per column of the frames, so that a difference shows which signals changed.
"""

from pathlib import Path

from linacsim.scenario.running import prepare, run_scenario

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "scenarios"
STORE = ROOT / "tests" / "system" / "digests.txt"
PLATFORM = "x86_64"
"""Where the stored digests were made; other processors may round differently."""

HEAD = (
    "# Digests of the frames of the scenarios, by column. Written by tools.scenario_digests.\n"
    "# A changed line means that the machine now behaves differently there.\n"
)

Digest = dict[str, str]
"""Ticks and the digest of each column."""


def scenario_files() -> list[Path]:
    """Return the shipped scenarios by name."""
    return sorted(SCENARIOS.glob("*.yaml"))


def digest_of(path: Path) -> Digest:
    """Run a scenario and return what its frames were."""
    digest = run_scenario(prepare(path)).outcome.digest
    return {"ticks": str(digest.ticks), **digest.columns()}


def read_store() -> dict[str, Digest]:
    """Return the stored digests by scenario; nothing where there is no file yet."""
    stored: dict[str, Digest] = {}
    if not STORE.is_file():
        return stored
    current: Digest = {}
    for line in STORE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            key, value = line.split()
            current[key] = value
        else:
            current = stored.setdefault(line.strip(), {})
    return stored


def main() -> None:
    """Write the store anew."""
    parts = [HEAD]
    for path in scenario_files():
        parts.append(f"\n{path.stem}\n")
        parts += [f"  {key:14}{value}\n" for key, value in digest_of(path).items()]
    STORE.write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
