"""The eye that knows the beam-hold lines: dose may come only while none of them holds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from linacsim.invariants import HoldEye, Rule
from linacsim.invariants.holds import Edge
from linacsim.machines import load_machine
from linacsim.model.signals import Frames
from linacsim.model.time import NS_PER_MS, TICK_NS

MACHINE = load_machine("truebeam-m120")
FULL_MU = 0.1
"""MU per tick at 600 MU/min."""


def frames(mu: Sequence[float]) -> Frames:
    """Return frames of which only tick and dose matter here."""
    n = len(mu)
    bytes8, wide = np.zeros(n, dtype=np.uint8), np.zeros((n, 1))
    return Frames(
        tick=np.arange(n),
        state=bytes8,
        segment=np.zeros(n, dtype=np.int64),
        cp=np.zeros(n),
        mu_expected=np.zeros(n),
        mu_actual=np.cumsum(mu),
        hold_expected=bytes8,
        hold_actual=bytes8,
        expected=wide,
        actual=wide,
        frozen=np.zeros(1, dtype=bool),
        beam_on=np.ones(n, dtype=bool),
        interlocks=np.zeros(n, dtype=np.int64),
    )


def found(mu: Sequence[float], *lines: Sequence[Edge]) -> list[tuple[Rule, int, int]]:
    eye = HoldEye(MACHINE, "6x", lines)
    eye.write(frames(mu))
    eye.close()
    return [(violation.rule, violation.tick, violation.count) for violation in eye.violations]


def at(tick: float) -> int:
    return round(tick * TICK_NS)


def test_dose_may_come_while_no_line_holds() -> None:
    assert found([FULL_MU] * 20) == []
    assert found([FULL_MU] * 20, [], [(at(30), True)]) == []


def test_dose_while_a_line_holds_is_found() -> None:
    assert found([FULL_MU] * 20, [(at(10), True)]) == [(Rule.DOSE_LINE, 10, 10)]


def test_any_of_the_lines_may_hold() -> None:
    lines = [(at(4), True), (at(8), False)], [(at(6), True), (at(12), False)]
    assert found([FULL_MU] * 20, *lines) == [(Rule.DOSE_LINE, 4, 8)]


def test_a_pulse_shorter_than_a_tick_does_not_count_as_a_whole_one() -> None:
    assert found([FULL_MU] * 20, [(at(10.2), True), (at(10.4), False)]) == []


def test_the_monitor_may_drift_while_held() -> None:
    drift = MACHINE.dose.hold_drift_mu_per_s / 100
    assert found([FULL_MU] * 10 + [drift] * 10, [(at(9.5), True)]) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_only_the_open_part_of_a_tick_may_give_dose(share: float) -> None:
    """A line up at the start of tick 5 and down `share` before its end."""
    supervision = MACHINE.supervision
    begin = at(5) - round(supervision.beam_off_latency_s * 1000 * NS_PER_MS)
    end = at(6 - share) - round(supervision.beam_on_latency_s * 1000 * NS_PER_MS)
    line = [(begin, True), (end, False)]
    eye = HoldEye(MACHINE, "6x", [line])
    assert eye.open_ns(np.array([4, 5, 6])) == pytest.approx(
        [TICK_NS, share * TICK_NS, TICK_NS], abs=2
    )
    most = MACHINE.dose.headroom * FULL_MU * share
    assert found([0, 0, 0, 0, 0, most, 0], line) == []
    assert len(found([0, 0, 0, 0, 0, most + 3 * MACHINE.energies["6x"].mu_per_pulse, 0], line)) == 1


def test_findings_do_not_depend_on_blocks() -> None:
    line = [(at(10), True)]
    whole = frames([FULL_MU] * 20)
    one, other = (HoldEye(MACHINE, "6x", [line]) for _ in range(2))
    one.write(whole)
    for k in range(20):
        single = slice(k, k + 1)
        other.write(replace(whole, tick=whole.tick[single], mu_actual=whole.mu_actual[single]))
    assert one.violations == other.violations
