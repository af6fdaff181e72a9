"""`linacsim log fluence` and `linacsim log gamma`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.guard import DONE, NOT_MET
from linacsim.cli.log_subject import (
    Distance,
    Dose,
    LogMachine,
    Pixel,
    Threshold,
    method_named,
    open_subject,
)
from linacsim.cli.options import BeamNumber, GroupNumber, Json
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError, Place, os_reason

if TYPE_CHECKING:
    from linacsim.review.figures import Subject
    from linacsim.review.fluence import Fluence

Picture = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Also draw it: PNG, SVG or PDF.", show_default=False),
]
DeliveryArgument = Annotated[
    Path,
    typer.Argument(metavar="LOG", help="Trajectory log, journal or beam.", show_default=False),
]


def fluence(
    log: DeliveryArgument,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: LogMachine = None,
    pixel: Pixel = None,
    to: Picture = None,
    npz: Annotated[
        Path | None,
        typer.Option("--npz", help="Also write the maps as NumPy arrays.", show_default=False),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the NumPy file if it is there.")
    ] = False,
    json: Json = False,
) -> int:
    """Map the expected and the actual fluence of a delivery."""
    from linacsim.review.figures import draw_figure
    from linacsim.review.report import SAFETY

    _check_targets(to, npz, overwrite=overwrite)
    terminal = Terminal(json)
    subject = open_subject(log, machine, None, number, group, pixel_mm=pixel)
    expected, actual = subject.fluences
    for one in (expected, actual):
        terminal.say(_line(one))
    if to is not None:
        terminal.say(f"picture  {draw_figure('fluence', subject, to)}")
    if npz is not None:
        _write_maps(npz, expected, actual)
        terminal.say(f"maps     {npz}")
    maps = {one.side.value: _record(one) for one in (expected, actual)}
    pixel_mm = expected.pixel_mm
    terminal.result({"name": expected.name, "pixel_mm": pixel_mm, **maps, "notice": SAFETY})
    return DONE


def gamma(
    a: Annotated[
        Path,
        typer.Argument(
            metavar="A", help="Log, journal or beam; the reference of B.", show_default=False
        ),
    ],
    b: Annotated[
        Path | None,
        typer.Argument(
            metavar="[B]",
            help="What is held against A; without it, A's actual against A's expected fluence.",
            show_default=False,
        ),
    ] = None,
    dose: Dose = 1.0,
    distance: Distance = 1.0,
    threshold: Threshold = 10.0,
    local: Annotated[
        bool, typer.Option("--local", help="Dose criterion in % of the place, not of the maximum.")
    ] = False,
    method: Annotated[
        str, typer.Option("--method", help="low (by pymedphys) or bakai (by pylinac).")
    ] = "low",
    least: Annotated[
        float | None,
        typer.Option(
            "--least", help="Exit with 1 if a lower % of pixels passes.", show_default=False
        ),
    ] = None,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: LogMachine = None,
    pixel: Pixel = None,
    to: Picture = None,
    json: Json = False,
) -> int:
    """Judge fluence by the gamma index: expected and actual of one delivery, or two deliveries.

    The exit code is 1 if fewer pixels pass than --least asks for.
    """
    from linacsim.review.figures import draw_figure
    from linacsim.review.fluence import Criteria
    from linacsim.review.report import SAFETY

    _check_targets(to)
    terminal = Terminal(json)
    criteria = Criteria(dose, distance, threshold, local, method_named(method))
    one, reference = (a, None) if b is None else (b, a)
    subject = open_subject(
        one, machine, reference, number, group, pixel_mm=pixel, criteria=criteria
    )
    found = subject.gamma
    terminal.say(f"{_pair(subject)}: {criteria}")
    terminal.say(
        f"{found.pass_percent:.2f} % of {int(found.judged.sum())} pixels pass; "
        f"gamma mean {found.mean:.3f}, max {found.max:.3f}"
    )
    if to is not None:
        terminal.say(f"picture  {draw_figure('gamma', subject, to)}")
    met = least is None or found.pass_percent >= least
    terminal.result(
        {**_names(subject), **found.as_dict(), "least": least, "met": met, "notice": SAFETY}
    )
    return DONE if met else NOT_MET


def _check_targets(to: Path | None, npz: Path | None = None, *, overwrite: bool = False) -> None:
    from linacsim.formats.targets import check_free
    from linacsim.review.canvas import check_suffix

    if to is not None:
        check_suffix(to)
    if npz is not None:
        if npz.suffix != ".npz":
            raise InputError("maps are written as .npz", Place(str(npz)))
        check_free(npz, overwrite=overwrite)


def _write_maps(path: Path, expected: "Fluence", actual: "Fluence") -> None:
    import numpy as np

    try:
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                expected_mu=expected.mu,
                actual_mu=actual.mu,
                x_edges_cm=expected.x_edges_cm,
                y_edges_cm=expected.y_edges_cm,
            )
    except OSError as error:
        raise InputError(f"cannot write the maps: {os_reason(error)}", Place(str(path))) from None


def _line(one: "Fluence") -> str:
    figures = _record(one)
    return (
        f"{one.side:9}{figures['total_mu']:.3f} MU given, at most {figures['max_mu']:.3f} MU open, "
        f"{figures['area_integral_mu_cm2']:.2f} MU cm2"
    )


def _record(one: "Fluence") -> dict[str, Any]:
    import numpy as np

    cell = np.diff(one.y_edges_cm)[:, None] * np.diff(one.x_edges_cm)
    return {
        "total_mu": one.total_mu,
        "max_mu": float(one.mu.max()),
        "area_integral_mu_cm2": float((one.mu * cell).sum()),
    }


def _names(subject: "Subject") -> dict[str, str]:
    if subject.against is None:
        return {"a": f"{subject.recording.name}, expected", "b": "actual"}
    return {"a": subject.against.name, "b": subject.recording.name}


def _pair(subject: "Subject") -> str:
    names = _names(subject)
    return f"{names['a']} against {names['b']}"
