"""What `compare` must find: defects really made, each named for what it is; and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import read_log
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.beam import Beam
from linacsim.model.messages import Action, Fault, FaultKind, Operator
from linacsim.planning import plan
from linacsim.review.compare import Comparison, Difference, Kind, Unlike, compare
from linacsim.review.planned import of_trajectory
from linacsim.review.recording import Recording, of_log
from linacsim.scenario.plan_file import open_plan
from tests.beams import make_beam
from tests.reviewing import MACHINE, deliver_to, vmat
from tests.system.test_linac import TWO_FIELDS

STATIC = make_beam(
    {"Mu": 0, "GantryRtn": 180, "X1": 5, "X2": 5, "Y1": 5, "Y2": 5, "leaves": (5, 5)}, {"Mu": 200}
)
LEAF = FIRST_LEAF + 17
UNTIL_S = 18.0
"""By the clock of the run: 3 s after beam-on."""


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Recording]:
    """Return a function that delivers a beam and returns its log."""

    def run(beam: Beam, machine: MachineSpec = MACHINE, **how: object) -> Recording:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.bin"
        return of_log(read_log(deliver_to(path, beam, machine, **how)))

    return run


@pytest.fixture(scope="module")
def arc(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The reference."""
    return of_log(read_log(deliver_to(tmp_path_factory.mktemp("arc") / "arc.bin", vmat())))


def changed(change: Callable[[np.ndarray, np.ndarray, np.ndarray], None]) -> Beam:
    """Return the arc with its MU, axes and leaves changed in place."""
    beam = vmat()
    points = beam.control_points
    mu, axes, leaves = points.mu.copy(), points.axes.copy(), points.leaves.copy()
    change(mu, axes, leaves)
    return replace(beam, control_points=replace(points, mu=mu, axes=axes, leaves=leaves))


def limited(axis: int, *, speed: float) -> MachineSpec:
    speeds = MACHINE.axes.max_speed.copy()
    speeds[axis] = speed
    return replace(MACHINE, axes=replace(MACHINE.axes, max_speed=speeds))


def only(comparison: Comparison) -> Difference:
    assert [found.kind for found in comparison.differences] != [], "nothing was found"
    assert len(comparison.differences) == 1, [str(found) for found in comparison.differences]
    return comparison.differences[0]


# Nothing to find


@pytest.mark.parametrize("interval_ms", [10, 20])
@pytest.mark.parametrize("beam", [vmat(), STATIC, TWO_FIELDS], ids=["arc", "static", "two fields"])
def test_nothing_between_deliveries_of_one_beam(
    deliver: Callable[..., Recording], beam: Beam, interval_ms: int
) -> None:
    a, b = deliver(beam), deliver(beam, interval_ms=interval_ms, seed=7)
    assert compare(a, b, machine=MACHINE).differences == ()
    assert compare(b, a, machine=MACHINE).differences == ()


@pytest.mark.parametrize("beam", [vmat(), STATIC, TWO_FIELDS], ids=["arc", "static", "two fields"])
def test_nothing_between_a_plan_and_its_delivery(
    deliver: Callable[..., Recording], beam: Beam
) -> None:
    planned = plan(beam, MACHINE)
    assert planned.trajectory is not None
    reference = of_trajectory(planned.trajectory, beam, name="plan")
    found = compare(reference, deliver(beam), machine=MACHINE)
    assert found.differences == ()
    assert found.compared_to_cp > len(beam.control_points) - 2


def test_nothing_between_a_real_machine_and_ours(shared_data: Path, tmp_path: Path) -> None:
    file = open_plan(shared_data / "plans" / "truebeam-hd120-T3-mlc-speed.dcm", number=16)
    (beam,) = file.beams
    machine = load_machine("truebeam-hd120")
    ours = of_log(read_log(deliver_to(tmp_path / "ours.bin", beam, machine)))
    real = of_log(read_log(shared_data / "logs" / "tlog-v3.0-hd120-T3-mlc-speed-arc.bin"))
    found = compare(real, ours, machine=machine)
    assert found.differences == ()
    assert len(found.control_points.index) == 25
    assert max(abs(off) for off in found.control_points.without_holds_s) < 0.002


def test_equal_holds_are_no_difference(deliver: Callable[..., Recording]) -> None:
    a = deliver(vmat(), hold_s=(UNTIL_S, UNTIL_S + 0.3))
    b = deliver(vmat(), hold_s=(UNTIL_S, UNTIL_S + 0.3), interval_ms=10)
    assert compare(a, b, machine=MACHINE).differences == ()


# One defect each


def test_one_leaf_half_a_millimetre_off_in_the_log(arc: Recording) -> None:
    actual = arc.actual.copy()
    actual[(arc.cp >= 10) & (arc.cp <= 30), LEAF] += 0.05
    found = only(compare(arc, replace(arc, actual=actual), machine=MACHINE))
    assert found.kind is Kind.OFFSET
    assert (found.subject, found.column) == ("leaf A18", "actual")
    assert found.size == pytest.approx(0.05, abs=1e-5)
    assert found.from_cp == pytest.approx(10, abs=0.1)
    assert found.to_cp == pytest.approx(30, abs=0.1)


def test_one_leaf_half_a_millimetre_off_in_the_beam(
    arc: Recording, deliver: Callable[..., Recording]
) -> None:
    def shift(_mu: np.ndarray, _axes: np.ndarray, leaves: np.ndarray) -> None:
        leaves[10:31, LEAF - FIRST_LEAF] += 0.05

    found = only(compare(arc, deliver(changed(shift)), machine=MACHINE))
    assert found.kind is Kind.OFFSET
    assert (found.subject, found.column) == ("leaf A18", "expected")
    assert found.size == pytest.approx(0.05, abs=1e-3)
    assert 9 <= found.from_cp <= 10
    assert 30 <= found.to_cp <= 31


def test_a_slower_gantry(arc: Recording, deliver: Callable[..., Recording]) -> None:
    slow = deliver(vmat(), limited(Axis.GANTRY_RTN, speed=5.5))
    found = only(compare(arc, slow, machine=MACHINE))
    assert (found.kind, found.subject, found.unit) == (Kind.SLOWER_AXIS, "GantryRtn", "deg/s")
    assert found.size == pytest.approx(5.5, abs=0.01)
    found = only(compare(slow, arc, machine=MACHINE))
    assert (found.kind, found.subject) == (Kind.FASTER_AXIS, "GantryRtn")
    assert found.size == pytest.approx(6.0, abs=0.01)


def sliding_window() -> Beam:
    """Return a field in which the leaves, all as quick as they can, set the pace."""
    points = []
    for k in range(13):
        x = 0.8 * k + (0.2 if k % 3 == 1 else 0.0)
        points.append({"Mu": 2.0 * k, "GantryRtn": 180.0, "leaves": (x - 3.0, 5.0 - x)})
    return make_beam(*points)


def test_slower_leaves(deliver: Callable[..., Recording]) -> None:
    speeds = MACHINE.axes.max_speed.copy()
    speeds[FIRST_LEAF:] = 2.0
    machine = replace(MACHINE, axes=replace(MACHINE.axes, max_speed=speeds))
    found = only(
        compare(deliver(sliding_window()), deliver(sliding_window(), machine), machine=MACHINE)
    )
    assert (found.kind, found.subject, found.unit) == (Kind.SLOWER_AXIS, "leaves", "cm/s")
    assert found.size == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("length_s", [0.3, 3.0])
def test_a_hold_of_a_static_field(deliver: Callable[..., Recording], length_s: float) -> None:
    held = deliver(STATIC, hold_s=(UNTIL_S, UNTIL_S + length_s), interval_ms=10)
    found = only(compare(deliver(STATIC), held, machine=MACHINE))
    assert (found.kind, found.unit) == (Kind.HOLD, "s")
    assert found.size == pytest.approx(length_s, abs=0.02)
    assert found.from_cp == pytest.approx((UNTIL_S - 15) / 20, abs=0.05)


def test_a_hold_of_an_arc_costs_as_long_as_the_gantry_needs_to_come_back(
    arc: Recording, deliver: Callable[..., Recording]
) -> None:
    held = deliver(vmat(), hold_s=(UNTIL_S, UNTIL_S + 0.3))
    found = only(compare(arc, held, machine=MACHINE))
    assert found.kind is Kind.HOLD
    assert 0.3 < found.size < 2
    gone = only(compare(held, arc, machine=MACHINE))
    assert gone.kind is Kind.HOLD
    assert gone.size == -found.size


def test_a_longer_hold(deliver: Callable[..., Recording]) -> None:
    a = deliver(STATIC, hold_s=(UNTIL_S, UNTIL_S + 0.5))
    b = deliver(STATIC, hold_s=(UNTIL_S, UNTIL_S + 0.9))
    found = only(compare(a, b, machine=MACHINE))
    assert found.kind is Kind.HOLD
    assert found.size == pytest.approx(0.4, abs=0.021)


def test_a_capped_dose_rate(arc: Recording, deliver: Callable[..., Recording]) -> None:
    energy = replace(
        MACHINE.energies["6x"], max_dose_rate_mu_per_min=580.0, dose_rates_mu_per_min=(580.0,)
    )
    machine = replace(MACHINE, energies={**MACHINE.energies, "6x": energy})
    found = only(compare(arc, deliver(vmat(), machine), machine=MACHINE))
    assert (found.kind, found.unit) == (Kind.DOSE_RATE, "MU/min")
    assert found.size == pytest.approx(580, abs=0.5)
    assert (found.from_cp, found.to_cp) == (8, 32)


def test_a_capped_dose_rate_of_a_static_field(deliver: Callable[..., Recording]) -> None:
    capped = make_beam(
        {"Mu": 0, "GantryRtn": 180, "X1": 5, "X2": 5, "Y1": 5, "Y2": 5, "leaves": (5, 5)},
        {"Mu": 200},
        dose_rate=580.0,
    )
    found = only(compare(deliver(STATIC), deliver(capped), machine=MACHINE))
    assert found.kind is Kind.DOSE_RATE
    assert found.size == pytest.approx(580, abs=0.5)


@pytest.mark.parametrize(
    ("axis", "name"), [(Axis.COLL_RTN, "CollRtn"), (Axis.GANTRY_RTN, "GantryRtn")]
)
def test_a_swapped_sign(
    arc: Recording, deliver: Callable[..., Recording], axis: Axis, name: str
) -> None:
    def swap(_mu: np.ndarray, axes: np.ndarray, _leaves: np.ndarray) -> None:
        axes[:, axis] = 360.0 - axes[:, axis]

    found = only(compare(arc, deliver(changed(swap)), machine=MACHINE))
    assert (found.kind, found.subject) == (Kind.SIGN, name)


def test_the_sign_of_a_jaw(deliver: Callable[..., Recording]) -> None:
    def beam(x1: float) -> Beam:
        field = {"GantryRtn": 180, "X1": x1, "X2": 6, "Y1": 5, "Y2": 5, "leaves": (5, 5)}
        return make_beam({"Mu": 0, **field}, {"Mu": 20})

    found = only(compare(deliver(beam(1.5)), deliver(beam(-1.5)), machine=MACHINE))
    assert (found.kind, found.subject) == (Kind.SIGN, "X1")
    assert found.size == pytest.approx(-3.0, abs=1e-3)


def test_ten_mu_missing_in_some_segments(arc: Recording, deliver: Callable[..., Recording]) -> None:
    def fewer(mu: np.ndarray, _axes: np.ndarray, _leaves: np.ndarray) -> None:
        for point in range(9, 14):
            mu[point:] -= 2.0

    found = only(compare(arc, deliver(changed(fewer)), machine=MACHINE))
    assert (found.kind, found.subject) == (Kind.MISSING_MU, "MU")
    assert found.size == pytest.approx(-10, abs=0.01)
    assert (found.from_cp, found.to_cp) == (8, 13)


def test_ten_mu_missing_at_the_end(arc: Recording, deliver: Callable[..., Recording]) -> None:
    stopped = deliver(vmat(), messages=[(43.7, Operator(Action.BEAM_OFF))])
    found = only(compare(arc, stopped, machine=MACHINE))
    assert found.kind is Kind.MISSING_MU
    assert found.size == pytest.approx(-10, abs=2)
    assert found.to_cp == 40
    assert "B ends at control point" in found.text


def test_a_dip_of_the_dose_rate(deliver: Callable[..., Recording]) -> None:
    weak = Fault(FaultKind.DOSE_RATE, "", 0.4)
    dip = [(UNTIL_S, weak), (UNTIL_S + 1.5, replace(weak, clear=True))]
    comparison = compare(deliver(STATIC), deliver(STATIC, messages=dip), machine=MACHINE)
    kinds = [found.kind for found in comparison.differences]
    assert kinds == [Kind.LAG, Kind.DOSE_RATE_DIP]  # the dose was behind, so the rate gave way
    found = comparison.differences[1]
    assert 0.5 < found.to_s - found.from_s < 2.5
    assert found.size < 400


def test_a_late_start(arc: Recording) -> None:
    rows = np.r_[np.zeros(40, dtype=int), np.arange(len(arc))]
    late = replace(
        arc,
        **{
            name: getattr(arc, name)[rows]
            for name in (
                *("expected", "actual", "mu_expected", "mu_actual"),
                *("hold_expected", "hold_actual", "cp"),
            )
        },
    )
    found = only(compare(arc, late, machine=MACHINE))
    assert (found.kind, found.unit) == (Kind.LATE_START, "s")
    assert found.size == pytest.approx(0.8)


def test_a_slower_acceleration_is_named_too(
    arc: Recording, deliver: Callable[..., Recording]
) -> None:
    accel = MACHINE.axes.max_accel.copy()
    accel[Axis.GANTRY_RTN] = 4.0
    machine = replace(MACHINE, axes=replace(MACHINE.axes, max_accel=accel))
    found = only(compare(arc, deliver(vmat(), machine), machine=MACHINE))
    assert (found.kind, found.subject, found.unit) == (Kind.SLOWER_AXIS, "GantryRtn", "deg/s2")
    assert found.size == pytest.approx(4.0, abs=0.1)


def test_a_bank_that_is_off_is_told_once(arc: Recording, deliver: Callable[..., Recording]) -> None:
    def shift(_mu: np.ndarray, _axes: np.ndarray, leaves: np.ndarray) -> None:
        leaves[:, :60] += 0.05

    found = only(compare(arc, deliver(changed(shift)), machine=MACHINE))
    assert (found.kind, found.subject) == (Kind.OFFSET, "bank A, 60 leaves")
    assert len(found.axes) == 60


# Not to be compared


def test_different_beams_are_told_in_one_sentence(
    arc: Recording, deliver: Callable[..., Recording]
) -> None:
    with pytest.raises(Unlike, match="different beams"):
        compare(arc, deliver(STATIC), machine=MACHINE)

    def scramble(_mu: np.ndarray, _axes: np.ndarray, leaves: np.ndarray) -> None:
        leaves[:] = 3.0 + 0.5 * np.sin(np.arange(41)[:, None] * 0.7 + np.arange(120))

    with pytest.raises(Unlike, match="axes go elsewhere"):
        compare(arc, deliver(changed(scramble)), machine=MACHINE)


def test_different_machines_are_told_in_one_sentence(arc: Recording) -> None:
    with pytest.raises(Unlike, match="different machines"):
        compare(arc, replace(arc, mlc_model="NDS120HD"))
