"""The axes that windows may watch (manual, "Tracking Action Windows"; Appendix A, ActionWindow)."""

import math
from collections.abc import Callable
from typing import NamedTuple

from linacsim.control.gating.limits import Limits
from linacsim.model.samples import MotionState, TargetMotion


class MachineValues(NamedTuple):
    """Global axes at one time; NaN for what the machine does not know."""

    at_ns: int
    mu: float
    gantry_deg: float
    time_s: float
    """Since beam-on of this beam, 0 before; runs on while the beam is held."""
    over_area_cm2: float = math.nan
    """Area exposed beyond what the plan wants (ConformityIndexOverArea)."""
    under_area_cm2: float = math.nan
    """Area that the plan wants exposed and is not (ConformityIndexUnderArea)."""


MotionReader = Callable[[MotionState, TargetMotion | None], float]
MachineReader = Callable[[MachineValues], float]


def motion_reader(axis: str) -> MotionReader:
    """Return what reads a tracking axis; an unknown axis reads NaN, which is inside no window."""
    if axis in _MOTION:
        return _MOTION[axis]
    system, _, name = axis.partition(".")
    if system == "Target_fixed" and name in _COMPONENTS:
        return _target(_COMPONENTS[name], fixed=True)
    if system == "Target_model" and name in _COMPONENTS:
        return _target(_COMPONENTS[name], fixed=False)
    return lambda _state, _target: math.nan


def machine_reader(axis: str) -> MachineReader:
    """Return what reads a global axis; an unknown axis reads NaN, which is inside no window."""
    return _MACHINE.get(axis, lambda _values: math.nan)


def limits_of(axis: str, lower: float, upper: float) -> Limits:
    """Return limits that know how the axis moves: phase turns round, quality jumps."""
    return Limits(lower, upper, cyclic=axis == "Phase", interpolate=axis != "Quality")


Component = Callable[[tuple[float, float, float], tuple[float, float, float]], float]
"""Reads a component from displacement and angles."""

_COMPONENTS: dict[str, Component] = {
    "X": lambda cm, _: cm[0],
    "Y": lambda cm, _: cm[1],
    "Z": lambda cm, _: cm[2],
    "R": lambda cm, _: math.hypot(*cm),
    "AngleX": lambda _, deg: deg[0],
    "AngleY": lambda _, deg: deg[1],
    "AngleZ": lambda _, deg: deg[2],
}

_MOTION: dict[str, MotionReader] = {
    "Amplitude": lambda state, _: state.amplitude_cm,
    "Phase": lambda state, _: state.phase_deg,
    "Quality": lambda state, _: state.quality,
    "x": lambda state, _: state.x_cm,
    "y": lambda state, _: state.y_cm,
    "z": lambda state, _: state.z_cm,
}
"""Tracking axes; x, y and z are those of 1.x gating windows."""

_MACHINE: dict[str, MachineReader] = {
    "MU": lambda values: values.mu,
    "GantryAngle": lambda values: values.gantry_deg,
    "Time": lambda values: values.time_s,
    "ConformityIndexOverArea": lambda values: values.over_area_cm2,
    "ConformityIndexUnderArea": lambda values: values.under_area_cm2,
}


def _target(component: Component, *, fixed: bool) -> MotionReader:
    def read(_: MotionState, target: TargetMotion | None) -> float:
        if target is None:
            return math.nan
        if fixed:
            return component(target.fixed_cm, target.fixed_deg)
        return component(target.model_cm, target.model_deg)

    return read
