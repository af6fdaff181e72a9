"""Drivers and stand-ins of devices that speak LLP/1, as a scenario asks for them."""

from linacsim.devices.llp.gate_box import GateBoxSettings, LlpGateBox
from linacsim.devices.llp.marker import AS_IN_THE_ROOM, LlpMarker, MarkerSettings
from linacsim.devices.ndi.calibration import Calibration
from linacsim.devices.peer import Driver, Peer
from linacsim.devices.sample import Limits, Mark
from linacsim.model.time import NS_PER_MS, NS_PER_S, to_ns
from linacsim.motion.source import Motion
from linacsim.scenario.llp_keys import GateBoxKeys, LlpMarkerKeys
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.llp.box import Identity, LlpBox
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.gate_lines import GateLines, Script
from linacsim.stubs.llp.marker import Marker

LlpKeys = LlpMarkerKeys | GateBoxKeys
SERIAL = "0001"
"""What stand-ins say where the scenario asks for no serial number."""


def llp_driver(keys: LlpKeys) -> Driver:
    """Return the driver of a device."""
    allowed = Mark.SIMULATED if keys.allow_simulated else Mark.NONE
    if isinstance(keys, GateBoxKeys):
        settings = GateBoxSettings(keys.device, keys.serial_number, keys.clock_ppm, allowed)
        return LlpGateBox(keys.name, settings)
    given = keys.calibration
    calibration = (
        AS_IN_THE_ROOM
        if given is None
        else Calibration.of(given.origin_cm, (given.x_axis, given.y_axis, given.z_axis))
    )
    limits = Limits(
        period_ns=NS_PER_S // keys.rate_hz,
        least_age_ns=round(keys.least_age_limit_ms * NS_PER_MS),
        speed_cm_per_s=keys.speed_limit_cm_per_s,
        allowed=allowed,
    )
    return LlpMarker(
        keys.name,
        MarkerSettings(
            limits,
            calibration,
            keys.serial_number,
            keys.source,
            binary=keys.binary,
            clock_ppm=keys.clock_ppm,
        ),
    )


def llp_stub(keys: LlpKeys, motion: Motion, seed: int) -> Peer:
    """Return the stand-in for a device; a marker sees `motion`, given in the room."""
    faults = Faults([fault_of(text) for text in keys.stub.faults], seed)
    identity = Identity(serial=keys.serial_number or SERIAL)
    clock = DeviceClock(0, keys.stub.clock_ppm)
    if isinstance(keys, GateBoxKeys):
        return LlpBox(GateLines(_script(keys), faults), faults, identity, clock)
    marker = Marker(motion, faults, rate_hz=keys.rate_hz, noise_mm=keys.stub.noise_mm)
    return LlpBox(marker, faults, identity, clock)


def _script(keys: GateBoxKeys) -> Script:
    stub = keys.stub
    return Script(
        keys.device,
        to_ns(stub.ready_after_s),
        tuple((to_ns(hold.from_s), to_ns(hold.to_s)) for hold in stub.holds),
        None if stub.repeat_s is None else to_ns(stub.repeat_s),
    )
