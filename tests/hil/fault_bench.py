"""Scenarios of the cases of `fault_cases`, and what their journals hold, for tests."""

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from linacsim.control.interlocks import BIT
from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.messages import DeviceNote, DeviceReport, Load, Standing
from linacsim.model.signals import Frames, State
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.stubs.faults import fault_of
from tests.hil.fault_cases import (
    AGE_MS,
    BOX,
    CAMERA,
    CASES,
    GRBL,
    HOME_MADE,
    LLP,
    RATE_HZ,
    ZABER,
    Bench,
    Case,
)

BEAM = """\
<VarianResearchBeam SchemaVersion="1.0"><SetBeam><Id>1</Id><MLCModel>NDS120HD</MLCModel>
<Accs></Accs><ControlPoints>
<Cp><SubBeam><Seq>0</Seq><Name>Faults</Name></SubBeam><Energy>6x</Energy><Mu>0</Mu><DRate>300</DRate></Cp>
<Cp><Mu>{mu}</Mu></Cp>
</ControlPoints>
{devices}
</SetBeam></VarianResearchBeam>
"""
AGAIN = [
    {"do": "mv_ready_press", "after_s": 0.5},
    {"do": "mv_beam_on", "when": {"state": "READY"}, "after_s": 0.5},
]


def acknowledged(at_s: float) -> list[dict[str, Any]]:
    return [{"do": "default"}, {"do": "acknowledge", "at_s": at_s}, *AGAIN]


MU = {Bench.GOES_ON: 30, Bench.STAGES: 40}
OPERATOR = {
    Bench.ACKNOWLEDGED: acknowledged(12.5),
    Bench.STAGES: acknowledged(22.0),
    Bench.FOR_GOOD: [{"do": "default"}, {"do": "acknowledge", "at_s": 10.0}],
    Bench.NEVER_LIVE: [{"do": "default", "at_s": 8.0}],
}
WAIT_S = {Bench.NEVER_LIVE: 7.0}
OF_STAGE = {
    GRBL: {"axes": [{"axis": "X", "along": "z", "zero_mm": -50, "travel_mm": [-100, 0]}]},
    ZABER: {
        "axes": [{"axis": "1", "along": "z", "zero_mm": 50, "travel_mm": [0, 100]}],
        "microstep_mm": 0.00049609375,
    },
    HOME_MADE: {"axes": [{"axis": "0", "along": "z", "zero_mm": 50, "travel_mm": [0, 100]}]},
}


def name_of(case: Case) -> str:
    number = CASES[bench_of(case)].index(case)
    return f"{case.kind}-{case.row.name.lower().replace('_', '-')}-{number}"


def bench_of(case: Case) -> Bench:
    return next(bench for bench, cases in CASES.items() if case in cases)


def device(case: Case) -> dict[str, Any]:
    """Return the keys of the device of a case."""
    keys: dict[str, Any] = {"name": name_of(case), "kind": case.kind, **case.keys}
    if case.kind in (LLP, CAMERA):
        keys |= {"source": name_of(case), "rate_hz": RATE_HZ, "least_age_limit_ms": AGE_MS}
    if case.kind in OF_STAGE:
        keys |= {"play": "motion", "rehome_s": 0.5, **OF_STAGE[case.kind]}
    keys["stub"] = {"faults": case.fault.split(), **case.keys.get("stub", {})}
    return keys


def scenario(bench: Bench, folder: Path) -> Path:
    """Write the scenario of a bench to a folder."""
    cases = CASES[bench]
    boxes = "".join(f'<Dev Id="{c.keys["device"]}"/>' for c in cases if c.kind == BOX)
    boxes = f"<BeamHoldDevices>{boxes}</BeamHoldDevices>" if boxes else ""
    (folder / "beam.xml").write_text(BEAM.format(mu=MU.get(bench, 25), devices=boxes))
    path = folder / "scenario.yaml"
    keys = {
        "schema": 1,
        "title": str(bench),
        "machine": "truebeam-hd120",
        "beam": "beam.xml",
        "seed": 7,
        "motion": {"kind": "sine", "period_s": 4.0, "travel_cm": 1.5, "power": 2},
        "devices": [device(case) for case in cases],
        "operator": OPERATOR.get(bench, [{"do": "default"}]),
        "real_time": {
            "wait_s": WAIT_S.get(bench, 30.0),
            "late": {"hold_after": None, "stop_ms": None},
        },
        "limit_s": 20.0 if bench is Bench.NEVER_LIVE else 40.0,
        "expect": {"state": "COMPLETE"},
    }
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(keys, file)
    return path


@dataclass
class Run:
    """What a journal holds, and the frames that it replays to."""

    slack_s: float
    """How late the loop was at worst."""
    told: list[tuple[float, DeviceNote | DeviceReport]] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    up: list[int] = field(default_factory=list)
    mu: list[float] = field(default_factory=list)
    state: State = State.IDLE
    loaded_s: float = 0.0

    def write(self, frames: Frames) -> None:
        self.events += [(event.tick * TICK_NS / NS_PER_S, event.text) for event in frames.events]
        self.up += frames.interlocks.tolist()
        self.mu += frames.mu_actual.tolist()
        self.state = State(frames.state[-1])

    def close(self, *, truncated: bool = False) -> None:
        pass

    def of(self, case: Case) -> list[tuple[float, DeviceNote | DeviceReport]]:
        """Return what was told of the device of a case, from its fault on."""
        return self._since(case, start_s(case) - self.slack_s)

    def seen(self, case: Case) -> list[tuple[float, str]]:
        """Return all texts about the device of a case, from its fault on.

        What is told only once, a busy machine may have caused before.
        """
        early = bool(self.slack_s) and case in CASES[Bench.GOES_ON]
        told = self._since(case, self.loaded_s) if early else self.of(case)
        return [(time_s, message.text) for time_s, message in told]

    def standings(self, case: Case) -> list[Standing]:
        """Return how the device stood, one after the other."""
        reports = [m.standing for _, m in self.of(case) if isinstance(m, DeviceReport)]
        return [standing for standing, _ in groupby(reports)]

    def _since(self, case: Case, from_s: float) -> list[tuple[float, DeviceNote | DeviceReport]]:
        return [(t, m) for t, m in self.told if m.device == name_of(case) and t >= from_s]

    def rose_after(self, interlock: str, time_s: float) -> bool:
        """Return whether an interlock came up after a time."""
        return bool(np.diff(self.flags(interlock).astype(int))[round(time_s * 100) :].max() > 0)

    def flags(self, interlock: str) -> np.ndarray:
        return (np.array(self.up) & BIT[interlock]) > 0


def start_s(case: Case) -> float:
    return fault_of(case.fault.split()[0]).start_ns / NS_PER_S


def played(journal_file: Path, slack_s: float) -> Run:
    """Return what a journal holds; it must replay bit for bit."""
    journal = read_journal(journal_file)
    run = Run(slack_s)
    for tick, messages in sorted(journal.inputs.items()):
        time_s = tick * TICK_NS / NS_PER_S
        if any(isinstance(message, Load) for message in messages):
            run.loaded_s = time_s
        run.told += [(time_s, m) for m in messages if isinstance(m, DeviceNote | DeviceReport)]
    assert replay(journal, [run]).identical
    return run
