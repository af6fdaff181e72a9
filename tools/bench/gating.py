"""Time of a gated delivery with its log, of a motion model per sample, and of loading a trace."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.feed import Feed
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.traces import read_trace
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.motion import GatingParameters, GatingWindow
from linacsim.motion.gating_model import GatingModel
from linacsim.motion.presets import sensor_spec
from linacsim.motion.sensors import Sensor
from linacsim.motion.waveforms import Regular
from tools.bench.engine import POINTS, arc_beam, log_writer
from tools.bench.row import Row, median_s

RUNS = 3
GATE_DEVICE = 4
TRACE_S = 1200
RATE_HZ = 25


def run() -> list[Row]:
    """Measure all three."""
    return [_delivery(), _model(), _trace()]


def _delivery() -> Row:
    """Time an arc of 178 points with 120 leaves, gated by the exhale half of a 4 s sine."""
    machine = load_machine("truebeam-m120")
    beam = gated(arc_beam(machine))
    spent_s, result = min((deliver(machine, beam) for _ in range(RUNS)), key=lambda pair: pair[0])
    ratio = result.simulated_s / spent_s
    name = f"gated arc of {POINTS} points, log written"
    return Row(name, spent_s, "the machine", result.simulated_s, ratio, ">= 500")


def gated(beam: Beam) -> Beam:
    """Return the beam with a gate that is open half of the time."""
    gating = GatingParameters(
        "BreathingPhase", (GatingWindow(90.0, 270.0),), quality_threshold=0.0, source="NDI"
    )
    return replace(
        beam,
        imaging=ImagingParameters((), gating=gating),
        beam_hold_devices=(BeamHoldDevice(GATE_DEVICE),),
    )


def deliver(machine: MachineSpec, beam: Beam) -> tuple[float, RunResult]:
    """Return how long a delivery took, and how it ended."""
    sensor = Sensor(sensor_spec("NDI"), Regular(1.0, 4.0), np.random.default_rng(1))
    linac, agenda = Linac(machine, seed=1), Agenda()
    agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, str(GATE_DEVICE), 1.0))
    agenda.start(DefaultOperator(beam))
    with tempfile.TemporaryDirectory() as folder:
        log = log_writer(machine, beam, Path(folder))
        start_s = time.perf_counter()
        result = run_batch(linac, agenda, [log], feeds=[Feed("NDI", sensor.received)])
        log.close()
        spent_s = time.perf_counter() - start_s
    assert result.state.name == "COMPLETE", result
    assert result.holds > 10, result
    return spent_s, result


def _model() -> Row:
    sensor = Sensor(sensor_spec("NDI"), Regular(1.0, 4.0), np.random.default_rng(1))
    samples = sensor.received(0, TRACE_S * 10**9)

    def work() -> None:
        model = GatingModel()
        for sample in samples:
            model.update(sample)

    each_s, aim_s = median_s(work) / len(samples), 5e-6
    return Row("gating motion model, one sample", each_s, "aim", aim_s, each_s / aim_s, "< 1")


def _trace() -> Row:
    n = TRACE_S * RATE_HZ
    time_s = np.arange(n) / RATE_HZ
    z_cm = np.cos(time_s * np.pi / 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.csv"
        rows = "".join(f"{t:.3f},{z:.4f}\n" for t, z in zip(time_s, z_cm, strict=True))
        path.write_text("time_s,z_cm\n" + rows, encoding="utf-8")
        spent_s, aim_s = median_s(lambda: read_trace(path)), 0.05
    return Row("trace of 20 min at 25 Hz, loaded", spent_s, "aim", aim_s, spent_s / aim_s, "< 1")
