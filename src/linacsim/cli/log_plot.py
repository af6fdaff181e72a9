"""`linacsim log plot`."""

from pathlib import Path
from typing import Annotated

import typer

from linacsim.cli.guard import DONE
from linacsim.cli.log_subject import Against, LogMachine, begins_as_trf, open_subject
from linacsim.cli.options import BeamNumber, GroupNumber
from linacsim.model.findings import InputError


def plot(
    log: Annotated[
        Path,
        typer.Argument(metavar="LOG", help="Trajectory log or journal.", show_default=False),
    ],
    figure: Annotated[
        str | None,
        typer.Option(
            "--figure",
            "-f",
            help="over-time, time-line, control-points, leaf-errors, histograms, speeds, fluence "
            "or gamma.  [default: a picture of a log with its busiest leaves, "
            "of a TRF log over-time]",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="PNG, SVG or PDF.  [default: PNG by the log's name and the figure's]",
            show_default=False,
        ),
    ] = None,
    against: Against = None,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: LogMachine = None,
) -> int:
    """Draw one figure of a delivery; without --figure MU, dose rate, gantry and busiest leaves."""
    if figure is None and begins_as_trf(log):
        figure, to = "over-time", to or log.with_suffix(".png")
    if figure is None:
        if against is not None:
            raise InputError("--against needs a --figure that shows differences")
        typer.echo(str(_draw_delivery(log, to or log.with_suffix(".png"))))
        return DONE
    from linacsim.review.canvas import check_suffix
    from linacsim.review.figures import FIGURES, draw_figure

    if figure not in FIGURES:
        raise InputError(f"there is no figure {figure!r}: choose one of {', '.join(FIGURES)}")
    target = to or log.with_name(f"{log.stem}-{figure}.png")
    check_suffix(target)
    typer.echo(str(draw_figure(figure, open_subject(log, machine, against, number, group), target)))
    return DONE


def _draw_delivery(log: Path, target: Path) -> Path:
    from linacsim.formats.trajectory_log import read_log
    from linacsim.review.delivery_plot import draw_delivery

    return draw_delivery(read_log(log), target)
