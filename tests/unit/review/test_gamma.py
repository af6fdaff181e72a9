"""The gamma index of fluence maps."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from linacsim.model.findings import InputError
from linacsim.review.fluence import Criteria, Fluence, Method, Side, gamma_index


def fluence(mu: np.ndarray, pixel_cm: float = 0.05) -> Fluence:
    rows, columns = mu.shape
    x = np.arange(columns + 1) * pixel_cm
    return Fluence("map", Side.ACTUAL, mu, x, np.arange(rows + 1) * pixel_cm, float(mu.max()))


def field(shift: int = 0, factor: float = 1.0) -> Fluence:
    """Return a square field in the middle of 80 by 80 pixels of 0.5 mm."""
    mu = np.zeros((80, 80))
    mu[20:60, 20 + shift : 60 + shift] = 100.0 * factor
    return fluence(mu)


@pytest.mark.parametrize("method", list(Method))
def test_equal_maps_agree_everywhere(method: Method) -> None:
    found = gamma_index(field(), field(), Criteria(method=method))
    assert found.pass_percent == 100.0
    assert found.max == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("method", list(Method))
def test_dose_is_measured_in_criteria(method: Method) -> None:
    """Far from edges gamma is the difference over the criterion; nothing is normalised away."""
    found = gamma_index(field(), field(factor=1.015), Criteria(3.0, 1.0, method=method))
    assert found.map[40, 40] == pytest.approx(0.5, abs=0.01)


def test_distance_is_measured_in_criteria() -> None:
    """A field 1 mm off has gamma 1/2 for 2 mm where reference and evaluated differ most."""
    found = gamma_index(field(), field(shift=2), Criteria(1.0, 2.0))
    assert found.map[40, 20] == pytest.approx(0.5, abs=0.06)
    assert found.map[40, 40] == 0.0


def test_local_gamma_is_stricter_where_there_is_little() -> None:
    mu = np.full((40, 40), 100.0)
    mu[:, 20:] = 20.0
    other = mu + 1.0
    for local, expected in ((False, 0.5), (True, 2.0)):
        found = gamma_index(fluence(mu), fluence(other), Criteria(2.0, 1.0, local=local))
        assert found.map[20, 38] == pytest.approx(expected, abs=0.01)


def test_leaf_errors_far_below_the_distance_pass_at_sharp_edges() -> None:
    """1 % of a pixel at an edge is 0.005 mm: the search is fine enough to find that."""
    reference, other = field(), field()
    reference.mu[20:60, 60] = 50.0
    other.mu[20:60, 60] = 53.0
    found = gamma_index(reference, other, Criteria(1.0, 1.0))
    assert found.pass_percent == 100.0
    assert found.max < 0.5


def test_places_below_the_threshold_are_not_judged() -> None:
    mu = np.full((20, 20), 100.0)
    mu[:, 10:] = 9.0
    found = gamma_index(fluence(mu), fluence(mu), Criteria(threshold_percent=10.0))
    assert found.judged.sum() == 200
    assert np.isnan(found.map[0, 15])


def test_gamma_ends_at_its_greatest_value() -> None:
    found = gamma_index(field(), field(factor=2.0), Criteria())
    assert found.max == 2.0
    assert found.pass_percent < 15.0  # at edges some place nearby has half of twice the MU


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dose_percent": 0.0}, "dose criterion"),
        ({"dose_percent": float("nan")}, "dose criterion"),
        ({"distance_mm": -1.0}, "distance criterion"),
        ({"threshold_percent": 100.0}, "threshold"),
        ({"local": True, "method": Method.BAKAI}, "local gamma"),
    ],
)
def test_criteria_without_meaning_are_refused(changes: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Criteria(**changes)


def test_maps_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(InputError, match="different grids"):
        gamma_index(field(), fluence(np.ones((10, 10))), Criteria())
    with pytest.raises(InputError, match="no MU"):
        gamma_index(fluence(np.zeros((9, 9))), fluence(np.zeros((9, 9))), Criteria())


def test_too_narrow_openings_are_told_not_passed() -> None:
    """pylinac's gradient needs neighbours above the threshold."""
    mu = np.zeros((30, 30))
    mu[15] = 100.0
    with pytest.raises(InputError, match="smaller pixels"):
        gamma_index(fluence(mu), fluence(mu), Criteria(method=Method.BAKAI))


@pytest.mark.parametrize(("method", "library"), [("low", "pymedphys"), ("bakai", "pylinac")])
def test_a_missing_library_is_told(
    monkeypatch: pytest.MonkeyPatch, method: str, library: str
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf"gamma needs {library}: .*linacsim\[gamma\]"):
        gamma_index(field(), field(), replace(Criteria(), method=Method(method)))
