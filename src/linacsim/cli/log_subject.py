"""What commands about deliveries have in common: options, and a delivery opened with them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.review.figures import Subject
    from linacsim.review.fluence import Criteria, Method

LogMachine = Annotated[
    str | None,
    typer.Option(
        "--machine",
        "-m",
        help="Machine whose limits and leaf widths count.  [default: the one that has the MLC]",
        show_default=False,
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against", help="Reference to compare with: log, journal or beam.", show_default=False
    ),
]
Pixel = Annotated[
    float | None,
    typer.Option("--pixel", help="Size of pixels in mm.  [default: 0.5]", show_default=False),
]
Dose = Annotated[float, typer.Option("--dose", help="Dose criterion of gamma in %.")]
Distance = Annotated[float, typer.Option("--distance", help="Distance criterion of gamma in mm.")]
Threshold = Annotated[
    float, typer.Option("--threshold", help="Gamma is judged from this % of the greatest MU.")
]


def open_subject(
    path: Path,
    machine: str | None,
    against: Path | None = None,
    number: int | None = None,
    group: int | None = None,
    *,
    pixel_mm: float | None = None,
    criteria: "Criteria | None" = None,
) -> "Subject":
    """Return the delivery in a file with its machine and its reference.

    Raises InputError or OSError where one cannot be opened or there is no delivery in it.
    """
    from linacsim.machines import load_machine
    from linacsim.review.figures import Subject
    from linacsim.review.fluence import DEFAULT_PIXEL_MM, Criteria
    from linacsim.scenario.recordings import machine_of, open_recording

    spec = load_machine(machine) if machine else None
    recording = open_recording(path, spec, number, group)
    return Subject(
        recording,
        spec or machine_of(recording),
        None if against is None else open_recording(against, spec, number, group),
        pixel_mm=DEFAULT_PIXEL_MM if pixel_mm is None else pixel_mm,
        criteria=criteria or Criteria(),
    )


def begins_as_trf(path: Path) -> bool:
    """Return whether a file is a TRF log, by its name or its first bytes; False if unreadable."""
    from linacsim.scenario.recordings import is_trf_log

    try:
        return is_trf_log(path)
    except OSError:
        return False


def method_named(name: str) -> "Method":
    """Return a definition of gamma by its name."""
    from linacsim.review.fluence import Method

    try:
        return Method(name)
    except ValueError:
        raise InputError(
            f"there is no method {name!r} of gamma: choose {' or '.join(Method)}"
        ) from None
