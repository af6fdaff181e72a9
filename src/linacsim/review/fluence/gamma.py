"""Gamma index of two fluence maps, by libraries that are kept well (extra `gamma`).

Definitions, allowances and restrictions: docs/reference/fluence.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from linacsim.model.arrays import Bools, Floats
from linacsim.model.findings import InputError
from linacsim.review.fluence.maps import Fluence

GREATEST = 2.0
"""Gamma is not looked for beyond this value."""
COARSE, FINE = 10, 40
"""Steps per distance criterion of the search. 10 are usual for dose; but fluence rises by all of
itself within a pixel, so that a leaf 0.015 mm off would fail 1 %, 1 mm. The fine search looks only
for what passes."""


class Method(StrEnum):
    """Definition of gamma, and whose code computes it."""

    LOW = "low"
    """Low et al. 1998, searched as by Wendling et al. 2007: pymedphys."""
    BAKAI = "bakai"
    """Bakai et al. 2003, equation 6, as pylinac's log analysis has it: pylinac."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """When two maps agree at a place. The defaults are those of pylinac's log analysis."""

    dose_percent: float = 1.0
    """Of the reference's greatest value, or of its value at the place where `local`."""
    distance_mm: float = 1.0
    threshold_percent: float = 10.0
    """Places with less than this share of the reference's greatest value are not judged."""
    local: bool = False
    method: Method = Method.LOW

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        for name, value, most in (
            ("dose criterion", self.dose_percent, 100.0),
            ("distance criterion", self.distance_mm, 50.0),
        ):
            if not 0 < value <= most:
                raise InputError(f"the {name} is above 0 and up to {most:g}, not {value:g}")
        if not 0 <= self.threshold_percent < 100:
            raise InputError(
                f"the threshold is from 0 to below 100 %, not {self.threshold_percent:g} %"
            )
        if self.local and self.method is Method.BAKAI:
            raise InputError("local gamma is for the method low only")

    def __str__(self) -> str:
        """Return the usual short form."""
        kind = "local" if self.local else "global"
        return (
            f"{self.dose_percent:g} % {kind}, {self.distance_mm:g} mm, "
            f"threshold {self.threshold_percent:g} % ({self.method})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Gamma:
    """The gamma index place by place, and in figures."""

    criteria: Criteria
    map: Floats
    """(r, c) gamma, at most `GREATEST`; NaN where it is not judged."""

    @property
    def judged(self) -> Bools:
        """(r, c) places that are judged."""
        return np.isfinite(self.map)

    @property
    def pass_percent(self) -> float:
        """Share of the judged places with gamma up to 1."""
        return float(100.0 * np.mean(self.map[self.judged] <= 1.0))

    @property
    def mean(self) -> float:
        """Mean over the judged places."""
        return float(np.mean(self.map[self.judged]))

    @property
    def max(self) -> float:
        """Greatest value, at most `GREATEST`."""
        return float(np.max(self.map[self.judged]))

    def as_dict(self) -> dict[str, object]:
        """Return the figures as plain data."""
        return {
            "method": self.criteria.method.value,
            "dose_percent": self.criteria.dose_percent,
            "local": self.criteria.local,
            "distance_mm": self.criteria.distance_mm,
            "threshold_percent": self.criteria.threshold_percent,
            "judged_pixels": int(self.judged.sum()),
            "pass_percent": self.pass_percent,
            "mean": self.mean,
            "max": self.max,
        }


def gamma_index(reference: Fluence, evaluated: Fluence, criteria: Criteria) -> Gamma:
    """Return gamma at each place of the reference.

    Raises InputError where the maps have other grids, where the reference has no dose, or where
    the library is not installed.
    """
    if reference.mu.shape != evaluated.mu.shape or not np.allclose(
        reference.y_edges_cm, evaluated.y_edges_cm
    ):
        raise InputError("the two maps have different grids: gamma needs maps of one kind of MLC")
    if reference.mu.max() <= 0:
        raise InputError(f"{reference.name}: no MU were given, so there is no gamma")
    found = _METHODS[criteria.method](reference, evaluated, criteria)
    if not np.isfinite(found).any():
        raise InputError(
            f"{reference.name}: no place could be judged: lower the threshold, or take smaller "
            "pixels where openings are only a few pixels wide"
        )
    return Gamma(criteria, np.minimum(found, GREATEST))


def _low(reference: Fluence, evaluated: Fluence, criteria: Criteria) -> Floats:
    """Search coarsely everywhere, then finely where a step passes over more than the criterion."""
    found = _searched(reference.mu, reference, evaluated, criteria, COARSE, up_to=GREATEST)
    step_mm = criteria.distance_mm / COARSE
    least = criteria.dose_percent / 100.0 * evaluated.pixel_mm / step_mm
    missed = (found > 1.0 / COARSE) & (_rise(evaluated.mu) > least * reference.mu.max())
    if missed.any():
        again = np.where(missed, reference.mu, np.nan)
        fine = _searched(again, reference, evaluated, criteria, FINE, up_to=1.0)
        found = np.where(fine < 1.0, np.fmin(fine, found), found)
    return found


def _searched(
    mu: Floats,
    reference: Fluence,
    evaluated: Fluence,
    criteria: Criteria,
    steps: int,
    *,
    up_to: float,
) -> Floats:
    """Return gamma up to a value of the places where `mu`, the reference's, are numbers."""
    try:
        from pymedphys import gamma
    except ImportError as error:
        raise _not_installed("pymedphys") from error
    axes = (reference.y_mm, reference.x_mm)
    found: Floats = gamma(
        axes,
        mu,
        axes,
        evaluated.mu,
        criteria.dose_percent,
        criteria.distance_mm,
        lower_percent_dose_cutoff=criteria.threshold_percent,
        interp_fraction=steps,
        max_gamma=up_to,
        local_gamma=criteria.local,
        global_normalisation=float(reference.mu.max()),
        interp_algo="scipy",
    )
    return found


def _rise(mu: Floats) -> Floats:
    """Return by how much MU change at most from each pixel to those around it."""
    around = sliding_window_view(np.pad(mu, 1, mode="edge"), (3, 3))
    return np.asarray(np.ptp(around, axis=(2, 3)))


def _bakai(reference: Fluence, evaluated: Fluence, criteria: Criteria) -> Floats:
    """As pylinac's `GammaFluence`: the gradient and the threshold are those of the evaluated map.

    Both maps are in units of the reference's greatest value. pylinac's own default, each map by
    its own greatest value, hides a difference in MU and lets one pixel decide about all.
    """
    try:
        from pylinac.core.image import load
    except ImportError as error:
        raise _not_installed("pylinac") from error
    dpi, most = 25.4 / reference.pixel_mm, reference.mu.max()
    found: Floats = load(evaluated.mu / most, dpi=dpi).gamma(
        load(reference.mu / most, dpi=dpi),
        doseTA=criteria.dose_percent,
        distTA=criteria.distance_mm,
        threshold=criteria.threshold_percent / 100.0,
        ground=False,
        normalize=False,
    )
    return np.asarray(found)


_METHODS: dict[Method, Callable[[Fluence, Fluence, Criteria], Floats]] = {
    Method.LOW: _low,
    Method.BAKAI: _bakai,
}


def _not_installed(library: str) -> InputError:
    return InputError(f"gamma needs {library}: install it with pip install 'linacsim[gamma]'")
