"""The real log of a static field that was held for 7.4 s, reproduced (log-formats 6.4)."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.trajectory_log import (
    LogHeader,
    TrajectoryLog,
    TrajectoryLogWriter,
    beam_records,
    read_log,
)
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S, to_ns
from tests.beams import make_beam
from tests.keep import Keep

REAL = "tlog-v3.0-m120-static-midbeam-hold.bin"
MACHINE = load_machine("truebeam-m120")
PULSE = MACHINE.energies["6x"].mu_per_pulse
PLANNED_MU = 204.0
RATE = 10.0
BEAM = make_beam({"Mu": 0}, {"Mu": PLANNED_MU}, beam_hold_devices=(BeamHoldDevice(4),))


def deliver(path: Path, edges: tuple[float, float] | None) -> tuple[TrajectoryLog, Keep]:
    """Deliver the field, held between the two times in s, and read its log."""
    agenda, keep = Agenda(), Keep()
    agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0))
    agenda.start(DefaultOperator(BEAM))
    for time_s, hold in zip(edges or (), (True, False), strict=False):
        agenda.line(to_ns(time_s), 4, hold=hold)
    header = LogHeader(
        plan_name="static",
        beam_name="held",
        original_mu=PLANNED_MU,
        energy="6x",
        mlc_model=MACHINE.mlc.log_code,
        subbeams=beam_records(BEAM),
    )
    log = TrajectoryLogWriter(path, MACHINE.layout, header)
    result = run_batch(Linac(MACHINE, seed=1), agenda, [keep, log], limit_ns=120 * NS_PER_S)
    log.close()
    assert result.state is State.COMPLETE
    return read_log(path), keep


def first_mu_s(keep: Keep) -> float:
    """Return when dose began."""
    return float(keep.column("tick")[np.argmax(keep.column("mu_expected") > 0)]) / 100


def test_the_held_field_is_reproduced(shared_data: Path, tmp_path: Path) -> None:
    real = read_log(shared_data / "logs" / REAL)
    mu, actual = real.mu.expected, real.mu.actual
    start = int(np.argmax(mu > 0))
    drop = int(np.flatnonzero(np.diff(mu) < 0)[0])
    rise = drop + 1 + int(np.flatnonzero(np.diff(mu[drop + 1 :]) > 0)[0])
    # The line comes up where the real dose stopped, and goes so that dose starts in its row.
    begin_s = first_mu_s(deliver(tmp_path / "free.bin", None)[1])
    times = MACHINE.supervision
    up_s = begin_s + float(actual[drop]) / RATE - times.beam_off_latency_s
    down_s = up_s + 0.02 * (rise - drop) - times.beam_on_latency_s
    ours, _ = deliver(tmp_path / "held.bin", (up_s, down_s))

    made, got = ours.mu.expected, ours.mu.actual
    our_start = int(np.argmax(made > 0))
    our_drop = int(np.flatnonzero(np.diff(made) < 0)[0])
    our_rise = our_drop + 1 + int(np.flatnonzero(np.diff(made[our_drop + 1 :]) > 0)[0])
    assert our_drop - our_start == pytest.approx(drop - start, abs=1)
    assert our_rise - our_drop == pytest.approx(rise - drop, abs=1)

    # Overrun of the expected side in the last row before it is set back, and the value it gets.
    assert 0 < mu[drop] - mu[drop + 1] < 0.2
    assert 0 < made[our_drop] - made[our_drop + 1] < 0.2
    # Within a tick's dose: rows show every second tick, and the overrun must be in one of them.
    assert made[our_drop + 1] == pytest.approx(mu[drop + 1], abs=RATE * 0.01)
    assert made[our_drop + 1] == pytest.approx(got[our_drop], abs=PULSE)

    # Row by row: frozen while held, with the monitor drifting; then on from there at once.
    assert np.ptp(made[our_drop + 1 : our_rise]) == np.ptp(mu[drop + 1 : rise]) == 0
    drift = got[our_rise - 1] - got[our_drop + 1]
    assert drift == pytest.approx(actual[rise - 1] - actual[drop + 1], rel=0.5)
    for row in range(5):
        gained = made[our_rise + row] - made[our_drop + 1]
        assert gained == pytest.approx(mu[rise + row] - mu[drop + 1], abs=0.101), row
        behind = made[our_rise + row] - got[our_rise + row]
        assert behind == pytest.approx(mu[rise + row] - actual[rise + row], abs=2 * PULSE), row

    # Flags are 2 from the row of the overrun on. The expected flag is a tick late; on the machine
    # the expected side runs on for another tick, so that this row shows it already. The machine
    # lets go two ticks before the first dose, ours with it: a row earlier than ours.
    for flags, first, last in (
        (real.beam_hold.actual, drop, rise - 1),
        (ours.beam_hold.actual, our_drop, our_rise),
        (real.beam_hold.expected, drop, rise),
        (ours.beam_hold.expected, our_drop + 1, our_rise + 1),
    ):
        assert (flags[first : last + 1] == 2).all()
        assert (flags[first - 5 : first] == 0).all()
        assert (flags[last + 1 : last + 6] == 0).all()
