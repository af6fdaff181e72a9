"""The gating of a field: the interface's line with a set-up's latencies, and a window on motion."""

from dataclasses import replace

from linacsim.machines.spec import MachineSpec
from linacsim.machines.tables import close_to
from linacsim.model.findings import InputError
from linacsim.model.gating import RESPIRATORY_GATE, BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.motion import GatingParameters, GatingWindow
from linacsim.planning.fields import plan_field
from linacsim.scenario.beam_file import BeamFile
from linacsim.scenario.motion_keys import WindowKeys


def gated_by(
    file: BeamFile, machine: MachineSpec, preset: str | None, window: WindowKeys | None = None
) -> tuple[BeamFile, MachineSpec]:
    """Return a field that obeys the gate's line and the machine with the latencies of a preset.

    Without a preset the machine has its own latencies; with a `window` the line follows motion.
    Raises InputError where the machine delivers no fields or has no such preset.
    """
    if file.field is None:
        raise InputError(
            "gate, window: only fields of an Elekta machine are gated so; the gates of a TrueBeam "
            "beam stand in its XML"
        )
    if preset is not None:
        machine = _with_latencies(machine, preset)
    beam = replace(file.field.beam, beam_hold_devices=(BeamHoldDevice(RESPIRATORY_GATE),))
    if window is not None:
        beam = replace(beam, imaging=ImagingParameters((), gating=_parameters(window)))
    field = replace(file.field, beam=beam)
    made = plan_field(field, machine)
    return replace(file, beam=beam, field=field, machine=machine, plan=made), machine


def _parameters(window: WindowKeys) -> GatingParameters:
    """Return the gating of a beam that has this window."""
    name, limits = "BreathingAmplitude", window.amplitude_cm
    if limits is None:
        name, limits = "BreathingPhase", window.phase_deg
    assert limits is not None
    return GatingParameters(name, (GatingWindow(*limits),))


def _with_latencies(machine: MachineSpec, preset: str) -> MachineSpec:
    presets = machine.gate_presets
    if preset not in presets:
        near = close_to(preset, presets)
        raise InputError(
            f"gate: {machine.name} has no preset {preset!r}{near}: {', '.join(presets)}"
        )
    times = presets[preset]
    latencies = replace(
        machine.supervision,
        beam_on_latency_s=times.beam_on_s,
        beam_off_latency_s=times.beam_off_s,
    )
    return replace(machine, supervision=latencies)
