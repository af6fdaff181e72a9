"""`linacsim log compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, NOT_MET, complain, told
from linacsim.cli.options import BeamNumber, GroupNumber, Json, Quiet
from linacsim.cli.table import show_table
from linacsim.cli.terminal import SAFETY, Terminal

if TYPE_CHECKING:
    from linacsim.review.compare import Comparison
    from linacsim.review.recording import Recording


def compare(
    a: Annotated[
        Path,
        typer.Argument(metavar="A", help="Reference: log, journal, or beam.", show_default=False),
    ],
    b: Annotated[
        Path,
        typer.Argument(metavar="B", help="What is compared with it.", show_default=False),
    ],
    tolerances: Annotated[
        Path | None,
        typer.Option("--tolerances", "-t", help="Tolerance file.  [default: the shipped one]"),
    ] = None,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: Annotated[
        str | None,
        typer.Option(
            "--machine",
            "-m",
            help="Machine that beams are planned for.  [default: the one that has the MLC]",
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write the comparison as one HTML page.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the HTML page if it is there.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Tell what differs between two deliveries of a beam, where, how much, and of what kind.

    The exit code is 0 if nothing differs by more than the tolerances, 1 if something does, 2 if
    the two cannot be read or are no deliveries of the same beam.
    """
    from linacsim.machines import load_machine
    from linacsim.review.compare import Unlike, load_tolerances
    from linacsim.review.compare import compare as compare_recordings
    from linacsim.scenario.recordings import machine_of, open_recording

    terminal = Terminal(json, quiet)
    if html is not None:
        from linacsim.review.report import check_target

        check_target(html, overwrite=overwrite)
    allowed = load_tolerances(tolerances)
    spec = load_machine(machine) if machine else None
    reference, compared = (open_recording(path, spec, number, group) for path in (a, b))
    try:
        found = compare_recordings(reference, compared, allowed, spec or machine_of(reference))
    except Unlike as error:
        complain(told(error))
        terminal.result({"same": None, "not_comparable": str(error)})
        return BAD_INPUT
    _show(found, terminal)
    if html is not None:
        _write_page(html, found, reference, compared, (a, b), overwrite=overwrite)
        terminal.say(f"page     {html}")
    page = None if html is None else str(html)
    terminal.result({**found.as_dict(), "page": page, "notice": SAFETY})
    return DONE if found.same else NOT_MET


def _write_page(
    path: Path,
    found: "Comparison",
    a: "Recording",
    b: "Recording",
    files: tuple[Path, Path],
    *,
    overwrite: bool,
) -> None:
    from hashlib import sha256

    from linacsim import __version__
    from linacsim.review.compare import side_by_side
    from linacsim.review.compare.page import comparison_page
    from linacsim.review.report import write_page

    digests = [(str(file), f"SHA-256 {sha256(file.read_bytes()).hexdigest()}") for file in files]
    pair, _ = side_by_side(a, b)
    page = comparison_page(found, pair, (*digests, ("linacsim", __version__)))
    write_page(page, path, overwrite=overwrite)


def _show(found: "Comparison", terminal: Terminal) -> None:
    from linacsim.review.compare.table import HEADINGS, LEFT, lines, plain_rows, verdict

    if terminal.json:
        return
    for line in lines(found):
        terminal.remark(line)
    for note in found.notes:
        terminal.remark(f"note: {note}")
    if not found.same:
        show_table(HEADINGS, plain_rows(found), left=LEFT)
    terminal.say(verdict(found))
