"""Fluence maps, held to closed forms and to a slow, plain computation."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from linacsim.review.fluence import Rows, Side, fluence_of
from linacsim.review.recording import Recording

M120, HD = load_machine("truebeam-m120"), load_machine("truebeam-hd120")


def recording(n: int = 5, machine=M120, mu=None) -> Recording:
    """Return n rows of a field: X -3..4, Y -5..6, all leaves wide open."""
    layout = machine.layout
    at = np.zeros((n, layout.n_axes))
    at[:, [Axis.X1, Axis.X2, Axis.Y1, Axis.Y2]] = (3.0, 4.0, 5.0, 6.0)
    at[:, layout.leaves] = 10.0
    dose = np.linspace(0.0, 100.0, n) if mu is None else np.asarray(mu, dtype=float)
    zero = np.zeros(n)
    return Recording(
        "rec", "b", machine.mlc.model, True, 20_000_000, layout,
        at, at.copy(), dose, dose.copy(), zero, zero, np.linspace(0, 1, n),
    )  # fmt: skip


def value(fluence, x: float, y: float) -> float:
    column = np.searchsorted(fluence.x_edges_cm, x) - 1
    row = np.searchsorted(fluence.y_edges_cm, y) - 1
    return float(fluence.mu[row, column])


def area(fluence) -> float:
    """Return MU times cm2."""
    cell = np.diff(fluence.y_edges_cm)[:, None] * np.diff(fluence.x_edges_cm)
    return float((fluence.mu * cell).sum())


@pytest.mark.parametrize("rows", list(Rows))
@pytest.mark.parametrize("machine", [M120, HD])
def test_a_field_of_jaws_alone(machine, rows: Rows) -> None:
    found = fluence_of(recording(machine=machine), machine, Side.ACTUAL, 0.5, rows)
    assert area(found) == pytest.approx(100.0 * 7.0 * 11.0)
    assert found.total_mu == 100.0
    for x, y in ((-2.9, -4.9), (3.9, 5.9), (0.1, 0.1)):
        assert value(found, x, y) == pytest.approx(100.0)
    for x, y in ((-3.1, 0.1), (4.1, 0.1), (0.1, -6.1), (0.1, 7.1)):
        assert value(found, x, y) == 0.0


def test_edges_within_a_pixel_count_by_their_share() -> None:
    rec = recording()
    rec.actual[:, [Axis.X2, Axis.Y2]] = (4.03, 6.02)
    found = fluence_of(rec, M120, Side.ACTUAL, 1.0)
    assert value(found, 4.05, 0.05) == pytest.approx(30.0)
    assert value(found, 0.05, 6.05) == pytest.approx(20.0)
    assert value(found, 4.05, 6.05) == pytest.approx(6.0)
    assert area(found) == pytest.approx(100.0 * 7.03 * 11.02)


def test_banks_and_leaves_lie_where_they_belong() -> None:
    rec = recording()
    bank_a, bank_b = rec.layout.bank_a, rec.layout.bank_b
    rec.actual[:, bank_a.start + 29] = 1.0  # leaf 30: Y -0.5..0
    rec.actual[:, bank_b.start + 30] = -1.0  # leaf 31: Y 0..0.5
    found = fluence_of(rec, M120, Side.ACTUAL, 0.5)
    assert value(found, 0.9, -0.2) == pytest.approx(100.0)
    assert value(found, 1.1, -0.2) == 0.0
    assert value(found, 0.9, 0.2) == 0.0
    assert value(found, 1.1, 0.2) == pytest.approx(100.0)
    assert value(found, 1.1, 0.6) == pytest.approx(100.0)


def test_a_leaf_that_a_jaw_cuts_is_averaged_or_cut() -> None:
    rec = recording(machine=HD)
    rec.actual[:, Axis.Y2] = 0.1  # leaf 31 of the HD120 covers Y 0..0.25
    leaves = fluence_of(rec, HD, Side.ACTUAL, 1.0, Rows.LEAVES)
    assert leaves.mu.shape == (60, 400)
    assert value(leaves, 0.05, 0.2) == pytest.approx(40.0)
    square = fluence_of(rec, HD, Side.ACTUAL, 0.5, Rows.SQUARE)
    assert value(square, 0.05, 0.08) == pytest.approx(100.0)
    assert value(square, 0.05, 0.12) == 0.0


def test_pixels_across_two_leaves_take_from_both() -> None:
    rec = recording(machine=HD)
    rec.actual[:, rec.layout.bank_a.start + 30] = -10.0  # closes Y 0..0.25
    found = fluence_of(rec, HD, Side.ACTUAL, 1.0)
    assert value(found, 0.05, 0.25) == pytest.approx(50.0)


def test_a_slit_at_even_speed_gives_width_by_travel() -> None:
    n = 401
    rec = recording(n)
    way = np.linspace(-3.0, 3.0, n)[:, None]
    rec.actual[:, rec.layout.bank_a] = way + 1.0
    rec.actual[:, rec.layout.bank_b] = -way
    found = fluence_of(rec, M120, Side.ACTUAL, 1.0)
    middle = found.mu[200, 185:215]
    np.testing.assert_allclose(middle, 100.0 / 6.0, rtol=0.005)


def test_closed_pairs_and_overlap_give_nothing() -> None:
    rec = recording()
    rec.actual[:, rec.layout.bank_a] = -2.0
    rec.actual[:, rec.layout.bank_b] = 1.5
    assert not fluence_of(rec, M120, Side.ACTUAL).mu.any()


def test_expected_is_made_of_expected() -> None:
    rec = recording()
    rec.expected[:, Axis.X2] = 5.0
    rec.mu_expected[-1] = 110.0
    expected = fluence_of(rec, M120, Side.EXPECTED)
    assert area(expected) == pytest.approx(110.0 * 8.0 * 11.0)
    assert area(fluence_of(rec, M120, Side.ACTUAL)) == pytest.approx(100.0 * 7.0 * 11.0)


def test_what_a_hold_sets_back_does_not_count() -> None:
    """Expected runs on for a moment when the beam is held and is then set back."""
    rec = recording(6, mu=[0, 40, 40.2, 40.0, 40.0, 100])
    assert value(fluence_of(rec, M120, Side.ACTUAL), 0.1, 0.1) == pytest.approx(100.0)


def test_a_part_of_a_beam_has_the_mu_of_that_part() -> None:
    rec = recording(3, mu=[60.0, 80.0, 100.0])
    assert value(fluence_of(rec, M120, Side.ACTUAL), 0.1, 0.1) == pytest.approx(40.0)


@pytest.mark.parametrize("rows", list(Rows))
@pytest.mark.parametrize("seed", range(2))
def test_against_a_plain_computation(rows: Rows, seed: int) -> None:
    """Everything moves; each pixel is looked at row by row, strip by strip."""
    rng = np.random.default_rng(seed)
    rec = recording(4, mu=np.concatenate([[0.0], np.cumsum(rng.uniform(0, 5, 3))]))
    rec.actual[:, 8:12] = rng.uniform(-2, 22, (4, 4))
    rec.actual[:, rec.layout.leaves] = rng.uniform(-22, 22, (4, 120))
    found = fluence_of(rec, M120, Side.ACTUAL, 10.0, rows)
    np.testing.assert_allclose(found.mu, plain(rec, found.y_edges_cm), atol=1e-9)


def plain(rec: Recording, y_edges: np.ndarray) -> np.ndarray:
    edges = np.concatenate([[0], np.cumsum(M120.mlc.leaf_widths_cm)]) - 20.0
    x_edges = np.linspace(-20, 20, 41)
    out = np.zeros((len(y_edges) - 1, 40))
    for i in range(len(rec) - 1):
        at = 0.5 * (rec.actual[i] + rec.actual[i + 1])
        mu = rec.mu_actual[i + 1] - rec.mu_actual[i]
        for r, c in np.ndindex(out.shape):
            for k in range(60):
                low = max(edges[k], y_edges[r], -at[Axis.Y1])
                high = min(edges[k + 1], y_edges[r + 1], at[Axis.Y2])
                left = max(-at[74 + k], -at[Axis.X1], x_edges[c])
                right = min(at[14 + k], at[Axis.X2], x_edges[c + 1])
                if high > low and right > left:
                    out[r, c] += mu * (high - low) * (right - left) / (y_edges[r + 1] - y_edges[r])
    return out


def test_long_recordings_are_taken_in_parts() -> None:
    n = 5000
    rec = recording(n)
    rec.actual[:, Axis.X2] = np.linspace(0, 8, n)
    found = fluence_of(rec, M120, Side.ACTUAL, 10.0)
    assert area(found) == pytest.approx(100.0 * (3.0 + 4.0) * 11.0)


def test_recordings_without_steps_give_an_empty_map() -> None:
    assert not fluence_of(recording(1), M120, Side.ACTUAL).mu.any()


def broken(column: int, rows: slice) -> Recording:
    rec = recording()
    rec.actual[rows, column] = np.nan
    return rec


@pytest.mark.parametrize(
    ("rec", "said"),
    [
        (broken(Axis.X1, slice(None)), "rec: X1 is not told"),
        (broken(14 + 3, slice(2, 3)), "rec: actual leaf A4 is no number at 0.04 s"),
        (replace(recording(), mu_actual=np.array([0, 1, np.inf, 3, 4])), "MU are no number at 0.0"),
        (recording(machine=HD), "the MLC is NDS120HD, that of truebeam-m120 is NDS120: choose"),
        (replace(recording(), mlc_model=""), "the MLC is unknown"),
    ],
)
def test_what_cannot_be_mapped_is_told(rec: Recording, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fluence_of(rec, M120, Side.ACTUAL)


def test_jaws_that_the_machine_cannot_move_need_not_be_told() -> None:
    machine = load_machine("agility")
    rec = recording(machine=machine)
    rec.actual[:, [Axis.X1, Axis.X2]] = np.nan
    found = fluence_of(rec, machine, Side.ACTUAL)
    assert area(found) == pytest.approx(100.0 * 20.0 * 11.0)
    assert np.isnan(rec.actual[:, Axis.X1]).all()


@pytest.mark.parametrize("pixel_mm", [0.01, 0.7, 20.0, float("nan")])
def test_pixels_that_do_not_fit_are_refused(pixel_mm: float) -> None:
    with pytest.raises(InputError, match="pixels"):
        fluence_of(recording(), M120, Side.ACTUAL, pixel_mm)
