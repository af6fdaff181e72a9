"""Gates from the records of a beam, in both dialects (manual, "Gating"; Appendix A).

What the checker reports as a mistake (an unknown axis, limits the wrong way round, a delay that is
no time) makes a gate that never allows.
"""

import math
from collections.abc import Iterator, Sequence

from linacsim.control.gating.axes import limits_of, machine_reader, motion_reader
from linacsim.control.gating.gate import Gate, Impacts
from linacsim.control.gating.gates import Gates, MachineGate, MotionGate
from linacsim.control.gating.limits import Limits
from linacsim.control.gating.triggers import TriggerLine
from linacsim.control.gating.watch import NEVER, Watch
from linacsim.model.beam import Beam
from linacsim.model.gating import OPTICAL_CAMERA, RESPIRATORY_GATE
from linacsim.model.motion import (
    AcquisitionTrigger,
    ActionWindow,
    GatingParameters,
    GatingWindow,
    TrackingSource,
)
from linacsim.model.time import NS_PER_MS, NS_PER_S

_FILTER_AXES = {"BreathingPhase": "Phase", "BreathingAmplitude": "Amplitude"}


def gates_from_beam(beam: Beam, age_limit_ns: int) -> Gates:
    """Return all gates of a beam.

    Args:
        beam: with its 1.x `GatingParameters` or 2.0 action windows.
        age_limit_ns: a sample that was measured this long ago no longer allows anything.
    """
    imaging = beam.imaging
    if imaging is None:
        return Gates()
    motion: list[MotionGate] = []
    machine: list[MachineGate] = []
    if imaging.gating is not None:
        motion += _of_filter(imaging.gating, mv_obeys_gate(beam), age_limit_ns)
    if imaging.motion_management is not None:
        has_mv = _has_mv(beam)
        for source in imaging.motion_management.tracking_sources:
            motion += _of_source(source, age_limit_ns, has_mv=has_mv)
        windows = imaging.motion_management.global_action_windows
        machine += (_global(window, has_mv=has_mv) for window in windows)
    return Gates(motion, machine)


def mv_obeys_gate(beam: Beam) -> bool:
    """Return whether 1.x gating holds the MV beam and motion.

    The respiratory gate must be listed with an impact on beam or motion. A beam without MV has
    nothing for it to hold, so its motion goes on (manual, "Gating", first example).
    """
    return _has_mv(beam) and any(
        device.id == RESPIRATORY_GATE and (device.holds_beam or device.holds_motion)
        for device in beam.beam_hold_devices
    )


def _has_mv(beam: Beam) -> bool:
    return not beam.energy.endswith("k")


def _of_filter(gating: GatingParameters, mv_obeys: bool, age_limit_ns: int) -> Iterator[MotionGate]:
    """Yield one gate per axis, its windows side by side, and one for quality."""
    source = gating.source or OPTICAL_CAMERA
    impacts = Impacts(mv=mv_obeys, kv=bool(gating.kv_gating))
    by_axis: dict[str, list[GatingWindow]] = {}
    for window in gating.windows:
        by_axis.setdefault(_filter_axis(gating.filter, window), []).append(window)
    triggers = _trigger_line(_named_triggers(gating), None)
    for axis, windows in by_axis.items():
        ranges = " or ".join(f"{window.entry:g} to {window.exit:g}" for window in windows)
        gate = Gate(
            f"{source} {axis} {ranges}",
            [
                Watch(
                    limits_of(axis, window.entry, window.exit),
                    age_limit_ns,
                    _entry_delay_ns(window.entry_delay, NS_PER_S),
                )
                for window in windows
            ],
            impacts,
            fault_on_exit=any(window.fault_on_exit for window in windows),
            triggers=triggers,
        )
        triggers = None
        yield MotionGate(source, motion_reader(axis), gate)
    yield from _quality(gating, source, impacts, age_limit_ns)


def _filter_axis(name: str, window: GatingWindow) -> str:
    if name == "PassThrough":
        return window.axis.lower() if window.axis else "Amplitude"
    return _FILTER_AXES.get(name, f"unknown filter {name}")


def _quality(
    gating: GatingParameters, source: str, impacts: Impacts, age_limit_ns: int
) -> Iterator[MotionGate]:
    """Yield the gate on quality, which must be above the threshold.

    A threshold of 0, as in the manual's examples, so still asks for established periodicity. Motion
    that is passed through has no periodicity: there a threshold of 0 asks for nothing.
    """
    threshold = gating.quality_threshold or 0.0
    if gating.filter == "PassThrough" and threshold == 0:
        return
    limits = Limits(math.nextafter(threshold, math.inf), math.inf, interpolate=False)
    gate = Gate(f"{source} quality above {threshold:g}", [Watch(limits, age_limit_ns)], impacts)
    yield MotionGate(source, motion_reader("Quality"), gate)


def _named_triggers(gating: GatingParameters) -> list[AcquisitionTrigger]:
    named = (("MV", gating.mv_trigger), ("KV", gating.kv_trigger))
    return [
        AcquisitionTrigger(source, record.delay_s, record.on_enter, record.on_exit, record.single)
        for source, record in named
        if record is not None
    ]


def _of_source(source: TrackingSource, age_limit_ns: int, *, has_mv: bool) -> Iterator[MotionGate]:
    for window in source.action_windows:
        name = f"{source.id} {_title(window)}"
        gate = _action_gate(name, window, age_limit_ns, has_mv=has_mv)
        yield MotionGate(source.id, motion_reader(window.axis), gate)


def _global(window: ActionWindow, *, has_mv: bool) -> MachineGate:
    gate = _action_gate(_title(window), window, NEVER, has_mv=has_mv)
    return MachineGate(machine_reader(window.axis), gate, window.lower_limit)


def _title(window: ActionWindow) -> str:
    return f"{window.axis} {window.lower_limit:g} to {window.upper_limit:g}"


def _action_gate(name: str, window: ActionWindow, age_limit_ns: int, *, has_mv: bool) -> Gate:
    watch = Watch(
        limits_of(window.axis, window.lower_limit, window.upper_limit),
        age_limit_ns,
        _entry_delay_ns(window.entry_delay_ms, NS_PER_MS),
        _linger_ns(window.linger_timeout_ms),
    )
    impacts = Impacts(
        mv=has_mv and window.mv_beam_impact is not False,
        kv=bool(window.kv_beam_impact),
        motion_compensation=bool(window.motion_compensation_impact),
    )
    return Gate(
        name,
        [watch],
        impacts,
        segmental=window.kind == "Segmental",
        fault_on_exit=bool(window.fault_on_exit),
        triggers=_trigger_line(window.triggers, window.delta),
    )


def _trigger_line(
    triggers: Sequence[AcquisitionTrigger], delta: float | None
) -> TriggerLine | None:
    return TriggerLine(triggers, delta) if triggers else None


def _entry_delay_ns(delay: float | None, unit_ns: int) -> int:
    """Return a delay before allowing; one that is no time never ends."""
    if delay is None:
        return 0
    return round(delay * unit_ns) if 0 <= delay < NEVER / unit_ns else NEVER


def _linger_ns(linger_ms: float | None) -> int:
    """Return how long leaving is overlooked; what is no time is nil."""
    if linger_ms is None or not 0 <= linger_ms < NEVER / NS_PER_MS:
        return 0
    return round(linger_ms * NS_PER_MS)
