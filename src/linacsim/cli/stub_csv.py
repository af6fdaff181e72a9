"""`linacsim stub csv-marker`: a home-made sensor that prints bare lines."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.stub_on_wire import on_a_wire
from linacsim.cli.stub_options import Chance, Period, TraceFile, Travel, wanted_motion

if TYPE_CHECKING:
    from linacsim.devices.peer import Peer


def csv_marker(
    chance: Chance,
    trace: TraceFile = None,
    travel_cm: Travel = 1.5,
    period_s: Period = 4.0,
    rate_hz: Annotated[float, typer.Option("--rate-hz", min=0.5, max=1000.0)] = 50.0,
    noise_mm: Annotated[float, typer.Option("--noise-mm", min=0.0)] = 0.02,
) -> "Peer":
    """Be a marker that breathes and prints `t,x,y,z` in ms and mm."""
    from linacsim.stubs.csv.printer import CsvPrinter, Print
    from linacsim.stubs.faulty import FaultyPeer

    motion = wanted_motion(trace, travel_cm, period_s)
    form = Print(rate_hz=rate_hz, noise_mm=noise_mm)
    return FaultyPeer(CsvPrinter(motion, form, chance.faults()), chance.faults())


STUBS: dict[str, Callable[..., int]] = {"csv-marker": on_a_wire("csv-marker", csv_marker)}
