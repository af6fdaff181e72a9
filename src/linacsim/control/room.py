"""What surrounds the beam and may keep it from starting: accessories, devices, door.

Conditions here change by messages only, never from tick to tick.
"""

from linacsim.control import interlocks as il
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError
from linacsim.model.gating import HIGHEST_ID
from linacsim.model.messages import (
    REAL_TIME,
    DeviceNote,
    DeviceReport,
    Fault,
    FaultKind,
    Prescribe,
    Standing,
)

N_SLOTS = 4


class Room:
    """State of everything outside the machine's axes that interlocks look at."""

    def __init__(self, machine: MachineSpec) -> None:
        """Start with no accessory mounted, no device ready, the door closed."""
        self._mlc_model = machine.mlc.model
        self._mounted = [0] * N_SLOTS
        self._fitments: set[str] | None = None if machine.field_rules is None else set()
        """What is mounted by name, where the machine has no slots."""
        self._ready: set[int] = set()
        self._reports: dict[str, DeviceReport] = {}
        self.door_open = False
        self.kv_mismatch = False

    def mount(self, slot: str, code: float) -> None:
        """Mount an accessory (0: take it off). Raises InputError for an unknown slot.

        A machine that delivers fields has no slots: there `slot` is the name of what is mounted.
        """
        if self._fitments is not None:
            (self._fitments.add if code else self._fitments.discard)(slot)
            return
        if slot not in {"1", "2", "3", "4"} or code < 0 or not float(code).is_integer():
            raise InputError(f"slot {slot!r}, code {code:g}: slots are 1 to 4, codes whole numbers")
        self._mounted[int(slot) - 1] = int(code)

    def change(self, message: Fault | DeviceReport | DeviceNote | Prescribe) -> str:
        """Take a device's report, or let a fault of devices or kV collimation begin or end.

        Return what is to be told of a device, empty for nothing that interlocks do not tell. Other
        kinds of faults are not the room's. Raises InputError for an unknown device, and for a
        field, which no console takes as news of its room.
        """
        if isinstance(message, Prescribe):
            raise InputError(
                "this console loads TrueBeam beams, it does not take prescribed fields"
            )
        if isinstance(message, DeviceNote):
            return f"{message.device}: {message.text}"
        if isinstance(message, DeviceReport):
            self._reports[message.device] = message
        else:
            self._fail(message)
        return ""

    def _fail(self, fault: Fault) -> None:
        present = bool(fault.value) and not fault.clear
        if fault.kind is FaultKind.BEAM_HOLD_READY:
            self.set_device(fault.target, ready=present)
        elif fault.kind is FaultKind.KV_COLLIMATION:
            self.kv_mismatch = present

    def set_device(self, device: str, *, ready: bool) -> None:
        """Change readiness of a beam-hold device. Raises InputError for an unknown id."""
        if not device.isdecimal() or int(device) > HIGHEST_ID:
            raise InputError(f"beam hold device {device!r}: ids are 0 to {HIGHEST_ID}")
        (self._ready.add if ready else self._ready.discard)(int(device))

    def conditions(self, beam: Beam | None) -> dict[str, str]:
        """Return the detail of each interlock of this module, empty where it is not met."""
        listed = {d.id for d in beam.beam_hold_devices if d.id is not None} if beam else set()
        unplanned = self._ready - listed if beam else set()
        return {
            il.MLC_MODEL: self._wrong_mlc(beam),
            il.ACCESSORY: self._wrong_accessory(beam),
            il.BEAM_HOLD_NOT_READY: _ids(listed - self._ready),
            il.BEAM_HOLD_UNPLANNED: _ids(unplanned),
            il.KV_COLLIMATION: "blades or filters differ" if self.kv_mismatch else "",
            il.DOOR: "open" if self.door_open else "",
            il.DEVICE_HOLD: self._reported(Standing.HOLD),
            il.DEVICE_FAULT: self._reported(Standing.FAULT),
            il.LATE: self._late(),
        }

    def _reported(self, standing: Standing) -> str:
        return "; ".join(
            f"{name}: {report.text}"
            for name, report in sorted(self._reports.items())
            if report.standing is standing and name != REAL_TIME
        )

    def _late(self) -> str:
        report = self._reports.get(REAL_TIME)
        return "" if report is None or report.standing is Standing.GOOD else report.text

    def _wrong_mlc(self, beam: Beam | None) -> str:
        if beam is None or beam.mlc_model == self._mlc_model:
            return ""
        return f"{beam.mlc_model}, this machine has {self._mlc_model}"

    def _wrong_accessory(self, beam: Beam | None) -> str:
        if beam is None:
            return ""
        if self._fitments is not None:
            return _differing(set(beam.fitments), self._fitments)
        wrong = (
            f"slot {slot}: the beam needs {'none' if wanted == 0 else f'code {wanted}'}, "
            f"{'none' if mounted == 0 else f'code {mounted}'} is mounted"
            for slot, (wanted, mounted) in enumerate(
                zip(beam.accessories, self._mounted, strict=True), start=1
            )
            if wanted is not None and wanted != mounted
        )
        return "; ".join(wrong)


def _differing(wanted: set[str], mounted: set[str]) -> str:
    missing = [f"{name} is needed and not mounted" for name in sorted(wanted - mounted)]
    more = [f"{name} is mounted and not needed" for name in sorted(mounted - wanted)]
    return "; ".join(missing + more)


def _ids(devices: set[int]) -> str:
    return ", ".join(str(device) for device in sorted(devices))
