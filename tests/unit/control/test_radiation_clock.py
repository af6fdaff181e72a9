"""Radiation time of each sub-beam, its limit, and how far ahead a limit can be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.control.radiation_clock import RadiationClock
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam, SubBeam
from linacsim.model.time import NS_PER_S
from linacsim.planning import plan
from tests.beams import make_beam

TICKS_PER_S = 100


def clock_of(machine: MachineSpec, beam: Beam) -> RadiationClock:
    trajectory = plan(beam, machine, held=machine.start).trajectory
    assert trajectory is not None
    return RadiationClock(machine, beam, trajectory)


def two_fields(first: float | None = None, second: float | None = None) -> Beam:
    """Two fields of 10 s and 5 s with a couch move of some seconds between."""
    return make_beam(
        {"Mu": 0, "CouchLng": 100.0},
        {"Mu": 100},
        {"CouchLng": 90.0},
        {"Mu": 150},
        sub_beams={
            0: SubBeam(0, "first", max_rad_time_s=first),
            2: SubBeam(1, "second", max_rad_time_s=second),
        },
    )


def beam_on(clock: RadiationClock, cp: float, seconds: float) -> None:
    clock.count(np.full(round(seconds * TICKS_PER_S), cp))


@pytest.mark.parametrize(
    ("stated", "limit"),
    # 1.2 times the nominal 10 s and 6 s more, unless the file states less.
    [(None, 18.0), (5.0, 5.0), (17.5, 17.5), (30.0, 18.0)],
)
def test_limit_is_the_lower_of_stated_and_nominal_with_margin(
    stated: float | None, limit: float, machine: MachineSpec
) -> None:
    clock = clock_of(machine, two_fields(stated))
    assert clock.horizon(0.0) == pytest.approx(min(limit, 12.0) * TICKS_PER_S, abs=3)
    beam_on(clock, 0.5, limit - 0.1)
    assert clock.over() == ""
    beam_on(clock, 0.5, 0.15)
    assert clock.over().startswith(f"{limit + 0.05:.2f} s in sub-beam 0, limit ")


def test_moving_without_dose_is_not_radiation_time(machine: MachineSpec) -> None:
    # Nominal times are 10 s and 5 s; the couch takes seconds more that do not count.
    clock = clock_of(machine, two_fields())
    assert clock.horizon(2.0) == pytest.approx((5 * 1.2 + 6) * TICKS_PER_S, abs=3)


def test_each_sub_beam_has_its_own_clock(machine: MachineSpec) -> None:
    clock = clock_of(machine, two_fields())
    beam_on(clock, 0.5, 17.0)
    beam_on(clock, 2.0, 11.0)
    assert clock.over() == ""
    assert clock.total_ns == 28 * NS_PER_S
    beam_on(clock, 3.0, 1.1)
    assert "in sub-beam 1" in clock.over()


def test_time_before_the_first_sub_beam_counts_for_it(machine: MachineSpec) -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 10}, {"Mu": 20}, sub_beams={1: SubBeam(0, "late")})
    clock = clock_of(machine, beam)
    beam_on(clock, 0.0, 1.0)
    assert clock.total_ns == NS_PER_S


def test_exactly_at_the_limit_is_over(machine: MachineSpec) -> None:
    clock = clock_of(machine, two_fields(5.0))
    clock.count(np.full(499, 0.5))
    assert clock.over() == ""
    clock.count(np.full(1, 0.5))
    assert clock.over() == "5.00 s in sub-beam 0, limit 5.00 s"


def test_horizon_looks_at_this_and_later_sub_beams_only(machine: MachineSpec) -> None:
    clock = clock_of(machine, two_fields(first=3.0, second=4.0))
    assert clock.horizon(0.0) == 300
    assert clock.horizon(1.99) == 300
    assert clock.horizon(2.0) == 400
    assert clock.horizon(3.0) == 400


def test_horizon_is_never_nothing(machine: MachineSpec) -> None:
    clock = clock_of(machine, two_fields(first=3.0))
    beam_on(clock, 0.5, 9.0)
    assert clock.horizon(0.5) == 1


MACHINE = load_machine("truebeam-m120")
CLOCK_BEAM = make_beam(
    *({"Mu": 10.0 * k} for k in range(6)),
    sub_beams={
        0: SubBeam(0, "a", max_rad_time_s=2.0),
        2: SubBeam(1, "b"),
        4: SubBeam(2, "c", max_rad_time_s=1.0),
    },
)


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(
        st.tuples(st.floats(0, 1), st.integers(1, 400), st.booleans()), min_size=1, max_size=12
    )
)
def test_horizon_never_passes_a_limit(parts: list[tuple[float, int, bool]]) -> None:
    """However the beam goes forward, all of a horizon but its last tick is within all limits."""
    clock, s = clock_of(MACHINE, CLOCK_BEAM), 0.0
    for share, asked, shorter in parts:
        if clock.over():
            break
        n = min(asked, clock.horizon(s))
        ahead = np.linspace(s, s + share * (5.0 - s), n + 1)[1:]
        if shorter:
            ahead = ahead[: max(1, n // 2)]
        for cp in ahead[:-1]:
            clock.count(np.array([cp]))
            assert clock.over() == ""
        clock.count(ahead[-1:])
        s = float(ahead[-1])
