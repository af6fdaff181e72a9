"""`linacsim stub llp-marker`, `gate-box` and `llp-stage`: devices that speak LLP/1."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.stub_on_wire import on_a_wire
from linacsim.cli.stub_options import (
    Chance,
    Period,
    TraceFile,
    Travel,
    start_within,
    wanted_motion,
)
from linacsim.cli.stub_stages import Speed, Start
from linacsim.cli.stub_stages import Travel as StageTravel
from linacsim.model.findings import InputError
from linacsim.model.time import to_ns

if TYPE_CHECKING:
    from linacsim.devices.peer import Peer
    from linacsim.stubs.llp.gate_lines import Script

MOST_PPM = 1e5
HoldOption = Annotated[
    list[str] | None,
    typer.Option("--hold", metavar="START+SECONDS", help="Ask for a hold; may be given again."),
]
HoldEvery = Annotated[
    float | None, typer.Option("--every", metavar="SECONDS", min=0.1, help="Hold again then.")
]
Serial = Annotated[str, typer.Option("--serial-number", help="What it says it is.")]
ClockStart = Annotated[
    int, typer.Option("--clock-us", min=0, help="What its clock shows at the start.")
]
ClockPpm = Annotated[
    float,
    typer.Option("--clock-ppm", min=-MOST_PPM, max=MOST_PPM, help="How fast its clock runs."),
]


def llp_marker(
    chance: Chance,
    trace: TraceFile = None,
    travel_cm: Travel = 1.5,
    period_s: Period = 4.0,
    rate_hz: Annotated[int, typer.Option("--rate-hz", min=1, max=200)] = 60,
    noise_mm: Annotated[float, typer.Option("--noise-mm", min=0.0)] = 0.02,
    serial_number: Serial = "0001",
    clock_us: ClockStart = 0,
    clock_ppm: ClockPpm = 30.0,
) -> "Peer":
    """Be a marker that breathes and tells its position by LLP/1."""
    from linacsim.stubs.llp.box import Identity, LlpBox
    from linacsim.stubs.llp.clock import DeviceClock
    from linacsim.stubs.llp.marker import Marker

    faults = chance.faults()
    motion = wanted_motion(trace, travel_cm, period_s)
    marker = Marker(motion, faults, rate_hz=rate_hz, noise_mm=noise_mm)
    clock = DeviceClock(clock_us, clock_ppm)
    return LlpBox(marker, faults, Identity(serial=serial_number), clock)


def gate_box(
    chance: Chance,
    device: Annotated[int, typer.Option("--device", min=0, max=15)] = 0,
    hold: HoldOption = None,
    every_s: HoldEvery = None,
    serial_number: Serial = "0001",
    clock_us: ClockStart = 0,
    clock_ppm: ClockPpm = 30.0,
) -> "Peer":
    """Be a box with the lines of a beam-hold device, told by LLP/1."""
    from linacsim.stubs.llp.box import Identity, LlpBox
    from linacsim.stubs.llp.clock import DeviceClock
    from linacsim.stubs.llp.gate_lines import GateLines

    faults = chance.faults()
    lines = GateLines(script_of(device, hold, every_s), faults)
    clock = DeviceClock(clock_us, clock_ppm)
    return LlpBox(lines, faults, Identity(serial=serial_number), clock)


def llp_stage(
    chance: Chance,
    axes: Annotated[int, typer.Option("--axes", min=1, max=3)] = 1,
    travel_mm: StageTravel = 100.0,
    speed: Speed = 100.0,
    start_mm: Start = 30.0,
    serial_number: Serial = "0001",
    clock_us: ClockStart = 0,
    clock_ppm: ClockPpm = 30.0,
) -> "Peer":
    """Be a home-made stage that speaks LLP/1."""
    from linacsim.stubs.llp.box import Identity, LlpBox
    from linacsim.stubs.llp.clock import DeviceClock
    from linacsim.stubs.llp.stage import LlpStage, StageBuild

    start_within(start_mm, travel_mm)
    faults = chance.faults()
    stage = LlpStage(StageBuild(axes, travel_mm, speed, start_mm=start_mm), faults)
    clock = DeviceClock(clock_us, clock_ppm)
    return LlpBox(stage, faults, Identity(serial=serial_number), clock)


def script_of(device: int, texts: list[str] | None, every_s: float | None) -> "Script":
    """Return what `--hold` and `--every` ask of the lines of a device. Raises InputError."""
    from linacsim.stubs.llp.gate_lines import Script

    holds = tuple(map(_hold_of, texts or []))
    repeat_ns = None if every_s is None else to_ns(every_s)
    if repeat_ns is not None and any(end_ns > repeat_ns for _, end_ns in holds):
        raise InputError(f"--every {every_s:g}: holds must end before they begin anew")
    return Script(device, holds_ns=holds, repeat_ns=repeat_ns)


def _hold_of(text: str) -> tuple[int, int]:
    start, plus, duration = text.partition("+")
    try:
        start_s, duration_s = float(start), float(duration if plus else "x")
    except ValueError as error:
        raise InputError(f"--hold {text}: write START+SECONDS, as 5+1.5") from error
    if not (0.0 <= start_s < 1e6 and 0.0 < duration_s < 1e6):
        raise InputError(f"--hold {text}: times are positive and below a million seconds")
    return to_ns(start_s), to_ns(start_s) + to_ns(duration_s)


STUBS: dict[str, Callable[..., int]] = {
    "llp-marker": on_a_wire("llp-marker", llp_marker),
    "gate-box": on_a_wire("gate-box", gate_box),
    "llp-stage": on_a_wire("llp-stage", llp_stage),
}
