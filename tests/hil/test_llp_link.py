"""LLP/1 drivers on real pseudo terminals: the Python stub, the C reference, kill and restart."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")
pytest.importorskip("cobs", reason="needs the extra `devices`")

import itertools

from linacsim.devices.link import SerialLink, Wire
from linacsim.devices.llp.gate_box import GateBoxSettings, LlpGateBox
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.marker import LlpMarker, MarkerSettings
from linacsim.devices.llp.stage import LlpStage, LlpStageSettings
from linacsim.devices.peer import Driver
from linacsim.devices.sample import Limits, Mark
from linacsim.devices.stages.course import MotionCourse, MountedAxis, Mounting
from linacsim.devices.stages.driver import StageSettings
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.model.messages import DeviceReport, HoldLine, Message, Samples, Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.waveforms import Regular
from tests.llp_peers import command_of, running

LIMITS = Limits(NS_PER_S // 60, allowed=Mark.SIMULATED)
PATIENCE_S = 60.0


def during(
    url: str, driver: Driver, then: Callable[[SerialLink, list[Message]], Awaitable[None]]
) -> None:
    async def main() -> None:
        posted: list[Message] = []
        link = SerialLink("llp", Wire(url), driver)
        began = time.monotonic_ns()
        await link.start(posted.append, lambda: time.monotonic_ns() - began)
        try:
            await then(link, posted)
        finally:
            await link.stop()

    asyncio.run(main())


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("peer", ["python marker", "c marker"])
def test_a_marker_becomes_live_and_loses_nothing(peer: str, binary: bool) -> None:
    driver = LlpMarker("marker", MarkerSettings(LIMITS, binary=binary))

    async def look(link: SerialLink, posted: list[Message]) -> None:
        await until(lambda: link.health().live)
        n = len(posted)
        await until(lambda: len(posted) > n + 100)
        samples = [s for message in posted if isinstance(message, Samples) for s in message.samples]
        assert max(s.z_cm for s in samples) > 0.5
        assert all(s.measured_ns <= s.received_ns for s in samples)

    with running(peer) as url:
        during(url, driver, look)
    counters = driver.session.receiver.counters
    assert (counters.missed, counters.broken) == (0, 0)


@pytest.mark.parametrize("peer", ["python marker", "c marker"])
def test_a_device_that_comes_while_the_beam_is_on_is_set_up_when_it_is_held(peer: str) -> None:
    machine = HostState()
    machine.letter = "B"
    driver = LlpMarker("marker", MarkerSettings(LIMITS), machine)

    async def look(link: SerialLink, _posted: list[Message]) -> None:
        await until(lambda: driver.session.clock.synced)
        assert not link.health().live
        machine.letter = "H"
        await until(lambda: link.health().live)

    with running(peer) as url:
        during(url, driver, look)


@pytest.mark.parametrize("peer", ["python stage", "c stage"])
def test_a_stage_homes_plays_and_says_where_it_was(peer: str) -> None:
    limits = StageLimits((AxisLimits("0", 0.0, 100.0, 100.0, 1000.0),))
    course = MotionCourse(Regular(1.5, 4.0, power=2), Mounting((MountedAxis("0", "z", 50.0),)))
    driver = LlpStage("stage", LlpStageSettings(StageSettings(limits, course)))

    async def look(link: SerialLink, _posted: list[Message]) -> None:
        await until(lambda: link.health().live)
        begun = len(driver.positions)
        await until(lambda: len(driver.positions) > begun + 200)
        told = [place for place in driver.positions if place.wanted_mm is not None]
        off = sorted(abs(place.mm[0] - place.wanted_mm[0]) for place in told if place.wanted_mm)
        assert off[len(off) // 2] < 0.3, "half of the time, however late this machine is"

    with running(peer) as url:
        during(url, driver, look)


@pytest.mark.parametrize("peer", ["python gate", "c gate"])
def test_a_gate_box_becomes_live_and_tells_its_edges(peer: str) -> None:
    driver = LlpGateBox("gate", GateBoxSettings(0, allowed=Mark.SIMULATED))

    async def look(link: SerialLink, posted: list[Message]) -> None:
        await until(lambda: link.health().live)
        await until(lambda: sum(isinstance(message, HoldLine) for message in posted) >= 3)
        edges = [message for message in posted if isinstance(message, HoldLine)]
        assert all(a.hold != b.hold for a, b in itertools.pairwise(edges))
        apart_ns = edges[2].time_ns - edges[1].time_ns
        assert min(abs(apart_ns - s * NS_PER_MS) for s in (500, 1500)) < 200 * NS_PER_MS

    with running(peer) as url:
        during(url, driver, look)


@contextmanager
def linked(link: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command_of("python marker", "--pty", str(link)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_stub_killed_and_run_again_is_a_fault_and_comes_back(tmp_path: Path) -> None:
    place = tmp_path / "marker"
    driver = LlpMarker("marker", MarkerSettings(LIMITS))

    async def kill(link: SerialLink, posted: list[Message]) -> None:
        with linked(place):
            await until(lambda: link.health().live)
            n = len(posted)
        await until(lambda: not link.health().live)
        reports = [message for message in posted[n:] if isinstance(message, DeviceReport)]
        assert reports[-1].standing is Standing.FAULT
        assert "wire gone (fault 21)" in reports[-1].text
        with linked(place):
            await until(lambda: link.health().live)

    # The link is a file name, so the stub must be there before the driver looks for it.
    with linked(place):
        pass
    during(str(place), driver, kill)
