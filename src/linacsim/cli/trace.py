"""`linacsim trace`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, complain, guarded, told
from linacsim.cli.options import Json, Quiet
from linacsim.cli.terminal import Terminal, finding_record
from linacsim.model.findings import InputError
from linacsim.model.trace_format import TraceFormat

if TYPE_CHECKING:
    from linacsim.formats.traces import ReadOptions

app = typer.Typer(help="Breathing and motion traces.", no_args_is_help=True)

TraceArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Trace.", show_default=False)]
Format = Annotated[
    TraceFormat | None,
    typer.Option("--format", help="Format of the file.  [default: told by content]"),
]
Rate = Annotated[
    float | None,
    typer.Option("--rate", help="Rate in Hz, for files without time or with a wrong clock."),
]
Axis = Annotated[
    str | None, typer.Option("--axis", help="Axis of a single amplitude: x, y or z.  [default: z]")
]
Invert = Annotated[bool, typer.Option("--invert", help="Turn the sign of positions.")]
PhaseOffset = Annotated[
    float, typer.Option("--phase-offset", help="Degrees added to the file's phase.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", help="Columns of a CSV file, such as time=t,y=SI,length_unit=mm,time_unit=ms."
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", help="What is done with a defect, such as out-of-order=refuse."),
]


def info(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Traces.", show_default=False)
    ],
    format: Format = None,
    rate: Rate = None,
    axis: Axis = None,
    invert: Invert = False,
    phase_offset: PhaseOffset = 0.0,
    columns: Columns = None,
    policy: Policies = None,
    json: Json = False,
) -> int:
    """Tell what is in traces: format, clock, validity, breathing, and what is odd.

    The exit code is 2 if a trace cannot be read.
    """
    from linacsim.formats.traces import read_trace, trace_info

    terminal = Terminal(json)
    options = _options(format, rate, axis, invert, phase_offset, columns, policy)
    records, code = [], DONE
    for path in files:
        try:
            trace = read_trace(path, options)
        except (InputError, OSError) as error:
            complain(told(error))
            records.append({"file": str(path), "unreadable": told(error)})
            code = BAD_INPUT
            continue
        facts = trace_info(trace)
        for line in _table(facts):
            terminal.say(line)
        terminal.findings(trace.findings, notes=True)
        records.append(facts | {"findings": [finding_record(item) for item in trace.findings]})
    terminal.result(records)
    return code


def plot(
    file: TraceArgument,
    to: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="PNG, SVG or PDF.  [default: the trace's name with .png]"),
    ] = None,
    format: Format = None,
    rate: Rate = None,
    axis: Axis = None,
    invert: Invert = False,
    phase_offset: PhaseOffset = 0.0,
    columns: Columns = None,
    policy: Policies = None,
) -> int:
    """Draw positions, breathing, phase and clock over time."""
    from linacsim.formats.traces import read_trace
    from linacsim.review.trace_plot import draw_trace

    options = _options(format, rate, axis, invert, phase_offset, columns, policy)
    typer.echo(str(draw_trace(read_trace(file, options), to or file.with_suffix(".png"))))
    return DONE


def convert(
    file: TraceArgument,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="File to write: .vxp, .csv, .dat (RPM), .txt (columns)."),
    ],
    to_format: Annotated[
        TraceFormat | None, typer.Option("--to-format", help="Any format.  [by suffix]")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    format: Format = None,
    rate: Rate = None,
    axis: Axis = None,
    invert: Invert = False,
    phase_offset: PhaseOffset = 0.0,
    columns: Columns = None,
    policy: Policies = None,
    quiet: Quiet = False,
) -> int:
    """Write a trace in another format and tell what that could not hold."""
    from linacsim.formats.traces import read_trace, write_trace

    terminal = Terminal(quiet=quiet)
    options = _options(format, rate, axis, invert, phase_offset, columns, policy)
    trace = read_trace(file, options)
    told = write_trace(trace, out, to_format, axis=axis, overwrite=overwrite)
    terminal.findings((*trace.findings, *told), notes=not quiet)
    terminal.say(str(out))
    return DONE


def _options(
    format: TraceFormat | None,
    rate: float | None,
    axis: str | None,
    invert: bool,
    phase_offset: float,
    columns: str | None,
    policy: list[str] | None,
) -> "ReadOptions":
    from linacsim.formats.traces import ReadOptions, column_map_from, policy_from

    return ReadOptions(
        format=format,
        rate_hz=rate,
        amplitude_axis=axis or "z",
        invert=invert,
        phase_offset_deg=phase_offset,
        columns=None if columns is None else column_map_from(columns),
        policy=policy_from(policy or ()),
    )


def _table(facts: dict[str, Any]) -> list[str]:
    """Return facts as lines of name and value, those of a group under its name."""
    lines = []
    for key, value in facts.items():
        if isinstance(value, dict) and value:
            lines += [f"{f'{key}.{name}':28}  {_plain(item)}" for name, item in value.items()]
        else:
            lines.append(f"{key:28}  {_plain(value)}")
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return "unknown" if value is None else str(value)


for command in (info, plot, convert):
    app.command()(guarded(command))
