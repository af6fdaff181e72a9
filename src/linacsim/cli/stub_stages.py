"""`linacsim stub grbl` and `zaber`: motion stages."""

from collections.abc import Callable
from typing import Annotated

import typer

from linacsim.cli.stub import (
    AnyHost,
    Baud,
    FaultOption,
    Link,
    Pty,
    Seed,
    SerialUrl,
    TcpPlace,
    Until,
    faults_of,
    run_stub,
    wanted_wire,
)
from linacsim.model.findings import InputError

Travel = Annotated[float, typer.Option("--travel-mm", min=1.0, help="Travel of each axis.")]
Speed = Annotated[float, typer.Option("--speed-mm-s", min=0.1, help="Highest speed of an axis.")]
Acceleration = Annotated[
    float, typer.Option("--acceleration-mm-s2", min=1.0, help="Highest acceleration of an axis.")
]
Start = Annotated[
    float, typer.Option("--start-mm", min=0.0, help="How far from its switch it stands at first.")
]


def grbl(
    link: Link = None,
    pty: Pty = False,
    tcp: TcpPlace = None,
    serial: SerialUrl = None,
    baud: Baud = 115_200,
    any_host: AnyHost = False,
    travel_mm: Travel = 100.0,
    speed: Speed = 100.0,
    acceleration: Acceleration = 1000.0,
    start_mm: Start = 30.0,
    settings_lost: Annotated[
        bool, typer.Option("--settings-lost", help="Have forgotten the $ settings.")
    ] = False,
    fault: FaultOption = None,
    seed: Seed = 0,
    for_s: Until = None,
) -> int:
    """Be a GRBL 1.1 controller with three axes."""
    from linacsim.stubs.grbl import settings as s
    from linacsim.stubs.grbl.controller import Grbl

    if start_mm > travel_mm:
        raise InputError(f"--start-mm {start_mm:g}: the travel is {travel_mm:g} mm")
    settings: dict[int, float] = {}
    for k in range(3):
        settings[s.TRAVEL + k] = travel_mm
        settings[s.RATE + k] = speed * 60.0
        settings[s.ACCELERATION + k] = acceleration
    peer = Grbl(
        settings, faults_of(fault, seed), start_mm=(-start_mm,) * 3, settings_lost=settings_lost
    )
    wire = wanted_wire(link, pty, tcp, serial, baud, any_host)
    return run_stub("grbl", peer, wire, faults_of(fault, seed), for_s)


def zaber(
    link: Link = None,
    pty: Pty = False,
    tcp: TcpPlace = None,
    serial: SerialUrl = None,
    baud: Baud = 115_200,
    any_host: AnyHost = False,
    axes: Annotated[int, typer.Option("--axes", min=1, max=4)] = 1,
    microstep_mm: Annotated[
        float, typer.Option("--microstep-mm", min=1e-6, help="Way of one microstep.")
    ] = 0.00049609375,
    travel_mm: Travel = 100.0,
    speed: Speed = 100.0,
    acceleration: Acceleration = 1000.0,
    start_mm: Start = 30.0,
    serial_number: Annotated[int, typer.Option("--serial-number", min=1)] = 70_000,
    fault: FaultOption = None,
    seed: Seed = 0,
    for_s: Until = None,
) -> int:
    """Be a Zaber device that speaks ASCII."""
    from linacsim.stubs.zaber.device import Build, Zaber

    if start_mm > travel_mm:
        raise InputError(f"--start-mm {start_mm:g}: the travel is {travel_mm:g} mm")
    build = Build(
        axes=axes,
        microstep_mm=microstep_mm,
        travel_mm=travel_mm,
        speed_mm_per_s=speed,
        acceleration_mm_per_s2=acceleration,
        start_mm=start_mm,
        serial=serial_number,
    )
    peer = Zaber(build, faults_of(fault, seed))
    wire = wanted_wire(link, pty, tcp, serial, baud, any_host)
    return run_stub("zaber", peer, wire, faults_of(fault, seed), for_s)


STUBS: dict[str, Callable[..., int]] = {"grbl": grbl, "zaber": zaber}
