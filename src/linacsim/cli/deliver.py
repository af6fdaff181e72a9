"""`linacsim deliver`."""

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.delivering import Delivering, deliver_files
from linacsim.cli.live import told_live
from linacsim.cli.motion import (
    Gate,
    MotionOptions,
    SensorOption,
    Sine,
    TraceColumns,
    TraceFile,
    Window,
    gated_files,
)
from linacsim.cli.options import (
    BeamArgument,
    BeamNumber,
    GroupNumber,
    Json,
    Machine,
    Out,
    Plot,
    Quiet,
)
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linacsim.scenario.beam_file import BeamFile
    from linacsim.scenario.records import Records


class Rights(StrEnum):
    """Rights at the console."""

    BASIC = "basic"
    SERVICE = "service"


class TrfVersion(StrEnum):
    """Versions of TRF logs that are written."""

    V1 = "1"
    V3 = "3"


class LogVersion(StrEnum):
    """Versions of trajectory logs that are written."""

    V2_1 = "2.1"
    V3_0 = "3.0"
    V4_0 = "4.0"


def deliver(
    beam: BeamArgument,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: Machine = None,
    out: Out = Path(),
    trace: TraceFile = None,
    columns: TraceColumns = None,
    sine: Sine = None,
    sensor: SensorOption = None,
    gate: Gate = None,
    window: Window = None,
    seed: Annotated[int, typer.Option(min=0, help="All chance in the run comes from it.")] = 1,
    rights: Annotated[Rights, typer.Option(help="Rights at the console.")] = Rights.BASIC,
    log_version: Annotated[
        LogVersion, typer.Option(help="Version of the trajectory log.")
    ] = LogVersion.V3_0,
    trf_version: Annotated[
        TrfVersion, typer.Option(help="Version of the TRF log of an Agility.")
    ] = TrfVersion.V3,
    interval: Annotated[int, typer.Option(help="Row interval in ms: 10 or 20.")] = 20,
    plot: Plot = False,
    record: Annotated[
        bool, typer.Option("--record", help="Also write RT Beams Treatment Records of a plan.")
    ] = False,
    after: Annotated[
        list[Path] | None,
        typer.Option(
            "--after",
            metavar="RECORD",
            help="Deliver what this treatment record left of a plan; once for each record.",
        ),
    ] = None,
    icom: Annotated[
        str | None,
        typer.Option(
            "--icom",
            metavar="HOST:PORT",
            help="Run by the clock and tell it here as the iCom stream, once somebody listens.",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Deliver a beam and write its trajectory log.

    A journal, from which the run can be replayed, is written beside the log, and on an Agility the
    TRF log.

    Accessories that the beam asks for are mounted, beam-hold devices that it lists are ready, and
    the operator does the usual: load, prepare, go to, MV ready, beam on. The exit code is 0 if
    the beam is complete, 1 if it is not or cannot be delivered, 2 for bad input.

    A gated beam needs motion: a trace or a sine, which begins when the machine is switched on. The
    gate of a field of an Elekta machine is said with --window.

    A plan is delivered in as few sequences as it can be, each with a log and a journal; one that
    is not complete ends the delivery.
    """
    from linacsim.machines import load_machine
    from linacsim.model.interlocks import Right
    from linacsim.scenario.beam_file import open_beams
    from linacsim.scenario.recorder import RecordOptions

    terminal = Terminal(json, quiet)
    spec = load_machine(machine) if machine else None
    files: Sequence[BeamFile] = open_beams(beam, spec, number, group)
    if after:
        files = _what_is_left(beam, files, after, group)
    options = MotionOptions(trace, columns, sine, sensor)
    files = gated_files(files, gate, window, options)
    delivering = Delivering(
        terminal,
        RecordOptions(out, log_version.value, interval, int(trf_version.value)),
        plot=plot,
        named=bool(machine),
        treatment=_records(beam, number, group, files) if record else None,
    )
    with ExitStack() as running:
        if icom is not None:
            delivering.engine_for = told_live(icom, running, terminal)
        return deliver_files(beam, files, delivering, options, seed=seed, rights=Right[rights.name])


def _what_is_left(
    plan: Path, files: "Sequence[BeamFile]", after: list[Path], group: int | None
) -> "tuple[BeamFile, ...]":
    from linacsim.formats.rtplan import is_dicom
    from linacsim.scenario.records import delivered_mu
    from linacsim.scenario.remainder import remaining

    if not is_dicom(plan):
        raise InputError("--after: only DICOM plans have treatment records", Place(str(plan)))
    return remaining(files, delivered_mu(plan, after, group))


def _records(
    plan: Path, number: int | None, group: int | None, files: "Sequence[BeamFile]"
) -> "Records | None":
    from linacsim.scenario.records import Records

    if not all(file.deliverable for file in files):
        return None
    return Records.of(plan, number, files, group=group)
