"""Draw the supervisors' state tables for the docs.

    python -m tools.state_diagram

writes docs/reference/states.md (every state with every event) and a picture of each table in
docs/images. Pictures are laid out by Graphviz (`dot`); each carries the digest of what it was drawn
from, so that a test can see whether it is up to date without Graphviz.
"""

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from linacsim.control import states
from linacsim.control.elekta import stages
from linacsim.model.signals import State

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "states.md"
IMAGES = ROOT / "docs" / "images"

HEAD = ("| event | leads to | action or reason |", "|---|---|---|")


@dataclass(frozen=True)
class Diagram:
    """One state table and how it is shown."""

    title: str
    module: str
    intro: str
    picture: str
    table: Mapping[Any, Mapping[Any, Any]]
    left_out: tuple[Enum, ...]
    """Events not drawn: they lead to the same state wherever the machine stands."""
    more: tuple[str, ...] = ()
    """What else is drawn, in Graphviz's language."""

    @property
    def path(self) -> Path:
        """Where the picture is."""
        return IMAGES / self.picture

    def arrows(self) -> dict[tuple[str, str], list[str]]:
        """Return the labels of each arrow that is drawn."""
        out: dict[tuple[str, str], list[str]] = {}
        for state, row in self.table.items():
            for happening, entry in row.items():
                if not hasattr(entry, "target") or happening in self.left_out:
                    continue
                ends = name_of(state), name_of(entry.target)
                if ends[0] != ends[1]:
                    out.setdefault(ends, []).append(str(happening.value))
        return out

    def dot(self) -> str:
        """Return the diagram in Graphviz's language."""
        lines = [
            "digraph states {",
            'graph [rankdir=TB, nodesep=0.5, ranksep=0.55, fontname="sans-serif"];',
            'node [shape=box, style="rounded,filled", fillcolor="#dbe9f6", color="#2b5c8a", '
            'fontname="sans-serif", fontsize=12];',
            'edge [fontname="sans-serif", fontsize=10, color="#444444"];',
            *self.more,
        ]
        for (source, target), names in self.arrows().items():
            label = "\\n".join(names)
            lines.append(f'"{source}" -> "{target}" [label="{label}"];')
        return "\n".join([*lines, "}"]) + "\n"

    def digest(self) -> str:
        """Return the mark that ties the picture to the table."""
        return hashlib.sha256(self.dot().encode()).hexdigest()[:16]

    def lines(self) -> Iterator[str]:
        """Yield the lines of its part of the page."""
        yield from (f"## {self.title}", "", f"From `{self.module}`. {self.intro}", "")
        yield from (f"![States and what leads from one to another](../images/{self.picture})", "")
        for state, row in self.table.items():
            yield from (f"### {name_of(state)}", "", *HEAD)
            for happening, entry in row.items():
                if hasattr(entry, "reason"):
                    yield f"| {happening.value} | refused | {entry.reason} |"
                elif hasattr(entry, "target"):
                    action = entry.action.value if entry.action else ""
                    yield f"| {happening.value} | {name_of(entry.target)} | {action} |"
            yield ""


def name_of(state: Any) -> str:
    """Return what a state is called; None is the standby of a TrueBeam."""
    if state is None:
        return "standby"
    return state.name if isinstance(state, State) else str(state)


DIAGRAMS = (
    Diagram(
        "TrueBeam",
        "linacsim.control.states",
        "*standby* is PREPARED, or INTERRUPTED once the beam has begun. Loading leads to LOADED, "
        "and unloading to IDLE, wherever the machine stands.",
        "states.svg",
        states.TABLE,
        (states.Happening.LOAD, states.Happening.UNLOAD),
        (
            'standby [shape=ellipse, fillcolor="#f5f5f5"];',
            'standby -> "PREPARED" [style=dashed, label="not begun"];',
            'standby -> "INTERRUPTED" [style=dashed, label="begun"];',
            '"IDLE" -> "LOADED" [label="load"];',
        ),
    ),
    Diagram(
        "Elekta",
        "linacsim.control.elekta.stages",
        "[](elekta-fields.md) says which linac state of a TRF log each stage is. "
        "Unloading leads to *closed*, and prescribing another field to *closed, field prescribed*, "
        "before the start and after the end.",
        "elekta-states.svg",
        stages.TABLE,
        (stages.Happening.PRESCRIBE, stages.Happening.UNLOAD),
        ('"closed" -> "closed, field prescribed" [label="prescribe"];',),
    ),
)


def page() -> str:
    """Return the reference page."""
    parts = [
        "# States of the supervisors",
        "",
        "Generated by `python -m tools.state_diagram`: every state with every event. Events that",
        "are not listed under a state mean nothing there.",
        "",
    ]
    for diagram in DIAGRAMS:
        parts += diagram.lines()
    return "\n".join(parts).rstrip() + "\n"


def main() -> None:
    """Write page and pictures."""
    PAGE.write_text(page(), encoding="utf-8")
    for diagram in DIAGRAMS:
        drawn = subprocess.run(
            ["dot", "-Tsvg"], input=diagram.dot(), capture_output=True, text=True, check=True
        ).stdout
        marked = f"{drawn.rstrip()}\n<!-- table {diagram.digest()} -->\n"
        diagram.path.write_text(marked, encoding="utf-8")


if __name__ == "__main__":
    main()
