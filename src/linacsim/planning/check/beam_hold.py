"""Rules of beam-hold devices (manual, Appendix A, Dev and BeamHoldDevices)."""

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.gating import HIGHEST_ID, BeamHoldDevice
from linacsim.planning.check.numbers import is_image_only
from linacsim.planning.check.report import Report, error, warning

DEVICE_ID = error("beam-hold.device-id")
DUPLICATE = error("beam-hold.duplicate")
COMBINATION = error("beam-hold.combination")
SYNC_STOP = warning("beam-hold.sync-stop")


def check_beam_hold(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check the devices that may hold the beam."""
    del machine
    seen: set[int] = set()
    for device in beam.beam_hold_devices:
        _check_id(device, seen, report)
        _check_flags(device, is_image_only(beam), report)


def _check_id(device: BeamHoldDevice, seen: set[int], report: Report) -> None:
    if device.id is None or not 0 <= device.id <= HIGHEST_ID:
        report.add(
            DEVICE_ID,
            "Dev",
            "Dev has no Id" if device.id is None else f"Id of Dev is {device.id}",
            allowed=f"0 to {HIGHEST_ID}",
            line=device.line,
        )
    elif device.id in seen:
        report.add(
            DUPLICATE,
            "Dev",
            f"device {device.id} is listed twice",
            allowed="each device once",
            mend="remove one",
            line=device.line,
        )
    else:
        seen.add(device.id)


def _check_flags(device: BeamHoldDevice, image_only: bool, report: Report) -> None:
    holds_beam = device.holds_beam
    holds_motion = device.holds_motion
    if device.sync_stop:
        if holds_beam or not holds_motion:
            report.add(
                SYNC_STOP,
                "Dev",
                f"device {device.id} has SyncStop, {_flags(holds_beam, holds_motion)}",
                allowed="MVBeamImpact false and MotionImpact true with SyncStop",
                line=device.line,
            )
    elif not image_only and holds_motion and not holds_beam:
        report.add(
            COMBINATION,
            "Dev",
            f"device {device.id} has {_flags(holds_beam, holds_motion)} during treatment",
            allowed="both false, both true, or only MVBeamImpact true",
            mend="set MotionImpact false, or MVBeamImpact true",
            line=device.line,
        )


def _flags(beam: bool, motion: bool) -> str:
    return f"MVBeamImpact {str(beam).lower()} and MotionImpact {str(motion).lower()}"
