"""Surrogate models: from what a device sees to where the target is (manual, "Surrogate Model")."""

from collections.abc import Callable
from typing import Protocol

from linacsim.model.findings import InputError
from linacsim.model.motion import (
    AmplitudeFitSurrogateModel,
    BasicSurrogateModel,
    FitData,
    PlugIn,
)
from linacsim.model.motion import SurrogateModel as SurrogateRecord
from linacsim.model.samples import MotionState
from linacsim.motion.directions import Triple
from linacsim.motion.placements import IDENTITY, Transform, transform

Fit = Callable[[float, float], float]
"""Position of one axis in cm from amplitude in cm and rate in cm/s."""


class Surrogate(Protocol):
    """Where the target is, from the state of a motion model."""

    def target_cm(self, state: MotionState, system: Transform) -> Triple:
        """Return the target in the model system, which lies in the room as `system` says."""
        ...


class BasicSurrogate:
    """The target is at a fixed displacement from the surrogate, given in the fixed room system.

    Axes of the placement would turn the target about itself; rotations are not tracked, so they
    move nothing.
    """

    def __init__(self, placement: Transform = IDENTITY) -> None:
        """Take the target's place in the surrogate's system."""
        self._displacement = placement.origin

    def target_cm(self, state: MotionState, system: Transform) -> Triple:
        """Return position as the motion model passes it on, displaced."""
        x, y, z = system.turned_back(self._displacement)
        return state.x_cm + x, state.y_cm + y, state.z_cm + z


class AmplitudeFitSurrogate:
    """Each axis of the target is a function of amplitude and rate, in the model system."""

    def __init__(self, x: Fit, y: Fit, z: Fit) -> None:
        """Take one function per axis."""
        self._x, self._y, self._z = x, y, z

    def target_cm(self, state: MotionState, system: Transform) -> Triple:
        """Return the fitted position; amplitude and rate are those that the model passes on."""
        del system
        amplitude, rate = state.passed_cm, state.rate_cm_per_s
        return self._x(amplitude, rate), self._y(amplitude, rate), self._z(amplitude, rate)


_TERMS = {"Static": 0, "Linear": 1, "Quadratic": 2, "Cubic": 3, "Planar": 2}
"""Number of coefficients beside a0, by fit type."""


def fit_function(data: FitData) -> Fit:
    """Return the function of one axis (manual, "The Amplitude Fit Surrogate Model").

    Coefficients beyond those of the fit type are not used.

    Raises:
        InputError: the fit type is unknown or a coefficient that it needs is missing.
    """
    if data.fit_type not in _TERMS:
        raise InputError(f"fit type {data.fit_type} is not known; use {', '.join(_TERMS)}")
    given = data.coefficients
    needed = (given.a0, given.a1, given.a2, given.a3)[: _TERMS[data.fit_type] + 1]
    terms = [value for value in needed if value is not None]
    if len(terms) < len(needed):
        raise InputError(
            f"{data.fit_type} fit has no a{needed.index(None)}; give each of its coefficients"
        )
    a0, a1, a2, a3 = (*terms, 0.0, 0.0, 0.0)[:4]
    if data.fit_type == "Planar":
        return lambda amplitude, rate: a0 + a1 * amplitude + a2 * rate
    return lambda amplitude, _: a0 + amplitude * (a1 + amplitude * (a2 + amplitude * a3))


def surrogate(record: SurrogateRecord | None) -> Surrogate:
    """Return the surrogate model of a tracking source; None is the identity.

    Raises:
        InputError: a placement is not orthonormal, a fit is incomplete, or it is a plug-in.
    """
    if isinstance(record, PlugIn):
        raise InputError(
            f"surrogate plug-in {record.name} cannot run here; use Basic or AmplitudeFit"
        )
    if isinstance(record, AmplitudeFitSurrogateModel):
        return AmplitudeFitSurrogate(*map(fit_function, (record.x, record.y, record.z)))
    if isinstance(record, BasicSurrogateModel) and record.target_position_surrogate is not None:
        return BasicSurrogate(transform(record.target_position_surrogate))
    return BasicSurrogate()
