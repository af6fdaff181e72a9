"""`linacsim log report`."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, complain, told
from linacsim.cli.log_subject import (
    Against,
    Distance,
    Dose,
    LogMachine,
    Pixel,
    Threshold,
    begins_as_trf,
    open_subject,
)
from linacsim.cli.options import BeamNumber, GroupNumber, Json
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.review.delivery_report import Reported
    from linacsim.review.figures import Subject
    from linacsim.review.fluence import Criteria
    from linacsim.review.log_check import LogCheck


def report(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG...", help="Trajectory logs or journals.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--out", "-o", help="File to write: .html, or .pdf.")
    ] = Path("report.html"),
    against: Against = None,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: LogMachine = None,
    pixel: Pixel = None,
    dose: Dose = 1.0,
    distance: Distance = 1.0,
    threshold: Threshold = 10.0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it is there.")
    ] = False,
    json: Json = False,
) -> int:
    """Write all about deliveries into one HTML or PDF file that opens from disk.

    The exit code is 2 if one of several cannot be reported; the file then holds the others.
    """
    from linacsim.review.delivery_report import delivery_page
    from linacsim.review.fluence import Criteria
    from linacsim.review.report import check_target, write_page

    check_target(output, overwrite=overwrite)
    criteria = Criteria(dose, distance, threshold)
    terminal = Terminal(json)
    deliveries: list[Reported] = []
    unusable: list[str] = []
    for path in logs:
        try:
            deliveries.append(_reported(path, machine, against, number, group, pixel, criteria))
        except (InputError, OSError) as error:
            unusable.append(told(error))
            complain(unusable[-1])
    code = BAD_INPUT if unusable else DONE
    if deliveries:
        provenance = _provenance([*logs, *([against] if against else [])], deliveries)
        page = delivery_page(deliveries, provenance, unusable)
        terminal.say(f"report   {write_page(page, output, overwrite=overwrite)}")
    written = str(output) if deliveries else None
    reported = [one.subject.recording.name for one in deliveries]
    terminal.result({"report": written, "deliveries": reported, "unusable": unusable})
    return code


def _reported(
    path: Path,
    machine: str | None,
    against: Path | None,
    number: int | None,
    group: int | None,
    pixel: float | None,
    criteria: "Criteria",
) -> "Reported":
    """Open, measure and compare a delivery, so that what is wrong with it is told now."""
    from linacsim.review.delivery_report import Reported

    subject = open_subject(path, machine, against, number, group, pixel_mm=pixel, criteria=criteria)
    _ = subject.metrics
    if against is not None:
        _ = subject.comparison
    check, why_not = _checked(path, subject)
    return Reported(subject, check, why_not)


def _checked(path: Path, subject: "Subject") -> tuple["LogCheck | None", str]:
    """Return what the independent check says of a log, or why it does not."""
    from linacsim.formats.trajectory_log import read_log
    from linacsim.review.log_check import check_log

    if subject.recording.state is not None or subject.recording.planned:
        return None, "this is no log; a run is judged while it runs"
    if begins_as_trf(path):
        return None, "it is for trajectory logs: a TRF log tells where axes end, not their course"
    if subject.machine is None:
        return None, "no shipped machine has this MLC"
    try:
        log = read_log(path)
    except InputError:  # it was opened as a delivery, so it is a log of another kind
        return None, "the check is for trajectory logs"
    return check_log(log, subject.machine), ""


def _provenance(files: list[Path], deliveries: "list[Reported]") -> list[tuple[str, str]]:
    from linacsim import __version__

    subject = deliveries[0].subject
    machines = dict.fromkeys(
        one.subject.machine.name for one in deliveries if one.subject.machine is not None
    )
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        *((str(path), f"SHA-256 {sha256(path.read_bytes()).hexdigest()}") for path in files),
        ("machine description", ", ".join(machines) or "none"),
        ("fluence", f"pixels of {subject.pixel_mm:g} mm"),
        ("gamma", str(subject.criteria)),
        ("linacsim", __version__),
        ("made", made),
    ]
