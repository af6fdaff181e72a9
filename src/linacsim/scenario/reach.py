"""Whether motion ever reaches the gates of a beam, so that it is told before beam-on.

The motion is followed as a sensor without delay and error would see it, from the start of time; a
sensor whose samples never count is told of too.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linacsim.control.gating.axes import motion_reader
from linacsim.control.gating.building import mv_obeys_gate
from linacsim.machine.gating import gating_of
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, Place, Severity
from linacsim.model.gating import OPTICAL_CAMERA
from linacsim.model.motion import GatingParameters
from linacsim.model.time import seconds
from linacsim.motion.presets import SensorSpec
from linacsim.review.gate_truth import Seen
from linacsim.scenario.gating_chain import age_limit_s

_MS_PER_S = 1000.0
_RULE = "motion.gate-not-reached"
_FILTERS = {"BreathingPhase": "Phase", "BreathingAmplitude": "Amplitude"}


@dataclass(frozen=True, slots=True)
class _Window:
    """A window on one axis."""

    axis: str
    lower: float
    upper: float
    line: int

    def met_by(self, values: Floats) -> bool:
        """Return whether a motion, sampled as (n,) values, is ever within."""
        if self.lower > self.upper:
            return bool(((values >= self.lower) | (values <= self.upper)).any())
        low, high = np.minimum(values[1:], values[:-1]), np.maximum(values[1:], values[:-1])
        return bool(((low <= self.upper) & (high >= self.lower)).any())

    def __str__(self) -> str:
        """Return the window for people."""
        if self.axis == "Quality" and self.upper == math.inf:
            return f"Quality above {round(self.lower, 9):g}"
        return f"{self.axis} from {self.lower:g} to {self.upper:g}{_unit(self.axis)}"


_Gate = tuple[_Window, ...]
"""Windows side by side on one axis: within one is enough."""


def reach_findings(
    machine: MachineSpec, beam: Beam, seen: Seen, until_ns: int
) -> tuple[Finding, ...]:
    """Return one warning for each gate of the MV beam that the motion does not come to, and one
    for a sensor that is too late or blind.

    Args:
        machine: it delivers.
        beam: with its gates.
        seen: surrogate, sensor and source; gates of other sources are left out.
        until_ns: how long the motion is followed.
    """
    gates = tuple(_gates(beam, seen.source))
    parts = gating_of(machine, beam, machine.start)
    if not gates or parts is None or seen.source not in parts.sources:
        return ()
    source = parts.sources[seen.source]
    readers = [motion_reader(gate[0].axis) for gate in gates]
    rows = []
    for sample in seen.without_delay().received(-1, until_ns):
        source.receive(sample)
        state, target = source.state, source.target
        assert state is not None
        rows.append([read(state, target) for read in readers])
    columns = np.array(rows).T
    return _of_sensor(seen.sensor, machine) + tuple(
        _finding(gate, values, beam, until_ns)
        for gate, values in zip(gates, columns, strict=True)
        if not any(window.met_by(values) for window in gate)
    )


def _of_sensor(sensor: SensorSpec, machine: MachineSpec) -> tuple[Finding, ...]:
    """Return a warning where no sample ever counts."""
    limit_ms = age_limit_s(sensor, machine) * _MS_PER_S
    if sensor.latency_ms > limit_ms:
        found = f"samples come when they are {sensor.latency_ms:g} ms old"
        allowed = f"up to {limit_ms:g} ms (max_age_ms and the machine's sample_age_limit_s)"
    elif sensor.loss_share >= 1.0:
        found, allowed = "the sensor never sees the marker: loss_share is 1", "below 1"
    else:
        return ()
    text = f"{found}, so that the gate never allows the beam"
    return (Finding(_RULE, Severity.WARNING, text, allowed, place=Place(element="sensor")),)


def _gates(beam: Beam, source: str) -> Iterator[_Gate]:
    imaging = beam.imaging
    gating = imaging.gating if imaging else None
    if gating is not None and mv_obeys_gate(beam) and (gating.source or OPTICAL_CAMERA) == source:
        yield from _of_filter(gating)
    management = imaging.motion_management if imaging else None
    for tracking in management.tracking_sources if management else ():
        for one in tracking.action_windows if tracking.id == source else ():
            if one.mv_beam_impact is not False:
                yield (_Window(one.axis, one.lower_limit, one.upper_limit, one.line),)


def _of_filter(gating: GatingParameters) -> Iterator[_Gate]:
    by_axis: dict[str, list[_Window]] = {}
    for one in gating.windows:
        axis = _FILTERS.get(gating.filter) or (one.axis.lower() if one.axis else "Amplitude")
        window = _Window(axis, one.entry, one.exit, gating.line)
        by_axis.setdefault(axis, []).append(window)
    yield from map(tuple, by_axis.values())
    threshold = gating.quality_threshold or 0.0
    if gating.filter != "PassThrough" or threshold > 0:
        yield (_Window("Quality", math.nextafter(threshold, math.inf), math.inf, gating.line),)


def _finding(gate: _Gate, values: Floats, beam: Beam, until_ns: int) -> Finding:
    axis, known = gate[0].axis, values[np.isfinite(values)]
    if len(known):
        found = f"it goes from {known.min():.3g} to {known.max():.3g}{_unit(axis)}"
    else:
        found = "it is never known from this motion and sensor"
    return Finding(
        _RULE,
        Severity.WARNING,
        f"the gate waits for {' or '.join(map(str, gate))}; in the first "
        f"{seconds(until_ns):g} s of this motion {found}, so that it never allows the beam",
        mend="take a more regular motion"
        if axis == "Quality"
        else "move the window, or scale, shift or turn the motion",
        place=Place(beam.source.path, gate[0].line or None, axis),
    )


def _unit(axis: str) -> str:
    if "Angle" in axis or axis == "Phase":
        return " deg"
    return "" if axis == "Quality" else " cm"
