"""Each fault of the catalogue, injected at a stub, headless and live: the same comes of it.

The devices of a bench are tried in one run: headless on simulated wires, live with their stubs as
a process on pseudo terminals. What is judged are the inputs of the machine as its journal has them,
and the frames of a replay of that journal, which must be identical.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.control.interlocks import DEVICE_FAULT, DEVICE_HOLD
from linacsim.devices.catalogue import CATALOGUE, Condition, named
from linacsim.invariants.log_dose import LEAST_DOSE_MU
from linacsim.model.findings import InputError
from linacsim.model.messages import DeviceReport, Standing
from linacsim.scenario.live import run_live
from linacsim.scenario.running import prepare, run_scenario
from tests.hil.fault_bench import Run, name_of, played, scenario, start_s
from tests.hil.fault_cases import CASES, ELSEWHERE, Bench, Case

ATTEMPTS = 3
LATE_S = 0.1
"""How much later than headless a stub on a busy machine may be."""


def headless(bench: Bench, folder: Path) -> Run:
    out = folder / "headless"
    out.mkdir()
    run_scenario(prepare(scenario(bench, folder)), out)
    return played(next(out.glob("*.journal")), 0.0)


def live(bench: Bench, out: Path) -> Run:
    out.mkdir()
    _, timing = run_live(prepare(scenario(bench, out)), out)
    return played(next(out.glob("*.journal")), LATE_S + timing.lateness.max_us / 1e6)


def seen_in_time(case: Case, run: Run) -> str:
    """Return what is missing of a case that must be told, and held where it is no mere warning."""
    latest_s = start_s(case) + case.within_ms / 1000 + run.slack_s
    row = f"(fault {case.row.value})" if case.row <= Condition.FUTURE else named(case.row)
    texts = run.seen(case)
    if case.interlock:
        number = case.keys["device"]
        row = f"device {number}"
        texts = [(t, text) for t, text in run.events if text.startswith(f"{case.interlock} up")]
    if not any(row in text and t <= latest_s for t, text in texts):
        return f"{row} not told up to {latest_s:.2f} s: {texts}"
    return ""


def held_in_time(case: Case, run: Run, standing: Standing) -> str:
    if case.interlock:
        return ""
    latest_s = start_s(case) + case.within_ms / 1000 + run.slack_s
    reports = [(t, m) for t, m in run.of(case) if isinstance(m, DeviceReport)]
    if any(m.standing is standing and t <= latest_s for t, m in reports):
        return ""
    return f"no {standing} up to {latest_s:.2f} s: {reports}"


def no_dose_while_held(run: Run) -> None:
    held = run.flags(DEVICE_HOLD) | run.flags(DEVICE_FAULT)
    dose = np.diff(run.mu)[held[1:] & held[:-1]]
    assert dose.max(initial=0.0) < LEAST_DOSE_MU


def problems_of(case: Case, bench: Bench, run: Run) -> list[str]:
    """Return what is not as it should be."""
    standings = run.standings(case)
    last = standings[-1] if standings else None
    problems = [seen_in_time(case, run)]
    if bench is Bench.GOES_ON:
        problems.append(f"it stood otherwise: {run.of(case)}" if standings else "")
    elif not case.interlock:
        wanted = Standing.HOLD if bench is Bench.HELD else Standing.FAULT
        problems.append(held_in_time(case, run, wanted))
        came_back = last is Standing.GOOD
        problems.append("" if came_back is not (bench is Bench.FOR_GOOD) else f"at last {last}")
    return [problem for problem in problems if problem]


def judged(bench: Bench, run: Run) -> dict[str, Any]:
    """Return what is wrong, and what else must be the same live and headless."""
    wrong = {name_of(case): problems_of(case, bench, run) for case in CASES[bench]}
    no_dose_while_held(run)
    return {
        "wrong": {name: found for name, found in wrong.items() if found},
        "standings": {name_of(case): run.standings(case) for case in CASES[bench]},
        "interlocks": [name for name in (DEVICE_HOLD, DEVICE_FAULT) if run.rose_after(name, 5.0)],
        "state": run.state,
    }


def refusals(bench: Bench, folder: Path) -> str:
    """Return why no beam was started headless: how devices stood at the end."""
    out = folder / "headless"
    out.mkdir()
    run_scenario(prepare(scenario(bench, folder)), out)
    run = played(next(out.glob("*.journal")), 0.0)
    assert run.mu[-1] == 0.0
    last = {m.device: m.text for _, m in run.told if isinstance(m, DeviceReport)}
    return "; ".join(f"{name}: {text}" for name, text in last.items())


def test_what_must_not_be_used_never_is_and_says_why_headless_and_live(tmp_path: Path) -> None:
    """Each run ends with all of them named; a busy machine may hide one, so it has three tries."""
    bench = Bench.NEVER_LIVE
    assert unnamed(bench, refusals(bench, tmp_path)) == []
    for _ in range(ATTEMPTS):
        with pytest.raises(InputError, match="not ready within") as real:
            run_live(prepare(scenario(bench, tmp_path)))
        assert "\n" not in str(real.value)
        if not (missed := unnamed(bench, str(real.value))):
            break
    assert missed == []


def unnamed(bench: Bench, told: str) -> list[str]:
    """Return the cases whose row is not named in what was told."""
    names = "|".join(map(name_of, CASES[bench]))
    parts = re.split(f"({names}): ", told)[1:]
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    return [
        name_of(case) for case in CASES[bench] if named(case.row) not in said.get(name_of(case), "")
    ]


TOGETHER = [bench for bench in Bench if bench is not Bench.NEVER_LIVE]


@pytest.mark.parametrize("bench", TOGETHER, ids=[bench.name for bench in TOGETHER])
def test_what_comes_of_faults_is_the_same_headless_and_live(bench: Bench, tmp_path: Path) -> None:
    """A busy machine adds faults of its own, so a live run has three tries."""
    simulated = judged(bench, headless(bench, tmp_path))
    assert simulated["wrong"] == {}
    for attempt in range(ATTEMPTS):
        real = judged(bench, live(bench, tmp_path / f"live-{attempt}"))
        if real == simulated:
            break
    assert real == simulated


def test_every_row_is_tried_here_or_elsewhere() -> None:
    here = {case.row for cases in CASES.values() for case in cases}
    assert here | set(ELSEWHERE) == set(CATALOGUE)
    assert not here & set(ELSEWHERE)
