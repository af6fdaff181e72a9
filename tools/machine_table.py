"""Write docs/reference/machines.md: every number of the shipped machines with its source.

Run it after a machine file has changed; a test compares the page with the files.
"""

from collections.abc import Iterator
from pathlib import Path

from linacsim.machines import machine_names
from linacsim.machines.tables import Sourced, Table, read_chain, shipped_files

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "machines.md"

INTRO = """# Machines

The machines that come with linacsim, and where each of their numbers comes from. Research and
test use only: these descriptions make an emulator behave like a machine; they are no statement
about any real one.

This page is written by `python -m tools.machine_table` from the files in
`src/linacsim/machines/data`. To describe a machine of your own, see [](../how-to/own-machine.md).

Positions are in the Varian internal scale: degrees for rotations, centimetres at the isocentre
plane otherwise. In the sources *manual* is the TrueBeam Developer Mode 2.0 manual; *log-formats*,
*numbers* and *real-data* are research notes of this project; *DP* is the conformance statement of
Desktop Pro 7.0.1, and *as the TrueBeam base* means that nothing else was found. **Assumed** marks a
number for which no public value was found: it is a choice, and yours may be better.
"""


def page() -> str:
    """Return the text of the page."""
    names = machine_names()
    tables = {name: read_chain(shipped_files()[name]) for name in names}
    systems = dict.fromkeys(table.header["control_system"] for table in tables.values())
    lines = [INTRO, *_overview(tables)]
    for system in systems:
        ours = {n: t for n, t in tables.items() if t.header["control_system"] == system}
        lines += [*_shared(ours, system), *_own(ours)]
    return "\n".join([*lines, ""])


def _overview(tables: dict[str, Table]) -> Iterator[str]:
    yield "| name | machine | MLC model |"
    yield "|---|---|---|"
    for name, table in tables.items():
        yield f"| `{name}` | {table.header['title']} | {table.words['mlc.model']} |"
    yield ""


def _shared(tables: dict[str, Table], system: str) -> Iterator[str]:
    yield f"## What all with the control system {system} share"
    yield ""
    first = next(iter(tables.values()))
    for section, keys in first.numbers.items():
        rows = {key: entry for key, entry in keys.items() if _same(tables, section, key)}
        yield from _section(section, rows)


def _own(tables: dict[str, Table]) -> Iterator[str]:
    for name, table in tables.items():
        yield f"## {name}"
        yield ""
        for section, keys in table.numbers.items():
            rows = {key: entry for key, entry in keys.items() if not _same(tables, section, key)}
            yield from _section(section, rows)


def _same(tables: dict[str, Table], section: str, key: str) -> bool:
    found = [table.numbers.get(section, {}).get(key) for table in tables.values()]
    return all(entry == found[0] for entry in found)


def _section(section: str, rows: dict[str, Sourced]) -> Iterator[str]:
    if not rows:
        return
    yield f"### {section}"
    yield ""
    yield "| key | value | source |"
    yield "|---|---|---|"
    for key, entry in rows.items():
        yield f"| `{key}` | {_value(entry.value)} | {_marked(entry.source)} |"
    yield ""


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_item(item) for item in value)
    return _item(value)


def _item(value: object) -> str:
    if isinstance(value, list):
        return " x ".join(_item(part) for part in value)
    assert isinstance(value, int | float)
    return f"{value:g}"


def _marked(source: str) -> str:
    return source.replace("assumed", "**assumed**")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
