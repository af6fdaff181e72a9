"""Real logs against our deliveries of the beams that they tell of, within the default tolerances.

Only one public log comes with its plan. The beams of the others are made from the logs' own
expected columns, so here they say nothing about planning, but much about comparison: what it finds
between a machine and its emulator must be what really differs.
"""

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from linacsim.formats.trajectory_log import read_log
from linacsim.formats.trf import read_trf
from linacsim.machines import load_machine
from linacsim.model.axes import FIRST_LEAF, N_SINGLE, Axis
from linacsim.model.beam import Beam, ControlPoints, SubBeam
from linacsim.review.compare import Comparison, Kind, compare
from linacsim.review.compare.pair import Rows
from linacsim.review.course import Course
from linacsim.review.recording import Recording, of_log
from linacsim.review.trf_recording import of_trf
from tests.reviewing import deliver_to

INSIDE = (0.35, 0.65)
"""Shares of a segment between which positions are straight, clear of rounded corners."""
STANDS = 2e-3


def beam_of(log: Recording) -> Beam:
    """Return the beam whose control points a log's expected columns pass through."""
    course = Course(log)
    places = [Rows.of(course, course.points[:-1] + share) for share in INSIDE]
    low, high = (rows.take(log.expected) for rows in places)
    slope = (high - low) / (INSIDE[1] - INSIDE[0])
    start, end = low - INSIDE[0] * slope, high + (1 - INSIDE[1]) * slope
    points = np.concatenate([start[:1], 0.5 * (start[1:] + end[:-1]), end[-1:]])
    points[:, Axis.COUCH_VRT : Axis.COUCH_ROL + 1] = np.nan  # stands where the patient needed it
    still = np.ptp(points, axis=0) < STANDS
    points[:, still] = np.median(points[:, still], axis=0)
    return Beam(
        id=1,
        mlc_model=log.mlc_model,
        control_points=ControlPoints(
            mu=np.maximum.accumulate(np.round(course.mu_at_points, 6)),
            axes=np.round(points[:, :N_SINGLE], 5),
            leaves=np.round(points[:, FIRST_LEAF:], 5),
            line=np.zeros(len(points), dtype=np.int64),
            energy=MappingProxyType({0: "6x"}),
            dose_rate=MappingProxyType({0: 600.0}),
            sub_beam=MappingProxyType({0: SubBeam(0, log.beam)}),
        ),
    )


def compared(path: Path, machine_name: str, out: Path) -> Comparison:
    real = of_log(read_log(path))
    machine = load_machine(machine_name)
    ours = of_log(read_log(deliver_to(out, beam_of(real), machine)))
    return compare(real, ours, machine=machine)


@pytest.mark.parametrize(
    ("name", "machine"),
    [
        ("tlog-v2.1-m120-picketfence-static.bin", "truebeam-m120"),
        ("tlog-v3.0-hd120-T3-mlc-speed-arc.bin", "truebeam-hd120"),
        ("tlog-v3.0-hd120-vmat-jaw-tracking.bin", "truebeam-hd120"),
    ],
)
def test_nothing_differs(shared_data: Path, tmp_path: Path, name: str, machine: str) -> None:
    found = compared(shared_data / "logs" / name, machine, tmp_path / "ours.bin")
    assert found.differences == ()
    assert max(abs(off) for off in found.control_points.without_holds_s) < 0.001
    assert found.wall_b_s == pytest.approx(found.wall_a_s, abs=0.001)


def test_only_the_hold_differs_where_the_real_machine_was_held(
    shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "logs" / "tlog-v3.0-m120-static-midbeam-hold.bin"
    (found,) = compared(path, "truebeam-m120", tmp_path / "ours.bin").differences
    assert found.kind is Kind.HOLD
    assert found.size == pytest.approx(-7.36, abs=0.03)
    assert found.from_cp == pytest.approx(0.866, abs=0.001)


def test_noise_of_standing_leaves_is_no_limit(shared_data: Path) -> None:
    logs = [shared_data / "logs" / f"trf-v{version}-agility-abutting.trf" for version in (1, 3)]
    found = compare(*(of_trf(read_trf(path)) for path in logs))
    assert {difference.kind for difference in found.differences} == {Kind.DOSE_RATE_DIP}
