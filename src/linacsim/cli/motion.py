"""Motion for a beam without a scenario: a trace or a sine, and the sensor that sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.model.beam import Beam
    from linacsim.scenario.beam_file import BeamFile
    from linacsim.scenario.motion_keys import MotionKeys, SensorKeys, WindowKeys
    from linacsim.scenario.moving import Moving

TraceFile = Annotated[
    Path | None,
    typer.Option(
        "--trace", metavar="FILE", help="Breathing or motion trace, replayed again and again."
    ),
]
TraceColumns = Annotated[
    str | None,
    typer.Option("--columns", help="Columns of a CSV trace, as for `linacsim trace`."),
]
Sine = Annotated[
    str | None,
    typer.Option("--sine", metavar="CM,S", help="Breathe evenly: travel in cm and period in s."),
]
SensorOption = Annotated[
    str | None,
    typer.Option(
        "--sensor", help="Sensor or gating system.  [default: one for the source that gates]"
    ),
]
Gate = Annotated[
    str | None,
    typer.Option(
        "--gate", help="Set-up of an Elekta machine's gating interface, such as response."
    ),
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="FROM,TO",
        help="Gate a field on motion: amplitude in cm, or phase:FROM,TO in deg.",
    ),
]


HERE = Path("command line")
"""Stands for the scenario file: traces are looked for from here, and complaints name it."""


@dataclass(frozen=True, slots=True)
class MotionOptions:
    """What the command line says of motion."""

    trace: Path | None = None
    columns: str | None = None
    sine: str | None = None
    sensor: str | None = None


def moving_for(beam: "Beam", options: MotionOptions, seed: int) -> "Moving | None":
    """Return what moves, and the sensor that looks at it; None where nothing is asked for.

    Without a sensor it is the one that stands for the tracking source that gates the beam. Raises
    InputError for options that do not go together, and for a trace or number that cannot be used.
    """
    from linacsim.motion.presets import sensor_spec
    from linacsim.scenario.motion_keys import SensorKeys
    from linacsim.scenario.moving import moving, unseen_sources

    sensor = options.sensor
    if sensor is not None:
        sensor_spec(sensor)
    keys = _keys(options)
    if keys is None:
        if sensor is not None:
            raise InputError("--sensor has nothing to look at: give --trace or --sine")
        return None
    wanted = unseen_sources(beam, None)
    chosen = SensorKeys(preset=sensor) if sensor else _sensor_for(wanted)
    return moving(keys, chosen, None, seed, HERE)


def gated_files(
    files: "Sequence[BeamFile]", gate: str | None, window: str | None, options: MotionOptions
) -> "Sequence[BeamFile]":
    """Return files with the gate that is asked for; raises InputError for one that cannot be."""
    from linacsim.scenario.gate_preset import gated_by

    moves = options.trace is not None or options.sine is not None
    if moves and window is None and any(file.field for file in files):
        raise InputError("a plan states no gate: say with --window where motion allows the beam")
    if gate is None and window is None:
        return files
    keys = _window(window) if window else None
    return [
        gated_by(file, file.machine, gate, keys)[0] if file.machine and file.beam else file
        for file in files
    ]


def _window(text: str) -> "WindowKeys":
    from linacsim.scenario.motion_keys import WindowKeys

    phase, limits = text.startswith("phase:"), text.removeprefix("phase:")
    try:
        lower, upper = (float(part) for part in limits.split(","))
        pair = lower, upper
        return WindowKeys(phase_deg=pair) if phase else WindowKeys(amplitude_cm=pair)
    except ValueError:
        raise InputError(
            "--window must be two amplitudes in cm, the lower first, such as 0,0.4, or two phases "
            f"in deg from 0 to 360, such as phase:120,240; not {text!r}"
        ) from None


def _keys(options: MotionOptions) -> "MotionKeys | None":
    from linacsim.scenario.motion_keys import SineMotion, TraceMotion

    trace, sine = options.trace, options.sine
    if trace is not None and sine is not None:
        raise InputError("--trace and --sine: give one of them")
    if options.columns is not None and trace is None:
        raise InputError("--columns names columns of a trace: give --trace, or leave it out")
    if trace is not None:
        return TraceMotion(kind="trace", file=str(trace), columns=options.columns, loop=True)
    if sine is None:
        return None
    try:
        travel_cm, period_s = (float(part) for part in sine.split(","))
        return SineMotion(kind="sine", travel_cm=travel_cm, period_s=period_s)
    except ValueError:
        raise InputError(
            f"--sine must be travel in cm and period in s, such as 1.5,4; not {sine!r}"
        ) from None


def _sensor_for(sources: Sequence[str]) -> "SensorKeys":
    from linacsim.motion.presets import sensor_names, sensor_spec
    from linacsim.scenario.motion_keys import SensorKeys

    for name in sensor_names():
        if sensor_spec(name).stands_for in sources:
            return SensorKeys(preset=name)
    return SensorKeys(source=sources[0]) if sources else SensorKeys()
