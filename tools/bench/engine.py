"""Time of a delivery in the engine: an arc of 178 points with 120 moving leaves.

The baseline is the machine itself: the ratio says how many times real time.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.trajectory_log import LogHeader, TrajectoryLogWriter, beam_records
from linacsim.invariants.eye import Invariants
from linacsim.invariants.points import Points
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import FIRST_LEAF, N_SINGLE, Axis
from linacsim.model.beam import Beam, ControlPoints, SubBeam
from linacsim.model.joints import FrameSink
from tools.bench.planning import arc
from tools.bench.row import Row

POINTS = 178
RUNS = 5


def run() -> list[Row]:
    """Measure the engine bare, with the log, and with everything that a delivery runs."""
    machine = load_machine("truebeam-m120")
    beam = arc_beam(machine)
    rows = []
    for name, log, eye in (
        ("engine alone", False, False),
        ("engine, log written", True, False),
        ("engine, log written, invariants judged", True, True),
    ):
        spent_s, result = min((_deliver(machine, beam, log, eye) for _ in range(RUNS)), key=_first)
        ratio = result.simulated_s / spent_s
        rows.append(Row(name, spent_s, "the machine", result.simulated_s, ratio, ">= 1000"))
    return rows


def arc_beam(machine: MachineSpec) -> Beam:
    """Return the arc of the planning benchmark as a beam."""
    mu, position = arc(POINTS)
    axes = np.full((POINTS, N_SINGLE), np.nan)
    moving = [Axis.GANTRY_RTN, Axis.X1, Axis.X2, Axis.Y1, Axis.Y2]
    axes[:, moving] = position[:, moving]
    points = ControlPoints(
        mu=mu,
        axes=axes,
        leaves=position[:, FIRST_LEAF:].copy(),
        line=np.zeros(POINTS, dtype=np.int64),
        energy=MappingProxyType({0: "6x"}),
        dose_rate=MappingProxyType({0: 600.0}),
        sub_beam=MappingProxyType({0: SubBeam(0, "arc")}),
    )
    return Beam(1, machine.mlc.model, points)


def _deliver(machine: MachineSpec, beam: Beam, log: bool, eye: bool) -> tuple[float, RunResult]:
    with tempfile.TemporaryDirectory() as folder:
        sinks: list[FrameSink] = []
        if log:
            sinks.append(log_writer(machine, beam, Path(folder)))
        if eye:
            sinks.append(Invariants(machine, Points.of(beam)))
        linac, agenda = Linac(machine, seed=1), Agenda()
        agenda.start(DefaultOperator(beam))
        start_s = time.perf_counter()
        result = run_batch(linac, agenda, sinks)
        _close(sinks)
        spent_s = time.perf_counter() - start_s
    assert result.state.name == "COMPLETE", result
    return spent_s, result


def _close(sinks: Sequence[FrameSink]) -> None:
    for sink in sinks:
        sink.close()


def log_writer(machine: MachineSpec, beam: Beam, folder: Path) -> TrajectoryLogWriter:
    """Return a writer of the log of a bench beam."""
    header = LogHeader(
        plan_name="bench",
        beam_name="arc",
        original_mu=float(beam.resolved_mu()[-1]),
        energy="6x",
        mlc_model=machine.mlc.log_code,
        subbeams=beam_records(beam),
    )
    return TrajectoryLogWriter(folder / "log.bin", machine.layout, header)


def _first(pair: tuple[float, RunResult]) -> float:
    return pair[0]
