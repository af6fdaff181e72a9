"""Which faults each stand-in can commit: one that is asked for another must say so.

A fault that is let pass in silence looks like a driver that bears it.
"""

from collections.abc import Iterable, Mapping

from linacsim.model.findings import InputError
from linacsim.stubs.faults import Kind, fault_of

_SENT = frozenset(
    {
        Kind.DROP,
        Kind.LATE,
        Kind.JITTER,
        Kind.DUPLICATE,
        Kind.CRC,
        Kind.TRUNCATE,
        Kind.BAUD,
        Kind.NOISE,
        Kind.BABBLE,
        Kind.SILENT,
    }
)
"""Of all that send through an `Outbox`."""
_PLACES = frozenset(
    {Kind.SPIKE, Kind.SCALE, Kind.INVERT, Kind.SWAP, Kind.STEP, Kind.DRIFT, Kind.COARSE}
)
_SEEN = _PLACES | {Kind.DROPOUT, Kind.FREEZE, Kind.REPEAT, Kind.NAN, Kind.MISSING}
_MARKER = _SEEN | {Kind.REORDER, Kind.RANGE, Kind.SELF_TEST}
_LINES = frozenset({Kind.CHATTER, Kind.STUCK, Kind.LINE_FAULT})
_STAGE = frozenset({Kind.STALL, Kind.LIMIT, Kind.REFUSE, Kind.REBOOT, Kind.SILENT, Kind.UNPLUG})
_CLOCK = frozenset({Kind.CLOCK_STEP, Kind.CLOCK_DRIFT})
_LLP = _SENT | _CLOCK | {Kind.UNPLUG, Kind.REBOOT, Kind.OTHER, Kind.VERSION}
_MQTT = _SENT | _CLOCK | {Kind.REBOOT}

TAKEN: Mapping[str, frozenset[Kind]] = {
    "ndi-polaris": _SENT
    | _SEEN
    | {Kind.RANGE, Kind.POOR_FIT, Kind.UNPLUG, Kind.REBOOT, Kind.OTHER},
    "llp-marker": _LLP | _MARKER,
    "csv-marker": _SENT | _SEEN | {Kind.UNPLUG, Kind.REBOOT},
    "gate-box": _LLP | _LINES,
    "grbl-stage": _STAGE,
    "zaber-stage": _STAGE,
    "llp-stage": _LLP | _STAGE,
    "mqtt-marker": _MQTT | _MARKER,
    "mqtt-gate-box": _MQTT | _LINES | {Kind.REORDER},
}
"""By the kind of device that the stand-in is for."""


def check_taken(device: str, texts: Iterable[str]) -> None:
    """Raise InputError for a fault that the stand-in for a kind of device cannot commit."""
    taken = TAKEN[device]
    for text in texts:
        if fault_of(text).kind not in taken:
            raise InputError(
                f"fault {text!r}: the stand-in for {device} cannot commit it; "
                f"it takes {', '.join(sorted(taken))}"
            )
