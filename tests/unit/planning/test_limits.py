"""Limits of a beam: the lowest of machine, VelTable, DRate and capability ratio."""

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.beam import Beam
from linacsim.model.tracking import Tracking, TrackingAxes, TrackingAxis, TrackingMlc
from linacsim.planning import beam_limits, machine_limits
from tests.beams import make_beam

MACHINE = load_machine("truebeam-m120")
TOP = MACHINE.axes.max_speed


def beam(**rest: object) -> Beam:
    return make_beam({"Mu": 0}, {"Mu": 10}, {"Mu": 20}, **rest)


def tracking(ratio: float | None = 0.5, **axes: object) -> Tracking:
    return Tracking(axes=TrackingAxes(**axes), initial_capability_ratio=ratio)  # type: ignore[arg-type]


def slowed(tracks: Tracking | None) -> list[int]:
    """Return the columns whose speed tracking halves; all others keep theirs."""
    speed = beam_limits(beam(tracking=tracks), MACHINE).speed
    changed = np.flatnonzero(speed != TOP)
    assert speed[changed] == pytest.approx(0.5 * TOP[changed])
    return changed.tolist()


def test_a_plain_beam_has_the_machines_limits() -> None:
    limits = beam_limits(beam(), MACHINE)
    assert np.array_equal(limits.speed, TOP)
    assert np.array_equal(limits.accel, MACHINE.axes.max_accel)
    assert not limits.by_table.any()
    assert not limits.by_ceiling.any()
    assert limits.dose_mu_per_s.tolist() == [10.0, 10.0]


@pytest.mark.parametrize(("column", "name"), list(enumerate(XML_NAMES)))
def test_the_table_lowers_its_axis_only(column: int, name: str) -> None:
    limits = beam_limits(beam(velocities={name: 0.25 * TOP[column]}), MACHINE)
    assert np.flatnonzero(limits.by_table).tolist() == [column]
    assert limits.speed[column] == 0.25 * TOP[column]
    assert np.array_equal(np.delete(limits.speed, column), np.delete(TOP, column))


@pytest.mark.parametrize("share", [1.0, 2.0])
def test_a_table_at_or_above_the_machine_changes_nothing(share: float) -> None:
    limits = beam_limits(beam(velocities={"GantryRtn": share * TOP[Axis.GANTRY_RTN]}), MACHINE)
    assert np.array_equal(limits.speed, TOP)
    assert not limits.by_table.any()


def test_the_tables_of_the_machine_are_left_alone() -> None:
    before = TOP.copy()
    beam_limits(beam(velocities={"X1": 0.1}, tracking=tracking(x12=TrackingAxis())), MACHINE)
    assert np.array_equal(MACHINE.axes.max_speed, before)


@pytest.mark.parametrize(
    ("rate", "mu_per_s", "by_ceiling"),
    [(60.0, 1.0, True), (599.0, 599 / 60, True), (600.0, 10.0, False), (900.0, 10.0, False)],
)
def test_the_ceiling_lowers_the_dose_rate(rate: float, mu_per_s: float, by_ceiling: bool) -> None:
    limits = beam_limits(beam(dose_rate=rate), MACHINE)
    assert limits.dose_mu_per_s == pytest.approx([mu_per_s] * 2)
    assert limits.by_ceiling.tolist() == [by_ceiling] * 2


def test_there_is_no_dose_without_an_energy() -> None:
    limits = beam_limits(beam(energy="7x"), MACHINE)
    assert limits.dose_mu_per_s.tolist() == [0.0, 0.0]
    assert not limits.by_ceiling.any()


@pytest.mark.parametrize(
    ("axes", "columns"),
    [
        ({"couch_vrt": TrackingAxis()}, [Axis.COUCH_VRT]),
        ({"couch_lat": TrackingAxis()}, [Axis.COUCH_LAT]),
        ({"couch_lng": TrackingAxis()}, [Axis.COUCH_LNG]),
        ({"x12": TrackingAxis()}, [Axis.X1, Axis.X2]),
        ({"y12": TrackingAxis()}, [Axis.Y1, Axis.Y2]),
        ({"mlc": TrackingMlc()}, list(range(14, 134))),
        ({"couch_lat": TrackingAxis(), "y12": TrackingAxis()}, [3, 10, 11]),
        ({}, []),
    ],
)
def test_tracking_axes_keep_a_share_of_their_speed(
    axes: dict[str, object], columns: list[int]
) -> None:
    assert slowed(tracking(**axes)) == columns


@pytest.mark.parametrize(
    "tracks",
    [None, Tracking(initial_capability_ratio=0.5), tracking(None, mlc=TrackingMlc())],
    ids=["none", "without axes", "without ratio"],
)
def test_tracking_that_says_too_little_slows_nothing(tracks: Tracking | None) -> None:
    assert slowed(tracks) == []


def test_the_ratio_counts_on_top_of_the_table_and_is_not_the_tables() -> None:
    limits = beam_limits(
        beam(velocities={"X1": 1.0}, tracking=tracking(x12=TrackingAxis())), MACHINE
    )
    assert limits.speed[Axis.X1] == 0.5
    assert limits.speed[Axis.X2] == 0.5 * TOP[Axis.X2]
    assert np.flatnonzero(limits.by_table).tolist() == [Axis.X1]


def test_limits_of_bare_points() -> None:
    limits = machine_limits(MACHINE, 300.0, 4)
    assert limits.dose_mu_per_s.tolist() == [5.0] * 4
    assert limits.by_ceiling.tolist() == [True] * 4
    assert np.array_equal(limits.speed, TOP)
    assert np.array_equal(limits.accel, MACHINE.axes.max_accel)
    assert limits.by_table.tolist() == [False] * MACHINE.layout.n_axes
