"""Runs live for minutes beside a bare loop and cyclictest: what is ours, and what is the machine's?

    python -m tools.soak --minutes 10

A camera stub on a pseudo terminal sends 60 frames a second, which gate a beam; telemetry goes to a
Mosquitto broker at 20 Hz, where one is installed; log and journal are written. In the same time a
bare loop in another process sleeps to the same kind of absolute deadlines, and cyclictest (Debian:
rt-tests) runs where it is installed. Prints lateness side by side, lost samples and memory.
"""

import argparse
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.link import SerialLink
from linacsim.devices.ndi.driver import PolarisDriver
from linacsim.devices.ndi.forms import ReplyForm
from linacsim.engines.realtime.priority import FIFO_PRIORITY
from linacsim.scenario.live import live_engine
from linacsim.scenario.running import prepare, run_scenario

BEAM = Path(__file__).parent.parent / "scenarios" / "beams" / "gated-amplitude.xml"
PERIOD_S = 0.01
FRAME_US = 1e6 / 60
"""A Polaris keeps its newest frame only: who stands still for longer has lost one."""
MEMORY_EVERY_S = 30.0
STUB_PRIORITY = 10
"""With --rt, of the stubs and the broker, which no other program shall hold up either."""
BARE = """
import json, sys, time
period, end = 10_000_000, time.monotonic_ns() + int(float(sys.argv[1]) * 1e9)
due, late = time.monotonic_ns() + period, []
while due < end:
    time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
    late.append(time.monotonic_ns() - due)
    due += period
print(json.dumps(late))
"""
SCENARIO = """\
schema: 1
title: soak
machine: truebeam-hd120
beam: {beam}
seed: 1
motion: {{kind: patient, period_s: 4.0, travel_cm: 1.5}}
devices:
  - {{name: camera, kind: ndi-polaris, reply: {reply}}}
mqtt: {mqtt}
limit_s: {limit_s}
no_progress_s: 80000
real_time: {{late: {{hold_after: null, stop_ms: null}}}}
expect: {{state: {state}}}
"""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--rt",
        action="store_true",
        help="ask for real-time priority, for the stubs and the measures too",
    )
    parser.add_argument(
        "--reply",
        default="stream",
        choices=ReplyForm,
        help="how the camera tells places (default: stream; of the others, a machine that stands"
        " still for a frame loses one)",
    )
    options = parser.parse_args()
    if options.rt:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(STUB_PRIORITY))
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        mqtt = running.enter_context(broker(folder))
        scenario = folder / "soak.yaml"
        scenario.write_text(
            SCENARIO.format(
                beam=long_beam(folder, options.minutes),
                mqtt=mqtt,
                reply=options.reply,
                limit_s=60 * options.minutes,
                state="HOLDING",
            )
        )
        bare = start_bare(options.minutes, options.rt)
        cyclic = start_cyclictest(options.minutes, options.rt)
        live(scenario, folder, options.rt)
        print_bare(bare)
        print_cyclictest(cyclic)


def long_beam(folder: Path, minutes: float) -> str:
    """Write a beam with MU enough for this time, and return its name."""
    text = BEAM.read_text()
    mu = round(600 * minutes * 2)
    path = folder / "long.xml"
    path.write_text(text.replace("<Mu>100</Mu>", f"<Mu>{mu}</Mu>"))
    return path.name


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Run Mosquitto on a free loopback port; yield the scenario's section, null without it."""
    program = shutil.which("mosquitto")
    if program is None:
        print("no mosquitto: telemetry is left out")
        yield "null"
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
    process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        yield f"{{url: 'mqtt://127.0.0.1:{port}', telemetry_hz: 20}}"
    finally:
        process.terminate()
        process.wait()


def live(scenario: Path, folder: Path, rt: bool) -> None:
    """Run the scenario by the clock and print what came of it."""
    with memory() as used_mb, live_engine(prepare(scenario), ask_system=rt, tell=print) as engine:
        report = run_scenario(prepare(scenario), folder, engine=engine)
        links = [device for device in engine.devices if isinstance(device, SerialLink)]
    timing = engine.timing()
    result = report.outcome.result
    print(f"ended {result.state.name} after {result.simulated_s:.1f} s, {result.holds} holds")
    for link in links:
        assert isinstance(link.driver, PolarisDriver)
        counts = link.driver.guard.counts
        print(f"{link.name}: {counts[Condition.DROPPED]} samples lost, {dict(+counts)}")
    print("memory every half minute, MB: " + " ".join(f"{mb:.0f}" for mb in used_mb))
    print_row("this loop", engine.late_ns() / 1e3)
    work = timing.compute
    print(
        f"{'its work':12} p50 {work.p50_us:7.0f}  p99 {work.p99_us:7.0f}  max {work.max_us:8.0f} us"
    )


@contextmanager
def memory() -> Iterator[list[float]]:
    """Note this process's resident memory, MB, every half minute."""
    used_mb: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(MEMORY_EVERY_S):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            used_mb.append(pages * resource.getpagesize() / 2**20)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield used_mb
    finally:
        over.set()


def print_row(name: str, late_us: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    """Print percentiles, and how often it was so late that a camera's frame is gone."""
    p50, p99, p999 = np.percentile(late_us, (50, 99, 99.9))
    print(
        f"{name:12} p50 {p50:7.0f}  p99 {p99:7.0f}  p99.9 {p999:7.0f}  max {late_us.max():8.0f} us"
        f"  of {len(late_us)}, {(late_us > FRAME_US).sum()} later than a frame of 60 Hz"
    )


def start_bare(minutes: float, rt: bool) -> "subprocess.Popen[str]":
    """Start the bare loop, at the priority that the machine's loop gets."""
    python = [sys.executable, "-c", BARE, str(60 * minutes)]
    first = ["chrt", "-f", str(FIFO_PRIORITY)] if rt else []
    return subprocess.Popen([*first, *python], stdout=subprocess.PIPE, text=True)


def print_bare(process: "subprocess.Popen[str]") -> None:
    """Wait for the bare loop and print its lateness."""
    text, _ = process.communicate()
    print_row("bare loop", np.array(json.loads(text), dtype=np.float64) / 1e3)


def start_cyclictest(minutes: float, rt: bool) -> "subprocess.Popen[str] | None":
    """Start cyclictest at the priority that the machine's loop gets, with a histogram."""
    program = shutil.which("cyclictest")
    if program is None:
        print("no cyclictest (Debian: rt-tests): left out")
        return None
    loops = str(round(60 * minutes / PERIOD_S))
    policy = ["--mlockall", "--priority", str(FIFO_PRIORITY)] if rt else ["--policy", "other"]
    return subprocess.Popen(
        [program, "-q", "-i", "10000", "-l", loops, "-h", "100000", *policy],
        stdout=subprocess.PIPE,
        text=True,
    )


def print_cyclictest(process: "subprocess.Popen[str] | None") -> None:
    """Wait for cyclictest and print its histogram's percentiles."""
    if process is None:
        return
    text, _ = process.communicate()
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    late_us = np.repeat([float(row[0]) for row in rows], [int(row[1]) for row in rows])
    print_row("cyclictest", late_us)


if __name__ == "__main__":
    started_s = time.monotonic()
    main()
    print(f"{time.monotonic() - started_s:.0f} s in all")
