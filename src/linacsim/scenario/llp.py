"""Drivers and stand-ins of devices that speak LLP/1, as a scenario asks for them."""

from linacsim.devices.llp.gate_box import GateBoxSettings, LlpGateBox
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.marker import AS_IN_THE_ROOM, LlpMarker, MarkerSettings
from linacsim.devices.peer import Driver, Peer
from linacsim.model.time import to_ns
from linacsim.motion.source import Motion
from linacsim.scenario.llp_keys import GateBoxKeys, GateBoxStubKeys, LlpMarkerKeys
from linacsim.scenario.markers import allowed_of, calibration_of, limits_of
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.llp.box import Identity, LlpBox
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.gate_lines import GateLines, Script
from linacsim.stubs.llp.marker import Marker

LlpKeys = LlpMarkerKeys | GateBoxKeys
SERIAL = "0001"
"""What stand-ins say where the scenario asks for no serial number."""


def llp_driver(keys: LlpKeys, host: HostState) -> Driver:
    """Return the driver of a device, which is told the state of the machine."""
    if isinstance(keys, GateBoxKeys):
        box = GateBoxSettings(keys.device, keys.serial_number, keys.clock_ppm, allowed_of(keys))
        return LlpGateBox(keys.name, box, host)
    settings = MarkerSettings(
        limits_of(keys),
        calibration_of(keys.calibration, AS_IN_THE_ROOM),
        keys.serial_number,
        keys.source,
        binary=keys.binary,
        clock_ppm=keys.clock_ppm,
    )
    return LlpMarker(keys.name, settings, host)


def llp_stub(keys: LlpKeys, motion: Motion, seed: int) -> Peer:
    """Return the stand-in for a device; a marker sees `motion`, given in the room."""
    faults = Faults([fault_of(text) for text in keys.stub.faults], seed)
    identity = Identity(serial=keys.serial_number or SERIAL)
    clock = DeviceClock(0, keys.stub.clock_ppm)
    if isinstance(keys, GateBoxKeys):
        return LlpBox(
            GateLines(gate_script(keys.device, keys.stub), faults), faults, identity, clock
        )
    marker = Marker(motion, faults, rate_hz=keys.rate_hz, noise_mm=keys.stub.noise_mm)
    return LlpBox(marker, faults, identity, clock)


def gate_script(device: int, stub: GateBoxStubKeys) -> Script:
    """Return when the stand-in for a gate box holds."""
    return Script(
        device,
        to_ns(stub.ready_after_s),
        tuple((to_ns(hold.from_s), to_ns(hold.to_s)) for hold in stub.holds),
        None if stub.repeat_s is None else to_ns(stub.repeat_s),
    )
