"""Deliveries made for tests of review: a beam, a machine and what happens, recorded as a log."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.trajectory_log import LogHeader, TrajectoryLogWriter, beam_records
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.messages import Fault, FaultKind, Message
from linacsim.model.time import NS_PER_S, to_ns
from tests.beams import make_beam

DEVICE = 4
MACHINE = load_machine("truebeam-m120")


def vmat(**changes: object) -> Beam:
    """Return an arc of 41 control points in which gantry, dose rate and leaves limit in turn."""
    n = 41
    step_mu = np.where((np.arange(n - 1) // 8) % 2 == 0, 3.0, 9.0)
    mu = np.concatenate([[0.0], np.cumsum(step_mu)])
    points = []
    for k in range(n):
        a, b = np.full(60, 3.0), np.full(60, 3.0)
        a[10:50] += 1.5 * np.sin(0.25 * k + 0.1 * np.arange(40))
        b[10:50] += 1.5 * np.cos(0.25 * k + 0.1 * np.arange(40))
        points.append(
            {
                "Mu": mu[k],
                "GantryRtn": 200.0 + 4.0 * k,
                "CollRtn": 150.0,
                "X1": 5.0,
                "X2": 6.0 + 0.02 * k,
                "Y1": 10.0,
                "Y2": 9.0,
                "CouchRtn": 180.0,
                "leaves": np.concatenate([a, b]),
            }
        )
    return make_beam(*points, **changes)


def deliver_to(
    path: Path,
    beam: Beam,
    machine: MachineSpec = MACHINE,
    *,
    interval_ms: int = 20,
    seed: int = 1,
    hold_s: tuple[float, float] | None = None,
    messages: Sequence[tuple[float, Message]] = (),
) -> Path:
    """Deliver a beam and log it; it is held between two times, and messages come at theirs."""
    agenda = Agenda()
    if hold_s is not None:
        beam = replace(beam, beam_hold_devices=(BeamHoldDevice(DEVICE),))
        agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, str(DEVICE), 1.0))
        for time_s, hold in zip(hold_s, (True, False), strict=True):
            agenda.line(to_ns(time_s), DEVICE, hold=hold)
    for time_s, message in messages:
        agenda.at(to_ns(time_s), message)
    agenda.start(DefaultOperator(beam))
    total = float(beam.resolved_mu()[-1])
    records = beam_records(beam)
    header = LogHeader("QA", beam.name, total, "6x", machine.mlc.log_code, records)
    writer = TrajectoryLogWriter(path, machine.layout, header, interval_ms=interval_ms)
    run_batch(Linac(machine, seed=seed), agenda, [writer], limit_ns=300 * NS_PER_S)
    writer.close()
    return path
