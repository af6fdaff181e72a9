"""Gating figures and their picture for people."""

import sys
from typing import TYPE_CHECKING

from linacsim.cli.terminal import Terminal

if TYPE_CHECKING:
    from linacsim.scenario.gated import Gated
    from linacsim.scenario.recorder import Files

_PIPE_WIDTH = 120
"""Columns where the output is no terminal."""


def show_gating(gated: "Gated | None", terminal: Terminal) -> None:
    """Write the figures of gating as a table; nothing where nothing moved."""
    figures = gated.figures if gated else None
    if figures is None or terminal.json or terminal.quiet:
        return
    from rich.console import Console
    from rich.table import Table

    from linacsim.review.gating_table import HEADINGS, gating_rows

    shown = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        shown.add_column(heading, justify="left" if heading in ("figure", "of") else "right")
    for row in gating_rows(figures):
        shown.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    with console.capture() as drawn:
        console.print(shown)
    if gated is not None and gated.truth:
        terminal.remark(f"truth: {gated.truth}{_by_motion(gated)}")
    for line in drawn.get().splitlines():
        terminal.remark(line.rstrip())


def _by_motion(gated: "Gated") -> str:
    """Return the latencies as the motion has them that the stage was to play."""
    figures = gated.figures_by_motion
    if figures is None or figures.beam_off_latency is None or figures.beam_on_latency is None:
        return ""
    off, on = figures.beam_off_latency.mean_ms, figures.beam_on_latency.mean_ms
    return f" (by the motion it was to play: beam off after {off:.0f} ms, on after {on:.0f} ms)"


def draw_gated(gated: "Gated | None", files: "Files", terminal: Terminal) -> str | None:
    """Draw motion, gate and beam beside the log; None where there is no log or no motion."""
    if files.log is None or gated is None:
        return None
    picture = gated.draw(files.log.with_suffix(".gating.png"))
    if picture is not None:
        terminal.say(f"picture  {picture}")
    return None if picture is None else str(picture)
