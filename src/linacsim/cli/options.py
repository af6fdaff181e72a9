"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

BeamArgument = Annotated[
    Path,
    typer.Argument(metavar="BEAM", help="TrueBeam XML beam, or DICOM RT Plan.", show_default=False),
]
BeamNumber = Annotated[
    int | None,
    typer.Option(
        "--beam", min=0, help="Only this beam of a plan.  [default: all of its fraction group]"
    ),
]
GroupNumber = Annotated[
    int | None,
    typer.Option("--group", min=0, help="This fraction group of a plan.  [default: the first]"),
]
Machine = Annotated[
    str | None,
    typer.Option(
        "--machine",
        "-m",
        help="Shipped machine or machine file.  [default: the one that has the beam's MLC]",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only results and errors.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for what is written.")]
Plot = Annotated[bool, typer.Option("--plot", help="Also draw the delivery, beside the log.")]
