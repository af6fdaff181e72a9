"""Real logs keep all rules; every damage done to them at a seeded place is caught and named.

What is done is in tests/log_damage; what is judged, and how strictly, in
docs/reference/invariants.md.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import read_log
from linacsim.invariants import LogColumns, Rule, judge_log
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.review.log_check import columns_of
from linacsim.review.recording import of_log
from tests.log_damage import DAMAGES

REAL = {
    "tlog-v2.1-m120-picketfence-static.bin": "truebeam-m120",
    "tlog-v3.0-hd120-T3-mlc-speed-arc.bin": "truebeam-hd120",
    "tlog-v3.0-hd120-kv-rotation-aborted.bin": "truebeam-hd120",
    "tlog-v3.0-hd120-vmat-jaw-tracking.bin": "truebeam-hd120",
    "tlog-v3.0-m120-field.bin": "truebeam-m120",
    "tlog-v3.0-m120-static-midbeam-hold.bin": "truebeam-m120",
}
SEEDS = range(2)
_cache: dict[str, LogColumns] = {}


def columns(folder: Path, name: str) -> LogColumns:
    if name not in _cache:
        _cache[name] = columns_of(of_log(read_log(folder / "logs" / name)))
    return _cache[name]


@pytest.mark.parametrize("name", REAL)
def test_real_logs_keep_all_rules(shared_data: Path, name: str) -> None:
    assert judge_log(load_machine(REAL[name]), columns(shared_data, name)) == ()


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_named(shared_data: Path, what: str) -> None:
    done = 0
    for name, machine_name in REAL.items():
        machine = load_machine(machine_name)
        for seed in SEEDS:
            done += named(machine, columns(shared_data, name), what, name, seed)
    assert done >= len(SEEDS), "this damage must fit at least one log"


def test_every_rule_of_logs_is_the_only_name_of_some_damage(shared_data: Path) -> None:
    """So a rule that stopped working would be missed."""
    alone: set[Rule] = set()
    for name, machine_name in REAL.items():
        for do in DAMAGES.values():
            log, machine = columns(shared_data, name), load_machine(machine_name)
            made = do(log, machine, np.random.default_rng(0))
            if made is not None and len(made.rules) == 1:
                alone |= made.rules
    with_plan_only = {Rule.DOSE_OUTSIDE, Rule.DOSE_LINE, Rule.OFF_LINE}
    assert alone == set(Rule) - with_plan_only


@pytest.mark.parametrize("name", [n for n in REAL if "kv" not in n])
def test_a_rate_that_the_energy_cannot_give_is_named(shared_data: Path, name: str) -> None:
    log, machine = columns(shared_data, name), load_machine(REAL[name])
    assert judge_log(machine, log, "6x") == ()
    found = judge_log(machine, log, "4x")
    assert {item.rule for item in found} == {Rule.DOSE_RATE}
    fast = judge_log(machine, replace(log, interval_ms=log.interval_ms / 2), "6x")
    assert Rule.DOSE_RATE in {item.rule for item in fast}


def named(machine: MachineSpec, log: LogColumns, what: str, name: str, seed: int) -> bool:
    """Assert that a damage done to a log is named; return whether the log could be damaged."""
    made = DAMAGES[what](log, machine, np.random.default_rng(seed))
    if made is None:
        return False
    found = judge_log(machine, made.log)
    told = f"{what} in {name}, seed {seed}, row {made.row}: {[str(item) for item in found][:6]}"
    fitting = [item for item in found if item.rule in made.rules]
    assert fitting, told
    if made.column is not None:
        axis = machine.layout.name(made.column)
        fitting = [item for item in fitting if item.axis == axis]
        assert fitting, f"{told}: not {axis}"
    if made.row is not None:
        off = min(abs(item.time_s / made.log.dt_s - made.row) for item in fitting)
        assert off <= made.slack + 0.5, told
    return True
