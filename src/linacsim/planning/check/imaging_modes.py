"""Rules of image modes and of the settings of an acquisition (manual, "Imaging Modes")."""

from linacsim.machines.imaging_modes import ImagingMode, imaging_modes, kv_source_ranges
from linacsim.machines.spec import MachineSpec
from linacsim.model.acquisition import Acquisition, AcquisitionParameters, KvParameters
from linacsim.model.beam import Beam
from linacsim.model.imaging import ImagingParameters
from linacsim.planning.check.numbers import did_you_mean, given, outside
from linacsim.planning.check.report import Report, error, warning

UNKNOWN_MODE = error("imaging.unknown-mode")
UNLISTED_MODE = warning("imaging.unlisted-mode")
MODE_BEAM = error("imaging.mode-beam")
SOURCE_CONFLICT = error("imaging.source-conflict")
SINGLE_MODE_STARTED = error("imaging.single-mode-started")
CONTINUOUS_MODE_ONCE = error("imaging.continuous-mode-once")
CONTINUOUS_HANDSHAKE = warning("imaging.continuous-handshake")
KV_VALUE = error("imaging.kv-value")
KV_RANGE = warning("imaging.kv-range")
MAS_TOO_LOW = error("imaging.mas-too-low")
MAS_LOW = warning("imaging.mas-low")
MV_ENERGY = error("imaging.mv-energy")

LEAST_MAS = 0.2
"""Least mAs of a single image (manual, "Backwards Compatibility")."""
LEAST_MAS_1X = 0.1
"""The same before Developer Mode 2.0; the manual's example 6 still has 0.15."""
_KV_NAMES = {
    "voltage_kv": ("KiloVolts", "kV"),
    "current_ma": ("MilliAmperes", "mA"),
    "pulse_ms": ("MilliSeconds", "ms"),
}


def check_modes(
    beam: Beam, imaging: ImagingParameters, machine: MachineSpec, report: Report
) -> None:
    """Check how each acquisition is taken."""
    for point in imaging.points:
        for item in point.acquisitions:
            _check_acquisition(item, False, beam, machine, report)
        for item in point.starts:
            _check_acquisition(item, True, beam, machine, report)


def _check_acquisition(
    item: Acquisition, started: bool, beam: Beam, machine: MachineSpec, report: Report
) -> None:
    parameters = item.parameters
    if parameters is None:
        return
    line = parameters.line or item.line
    _check_source(item, parameters, line, report)
    if parameters.mv is not None:
        energy = parameters.mv.energy
        if energy and energy not in machine.energies:
            report.add(
                MV_ENERGY,
                "MV",
                f"Energy of the image is {energy}",
                allowed=", ".join(machine.energies),
                mend=did_you_mean(energy, machine.energies),
                line=line,
            )
    if parameters.kv is not None:
        _check_kv(parameters.kv, started, line, report)
    modes = _modes_named(parameters.image_mode.id, beam, line, report)
    modes = _modes_of_source(parameters, modes, line, report)
    if modes:
        _check_technique(item, started, modes, line, report)


def _check_source(
    item: Acquisition, parameters: AcquisitionParameters, line: int, report: Report
) -> None:
    said = item.specs.kv
    if (said is True and parameters.mv is not None) or (
        said is False and parameters.kv is not None
    ):
        report.add(
            SOURCE_CONFLICT,
            "AcquisitionSpecs",
            f"acquisition {item.id} says KV {str(said).lower()}, but its parameters are for "
            f"{'MV' if said else 'KV'}",
            allowed="KV true with KV parameters, false or absent with MV parameters",
            line=line,
        )


def _modes_named(name: str, beam: Beam, line: int, report: Report) -> list[ImagingMode]:
    known = imaging_modes()
    named = [mode for mode in known if mode.id == name]
    if not named and name:
        ids = list(dict.fromkeys(mode.id for mode in known))
        newer = beam.source.dialect == "4"
        report.add(
            UNLISTED_MODE if newer else UNKNOWN_MODE,
            "ImageMode",
            f"image mode {name} is not known",
            allowed=", ".join(ids),
            mend=did_you_mean(name, ids),
            line=line,
        )
    return named


def _modes_of_source(
    parameters: AcquisitionParameters, modes: list[ImagingMode], line: int, report: Report
) -> list[ImagingMode]:
    source = "kV" if parameters.kv is not None else "MV" if parameters.mv is not None else ""
    fits = [mode for mode in modes if source in ("", mode.beam)]
    if modes and not fits:
        report.add(
            MODE_BEAM,
            "ImageMode",
            f"image mode {modes[0].id} is for {modes[0].beam} images, the parameters are for "
            f"{source}",
            allowed=", ".join(mode.id for mode in imaging_modes() if mode.beam == source),
            line=line,
        )
    return fits


def _check_technique(
    item: Acquisition, started: bool, modes: list[ImagingMode], line: int, report: Report
) -> None:
    mode = modes[0]
    if started and not any(fit.continuous for fit in modes):
        report.add(
            SINGLE_MODE_STARTED,
            "AcquisitionStart",
            f"acquisition {item.id} starts, but {mode.id} takes single images",
            allowed="Acquisition with this mode",
            line=line,
        )
    elif not started and all(fit.continuous for fit in modes):
        report.add(
            CONTINUOUS_MODE_ONCE,
            "Acquisition",
            f"acquisition {item.id} is a single image, but {mode.id} is continuous",
            allowed="AcquisitionStart and AcquisitionStop with this mode",
            line=line,
        )
    elif mode.continuous and mode.beam == "MV" and item.specs.handshake:
        report.add(
            CONTINUOUS_HANDSHAKE,
            "AcquisitionSpecs",
            f"acquisition {item.id} asks for a handshake with {mode.id}",
            allowed="Handshake false for continuous MV images",
            line=line,
        )


def _check_kv(kv: KvParameters, started: bool, line: int, report: Report) -> None:
    sound = True
    for name, limits in kv_source_ranges().items():
        value = getattr(kv, name)
        element, unit = _KV_NAMES[name]
        if not given(value):
            sound = False
        elif value <= 0:
            sound = False
            report.add(
                KV_VALUE,
                element,
                f"{element} is {value:g}",
                allowed=f"more than 0 {unit}",
                line=line,
            )
        elif outside(value, limits.lower, limits.upper):
            report.add(
                KV_RANGE,
                element,
                f"{element} is {value:g} {unit}",
                allowed=f"{limits.lower:g} to {limits.upper:g} {unit}",
                line=line,
            )
    if sound and not started and kv.mas < LEAST_MAS - 1e-9:
        too_low = kv.mas < LEAST_MAS_1X - 1e-9
        report.add(
            MAS_TOO_LOW if too_low else MAS_LOW,
            "KV",
            f"the image gets {kv.mas:g} mAs",
            allowed=f"at least {LEAST_MAS:g} mAs for a single image",
            mend="raise MilliAmperes or MilliSeconds",
            line=line,
        )
