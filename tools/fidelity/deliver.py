"""Beams delivered by the emulator, as recordings of the logs that it writes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.trajectory_log import LogHeader, TrajectoryLogWriter, beam_records, read_log
from linacsim.machine.linac import Linac
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import Frames, State
from linacsim.model.time import NS_PER_S, TICK_NS, seconds, to_ns
from linacsim.review.recording import Recording, of_log
from tools.fidelity.points import ENERGY, HOLD_DEVICE

SEED = 1
LIMIT_S = 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a run left behind."""

    recording: Recording
    """Of the log that it wrote."""
    first_dose_s: float
    """Time of the run at which MU began to be expected."""


class _FirstDose:
    """A sink that notes when dose begins."""

    def __init__(self) -> None:
        self.time_s = float("nan")

    def write(self, frames: Frames) -> None:
        rows = np.flatnonzero(frames.mu_expected > 0)
        if len(rows) and np.isnan(self.time_s):
            self.time_s = seconds(int(frames.tick[rows[0]]) * TICK_NS)

    def close(self, *, truncated: bool = False) -> None:
        pass


def delivered(
    beam: Beam, machine: MachineSpec, hold_s: tuple[float, float] | None = None
) -> Delivered:
    """Deliver the beam, held from one time of the run to another, and read its log.

    Raises RuntimeError where the beam does not come to its end.
    """
    agenda = Agenda()
    if beam.beam_hold_devices:
        agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, str(HOLD_DEVICE), 1.0))
    for time_s, hold in zip(hold_s or (), (True, False), strict=False):
        agenda.line(to_ns(time_s), HOLD_DEVICE, hold=hold)
    agenda.start(DefaultOperator(beam))
    total = float(beam.resolved_mu()[-1])
    header = LogHeader("fidelity", "beam", total, ENERGY, machine.mlc.log_code, beam_records(beam))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "emulated.bin"
        writer = TrajectoryLogWriter(path, machine.layout, header)
        first = _FirstDose()
        linac = Linac(machine, seed=SEED)
        result = run_batch(linac, agenda, [writer, first], limit_ns=LIMIT_S * NS_PER_S)
        writer.close()
        if result.state is not State.COMPLETE:
            raise RuntimeError(f"the beam ended in {result.state.name}: {result.events[-1].text}")
        return Delivered(of_log(read_log(path)), first.time_s)
