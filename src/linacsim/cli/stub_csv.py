"""`linacsim stub csv-marker`: a home-made sensor that prints bare lines."""

from collections.abc import Callable
from typing import Annotated

import typer

from linacsim.cli.stub import (
    AnyHost,
    Baud,
    FaultOption,
    Link,
    Period,
    Pty,
    Seed,
    SerialUrl,
    TcpPlace,
    TraceFile,
    Travel,
    Until,
    faults_of,
    run_stub,
    wanted_motion,
    wanted_wire,
)


def csv_marker(
    link: Link = None,
    pty: Pty = False,
    tcp: TcpPlace = None,
    serial: SerialUrl = None,
    baud: Baud = 115_200,
    any_host: AnyHost = False,
    trace: TraceFile = None,
    travel_cm: Travel = 1.5,
    period_s: Period = 4.0,
    rate_hz: Annotated[float, typer.Option("--rate-hz", min=0.5, max=1000.0)] = 50.0,
    noise_mm: Annotated[float, typer.Option("--noise-mm", min=0.0)] = 0.02,
    fault: FaultOption = None,
    seed: Seed = 0,
    for_s: Until = None,
) -> int:
    """Be a marker that breathes and prints `t,x,y,z` in ms and mm."""
    from linacsim.stubs.csv.printer import CsvPrinter, Print
    from linacsim.stubs.faulty import FaultyPeer

    motion = wanted_motion(trace, travel_cm, period_s)
    form = Print(rate_hz=rate_hz, noise_mm=noise_mm)
    peer = FaultyPeer(CsvPrinter(motion, form, faults_of(fault, seed)), faults_of(fault, seed))
    wire = wanted_wire(link, pty, tcp, serial, baud, any_host)
    return run_stub("csv-marker", peer, wire, faults_of(fault, seed), for_s)


STUBS: dict[str, Callable[..., int]] = {"csv-marker": csv_marker}
