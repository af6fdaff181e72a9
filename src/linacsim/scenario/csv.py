"""Drivers and stand-ins of markers that print bare lines, as a scenario asks for them."""

from dataclasses import replace

from linacsim.devices.csv.marker import CsvMarker, CsvSettings
from linacsim.devices.llp.marker import AS_IN_THE_ROOM, MM_OF
from linacsim.devices.peer import Peer
from linacsim.motion.source import Motion
from linacsim.scenario.csv_keys import CsvMarkerKeys
from linacsim.scenario.markers import calibration_of, limits_of
from linacsim.stubs.csv.printer import CsvPrinter, Print
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.faulty import FaultyPeer

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "space": " "}


def csv_driver(keys: CsvMarkerKeys) -> CsvMarker:
    """Return the driver of a marker."""
    limits = replace(limits_of(keys), frozen_samples=keys.frozen_samples)
    if not keys.frozen_samples:
        limits = replace(limits, noise_floor_cm=0.0)
    settings = CsvSettings(
        limits,
        calibration_of(keys.calibration, AS_IN_THE_ROOM),
        keys.columns,
        MM_OF[keys.unit],
        keys.time_unit or "ms",
        SEPARATORS[keys.separator],
        keys.decimal,
        keys.source,
    )
    return CsvMarker(keys.name, settings)


def csv_stub(keys: CsvMarkerKeys, motion: Motion, seed: int) -> Peer:
    """Return the stand-in for a marker that sees `motion`, given in the room."""
    faults = [fault_of(text) for text in keys.stub.faults]
    form = Print(
        keys.columns,
        MM_OF[keys.unit],
        keys.time_unit or "ms",
        SEPARATORS[keys.separator],
        keys.decimal,
        digits=3 if keys.unit == "mm" else 4,
        rate_hz=keys.rate_hz,
        noise_mm=keys.stub.noise_mm,
    )
    return FaultyPeer(CsvPrinter(motion, form, Faults(faults, seed)), Faults(faults, seed))
