"""The real logs at hand, and how each is emulated."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linacsim.formats.trajectory_log import read_log
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.signals import Commands, Drive
from linacsim.plant.linac import LinacPlant
from linacsim.review.recording import Recording, of_log
from linacsim.scenario.plan_file import open_plan
from tools.fidelity.compare import Beside, Compared, compare
from tools.fidelity.deliver import SEED, delivered
from tools.fidelity.points import beam_of, fields_of, lines_of, static_of
from tools.ticks import on_ticks

_ROW_S = 0.02


@dataclass(frozen=True, slots=True)
class Case:
    """A real log and its emulation."""

    name: str
    log: str
    machine: str
    points_from: str
    emulate: Callable[[Recording, MachineSpec, Path], Recording]


def _from_plan(_: Recording, machine: MachineSpec, data: Path) -> Recording:
    (beam,) = open_plan(data / "plans" / "truebeam-hd120-T3-mlc-speed.dcm", number=16).beams
    return delivered(beam, machine).recording


def _from_lines(real: Recording, machine: MachineSpec, _: Path) -> Recording:
    return delivered(beam_of(lines_of(real), machine.mlc.model), machine).recording


def _from_fields(real: Recording, machine: MachineSpec, _: Path) -> Recording:
    return delivered(beam_of(fields_of(real), machine.mlc.model, (0, 2)), machine).recording


def _held(real: Recording, machine: MachineSpec, _: Path) -> Recording:
    """Deliver the static field, held by a line for as long as the real one was.

    The line comes up where the real dose stopped, and goes so that dose starts in its row.
    """
    beam = beam_of(static_of(real), machine.mlc.model)
    begin_s = delivered(beam, machine).first_dose_s
    step = np.diff(real.mu_expected)
    drop = int(np.flatnonzero(step < 0)[0])
    again = drop + 1 + int(np.flatnonzero(step[drop + 1 :] > 0)[0])
    rate = float(np.median(step[step > 0])) / _ROW_S
    times = machine.supervision
    up_s = begin_s + float(real.mu_actual[drop]) / rate - times.beam_off_latency_s
    down_s = up_s + _ROW_S * (again - drop) - times.beam_on_latency_s
    return delivered(beam, machine, (up_s, down_s)).recording


CASES = (
    Case(
        "MLC-speed arc, HD120",
        "tlog-v3.0-hd120-T3-mlc-speed-arc.bin",
        "truebeam-hd120",
        "its DICOM plan",
        _from_plan,
    ),
    Case(
        "jaw-tracking arc, HD120",
        "tlog-v3.0-hd120-vmat-jaw-tracking.bin",
        "truebeam-hd120",
        "lines of its log",
        _from_lines,
    ),
    Case(
        "picket fence, M120",
        "tlog-v2.1-m120-picketfence-static.bin",
        "truebeam-m120",
        "lines of its log",
        _from_lines,
    ),
    Case(
        "two fields in sequence, M120",
        "tlog-v3.0-m120-field.bin",
        "truebeam-m120",
        "places in its log",
        _from_fields,
    ),
    Case(
        "static field held for 7.4 s, M120",
        "tlog-v3.0-m120-static-midbeam-hold.bin",
        "truebeam-m120",
        "MU and hold of its log",
        _held,
    ),
)

ABORTED = "tlog-v3.0-hd120-kv-rotation-aborted.bin"


def measured(case: Case, data: Path, machine: MachineSpec | None = None) -> Compared:
    """Emulate a log, by default on its shipped machine, and compare."""
    real = of_log(read_log(data / "logs" / case.log))
    spec = machine or load_machine(case.machine)
    return compare(real, case.emulate(real, spec, data), spec)


def stopped(data: Path) -> tuple[Beside, ...]:
    """Compare the gantry that was stopped at full speed with one told to brake at that moment."""
    real = of_log(read_log(data / "logs" / ABORTED))
    expected, actual = (side[:, Axis.GANTRY_RTN] for side in (real.expected, real.actual))
    frozen = len(expected) - int(np.argmax(expected[::-1] != expected[-1]))
    way = np.sign(actual[-1] - expected[-1])
    theirs = way * (actual[frozen:] - expected[-1])
    ours = way * (_braked(real, frozen) - expected[-1])
    return (
        Beside("gantry runs on, deg", float(theirs.max()), float(ours.max()), 2),
        Beside(
            "and settles back, deg",
            float(theirs.max() - theirs[-1]),
            float(ours.max() - ours[-1]),
            3,
        ),
    )


def _braked(real: Recording, frozen: int) -> Floats:
    """Return where the emulated gantry goes, told to brake where the log's command froze."""
    machine = load_machine("truebeam-hd120")
    ticks = on_ticks(np.nan_to_num(real.expected), 2)
    cut = 2 * frozen + 1
    plant = LinacPlant(machine, np.random.default_rng(SEED), start=ticks[0])
    follow = np.full(machine.layout.n_axes, Drive.FOLLOW, dtype=np.uint8)
    plant.act(Commands(ticks[1:cut], follow, np.zeros(cut - 1), beam_on=False))
    plant.commit(cut - 1)
    brake = np.full(machine.layout.n_axes, Drive.BRAKE, dtype=np.uint8)
    stop = plant.act(Commands(ticks[cut:], brake, np.zeros(len(ticks) - cut), beam_on=False))
    return np.asarray(stop.position[:, Axis.GANTRY_RTN])
