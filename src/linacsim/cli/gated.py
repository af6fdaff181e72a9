"""Gating figures and their picture for people."""

from typing import TYPE_CHECKING

from linacsim.cli.terminal import Terminal

if TYPE_CHECKING:
    from linacsim.scenario.running import Report


def show_gating(report: "Report", terminal: Terminal) -> None:
    """Write the figures of gating; nothing where nothing moved."""
    from linacsim.review.gating_table import gating_rows

    figures = report.gating.figures if report.gating else None
    for name, value in gating_rows(figures) if figures else ():
        terminal.remark(f"{name:28}  {value}")


def draw_gated(report: "Report", terminal: Terminal) -> str | None:
    """Draw motion, gate and beam beside the log; None where there is no log or no motion."""
    log = report.outcome.files.log
    if log is None or report.gating is None:
        return None
    picture = report.gating.draw(log.with_suffix(".gating.png"))
    if picture is not None:
        terminal.say(f"picture  {picture}")
    return None if picture is None else str(picture)
