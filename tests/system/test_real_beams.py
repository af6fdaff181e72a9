"""Real beams for TrueBeam, from the file to COMPLETE: MU, end positions, time, no violation.

Every number follows by hand from the file, the speeds and accelerations of
research/log-formats.md 6.1 and the carriages of docs/explanation/time-law.md. A move over w takes
w / v + v / a; on ticks it takes up to one more, and starts on one.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from linacsim.model.legs import FreeLeg, LegKind
from linacsim.model.signals import State
from tests.delivering import Delivered, delivered

TICK_S = 0.01


@dataclass(frozen=True)
class Real:
    """What a file must come to."""

    mu: float
    total_s: float
    legs_s: tuple[float, ...]
    """By hand, without ticks: the legs, and in the last place what is waited in all."""
    ends: dict[str, float]


HOME_AND_CHECK = Real(
    # 10 + 7 + 22 MU.
    mu=39.0,
    total_s=9.36,
    legs_s=(
        # X jaws by 4 cm at 2.5 cm/s and 15 cm/s2.
        4 / 2.5 + 2.5 / 15,
        # 10 MU at 10 MU/s; all jaws by 5 cm at 2.5 cm/s, 7 MU meanwhile; 22 MU at 10 MU/s. The
        # dose rate takes half a tick longer at each end.
        1.0 + 2.0 + 2.2 + 0.01,
        # Y jaws by 4.3 cm at 2.5 cm/s and 5 cm/s2, in the second sub-beam.
        4.3 / 2.5 + 2.5 / 5,
        # MU 0.02 s after the first motion; motion 0.13 s after the MU of the first sub-beam.
        0.02 + 0.13,
    ),
    ends={"X1": 10.0, "X2": 10.0, "Y1": 13.3, "Y2": 13.3, "CollRtn": 270.0, "leaf A30": 14.0},
)

BEAMS = {
    "JawCal_Truebeam.xml": Real(
        mu=0.0,
        total_s=85.73,
        legs_s=(
            # Collimator by 180 deg at 15 deg/s and 48 deg/s2.
            180 / 15 + 15 / 48,
            # X1, then X2, by 22 cm in and out at 2.5 cm/s and 15 cm/s2.
            *[22 / 2.5 + 2.5 / 15] * 4,
            # Y1 by 30 cm in and out, then Y2 in, at 2.5 cm/s and 5 cm/s2.
            *[30 / 2.5 + 2.5 / 5] * 3,
            0.0,
        ),
        ends={"X1": 20.0, "X2": 20.0, "Y1": 20.0, "Y2": -10.0, "CollRtn": 270.0, "leaf B1": 20.6},
    ),
    "MLC_Position_Truebeam.xml": Real(
        mu=0.0,
        total_s=77.60,
        legs_s=(
            180 / 15 + 15 / 48,
            # Leaves by 9 cm, by 5 cm, by 9 cm at 2.5 cm/s and 50 cm/s2.
            9 / 2.5 + 0.05,
            5 / 2.5 + 0.05,
            9 / 2.5 + 0.05,
            # Leaves at 19 to 10 cm share one place of the carriage, 19 cm and the bulge of the
            # leaf end: 19 + 15.75 (sqrt(1.0361) - 1) = 19.2818. For leaves of B at 0 to -10 it
            # goes to 0, at 1.2 cm/s and 20 cm/s2; meanwhile X1 and the leaves need less.
            19.2818 / 1.2 + 0.06,
            # Leaves of B by 10 cm, X1 by 5 cm.
            10 / 2.5 + 0.05,
            # Carriage B back to 19.2818; bank A, now at 10 to 0, needs its own at 10.0786.
            19.2818 / 1.2 + 0.06,
            # X2 by 10 cm at 2.5 cm/s and 15 cm/s2, bank A by 10 cm in 4.05 s.
            10 / 2.5 + 2.5 / 15,
            # Bank A at -10: 0.0786 - 10 and 19.2818 add up to 9.3603, less than 12.5, so both
            # go out by half of what is missing: carriage A from 10.0786 to -8.3516.
            (10.0786 + 8.3516) / 1.2 + 0.06,
            0.0,
        ),
        ends={
            "X1": 20.0,
            "X2": 0.0,
            "CollRtn": 270.0,
            "leaf A1": -10.0,
            "leaf A60": -10.0,
            "leaf B1": 15.0,
            "leaf B30": 19.0,
            "carriage A": -8.3516,
            "carriage B": 20.8516,
        },
    ),
    "mpc-6xFFF.SetBeam.xml": HOME_AND_CHECK,
    "mpc-6xFFF.VarianResearchBeam.xml": HOME_AND_CHECK,
}


@cache
def run(path: Path) -> Delivered:
    return delivered(path)


@pytest.fixture(params=BEAMS)
def beam(request: pytest.FixtureRequest, shared_data: Path) -> tuple[Real, Delivered]:
    return BEAMS[request.param], run(shared_data / "xml" / request.param)


@pytest.mark.parametrize("name", BEAMS)
def test_total_is_what_the_hand_computes(name: str) -> None:
    wanted = BEAMS[name]
    # Braking starts on a tick and so may take one more; so may the start of the next leg.
    assert 0 <= wanted.total_s - sum(wanted.legs_s) < 2 * TICK_S * len(wanted.legs_s)


def test_beam_is_delivered(beam: tuple[Real, Delivered]) -> None:
    wanted, made = beam
    result = made.outcome.result
    assert result.state is State.COMPLETE
    assert made.outcome.violations == ()
    assert result.holds == 0
    # A pulse of 6xFFF has 0.065 MU.
    assert result.mu == pytest.approx(wanted.mu, abs=0.065)
    assert made.span_s == pytest.approx(wanted.total_s, abs=0.011)


def test_axes_end_where_the_file_says(beam: tuple[Real, Delivered]) -> None:
    wanted, made = beam
    columns = [made.axis(axis) for axis in wanted.ends]
    places = list(wanted.ends.values())
    assert made.frames.column("expected")[-1, columns] == pytest.approx(places, abs=1e-4)
    assert made.outcome.result.positions[columns] == pytest.approx(places, abs=0.01)


def test_leaves_stay_within_reach_of_their_carriages(beam: tuple[Real, Delivered]) -> None:
    _, made = beam
    machine = made.file.machine
    assert machine is not None
    # Farther out than this the mechanics stop a leaf: the span and the tight tolerance.
    reach = machine.mlc.leaf_span_cm + machine.axes.tolerance[made.axis("leaf A1")]
    expected = made.frames.column("expected")
    for carriage, bank in ((12, machine.layout.bank_a), (13, machine.layout.bank_b)):
        assert (expected[:, carriage] - expected[:, bank].min(axis=1)).max() <= reach + 1e-9
    error = made.frames.column("actual") - expected
    assert np.abs(error[:, machine.layout.leaves]).max() < 0.02


def test_carriages_move_within_unsynchronized_motion_at_no_extra_leg(shared_data: Path) -> None:
    made = run(shared_data / "xml" / "MLC_Position_Truebeam.xml")
    assert made.file.plan is not None
    assert made.file.plan.trajectory is not None
    legs = made.file.plan.trajectory.legs
    assert [leg.kind for leg in legs] == [LegKind.MOTION] + [LegKind.FREE] * 8
    moving = [isinstance(leg, FreeLeg) and leg.mlc is not None for leg in legs]
    assert np.flatnonzero(moving).tolist() == [4, 6, 8]
