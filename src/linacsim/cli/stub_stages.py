"""`linacsim stub grbl` and `zaber`: motion stages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.stub_on_wire import on_a_wire
from linacsim.cli.stub_options import Chance, start_within

if TYPE_CHECKING:
    from linacsim.devices.peer import Peer

MOST = 1e6
"""Of any of these numbers: more than a stage has, and less than endless."""
Travel = Annotated[
    float, typer.Option("--travel-mm", min=1.0, max=MOST, help="Travel of each axis.")
]
Speed = Annotated[
    float, typer.Option("--speed-mm-s", min=0.1, max=MOST, help="Highest speed of an axis.")
]
Acceleration = Annotated[
    float,
    typer.Option(
        "--acceleration-mm-s2", min=1.0, max=MOST, help="Highest acceleration of an axis."
    ),
]
Start = Annotated[
    float, typer.Option("--start-mm", min=0.0, help="How far from its switch it stands at first.")
]


def grbl(
    chance: Chance,
    travel_mm: Travel = 100.0,
    speed: Speed = 100.0,
    acceleration: Acceleration = 1000.0,
    start_mm: Start = 30.0,
    settings_lost: Annotated[
        bool, typer.Option("--settings-lost", help="Have forgotten the $ settings.")
    ] = False,
) -> "Peer":
    """Be a GRBL 1.1 controller with three axes."""
    from linacsim.stubs.grbl import settings as s
    from linacsim.stubs.grbl.controller import Grbl

    start_within(start_mm, travel_mm)
    settings: dict[int, float] = {}
    for k in range(3):
        settings[s.TRAVEL + k] = travel_mm
        settings[s.RATE + k] = speed * 60.0
        settings[s.ACCELERATION + k] = acceleration
    start = (-start_mm,) * 3
    return Grbl(settings, chance.faults(), start_mm=start, settings_lost=settings_lost)


def zaber(
    chance: Chance,
    axes: Annotated[int, typer.Option("--axes", min=1, max=4)] = 1,
    microstep_mm: Annotated[
        float, typer.Option("--microstep-mm", min=1e-6, max=MOST, help="Way of one microstep.")
    ] = 0.00049609375,
    travel_mm: Travel = 100.0,
    speed: Speed = 100.0,
    acceleration: Acceleration = 1000.0,
    start_mm: Start = 30.0,
    serial_number: Annotated[int, typer.Option("--serial-number", min=1)] = 70_000,
) -> "Peer":
    """Be a Zaber device that speaks ASCII."""
    from linacsim.stubs.zaber.device import Build, Zaber

    start_within(start_mm, travel_mm)
    build = Build(
        axes=axes,
        microstep_mm=microstep_mm,
        travel_mm=travel_mm,
        speed_mm_per_s=speed,
        acceleration_mm_per_s2=acceleration,
        start_mm=start_mm,
        serial=serial_number,
    )
    return Zaber(build, chance.faults())


STUBS: dict[str, Callable[..., int]] = {
    "grbl": on_a_wire("grbl", grbl, "grbl-stage"),
    "zaber": on_a_wire("zaber", zaber, "zaber-stage"),
}
