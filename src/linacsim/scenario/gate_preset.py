"""The gating interface of a machine that delivers fields: one line with a set-up's latencies."""

from dataclasses import replace

from linacsim.machines.spec import MachineSpec
from linacsim.machines.tables import close_to
from linacsim.model.findings import InputError
from linacsim.model.gating import RESPIRATORY_GATE, BeamHoldDevice
from linacsim.planning.fields import plan_field
from linacsim.scenario.beam_file import BeamFile


def gated_by(file: BeamFile, machine: MachineSpec, preset: str) -> tuple[BeamFile, MachineSpec]:
    """Return a field that obeys the gate's line and the machine with the latencies of a preset.

    Raises InputError where the machine delivers no fields or has no such preset.
    """
    if file.field is None:
        raise InputError("gate: only fields of an Elekta machine are gated so; use motion instead")
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
    machine = replace(machine, supervision=latencies)
    beam = replace(file.field.beam, beam_hold_devices=(BeamHoldDevice(RESPIRATORY_GATE),))
    field = replace(file.field, beam=beam)
    made = plan_field(field, machine)
    return replace(file, beam=beam, field=field, machine=machine, plan=made), machine
