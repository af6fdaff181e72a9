"""`linacsim stub ndi-polaris`: an optical camera."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.stub_on_wire import on_a_wire
from linacsim.cli.stub_options import Chance, Period, TraceFile, Travel, wanted_motion
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.devices.peer import Peer


def ndi_polaris(
    chance: Chance,
    trace: TraceFile = None,
    travel_cm: Travel = 1.5,
    period_s: Period = 4.0,
    noise_mm: Annotated[float, typer.Option("--noise-mm", min=0.0)] = 0.045,
    rate_hz: Annotated[int, typer.Option("--rate-hz", help="20, 30 or 60.")] = 60,
    freeze_tag: Annotated[
        str, typer.Option("--freeze-tag", help="Which camera it claims to be; clients look at it.")
    ] = "Polaris Vega 008",
) -> "Peer":
    """Be an NDI Polaris camera that sees a marker block breathe."""
    from linacsim.stubs.faulty import FaultyPeer
    from linacsim.stubs.ndi.camera import Camera
    from linacsim.stubs.ndi.polaris import Polaris, model_of

    if rate_hz not in (20, 30, 60):
        raise InputError(f"--rate-hz {rate_hz}: a Polaris has 20, 30 or 60")
    camera = Camera(
        wanted_motion(trace, travel_cm, period_s),
        rate_hz=rate_hz,
        noise_mm=noise_mm,
        seed=chance.seed,
        faults=chance.faults(),
    )
    return FaultyPeer(Polaris(camera, model_of(freeze_tag)), chance.faults())


STUBS: dict[str, Callable[..., int]] = {"ndi-polaris": on_a_wire("ndi-polaris", ndi_polaris)}
