"""Motion for a beam without a scenario: a trace or a sine, and the sensor that sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.model.beam import Beam
    from linacsim.scenario.motion_keys import MotionKeys, SensorKeys
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


def _keys(options: MotionOptions) -> "MotionKeys | None":
    from linacsim.scenario.motion_keys import SineMotion, TraceMotion

    trace, sine = options.trace, options.sine
    if trace is not None and sine is not None:
        raise InputError("--trace and --sine: give one of them")
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
