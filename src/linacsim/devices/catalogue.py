"""The fault catalogue: what can go wrong between a device and the beam, and what must follow.

One row for each fault; the number of a condition is its row. Those from 101 on are no faults of
the catalogue but states in which a source may not release the beam either. What drivers, guards
and tests say about faults, they say in these words. Source: research/hil-protocols.md, section 8.2
(engineering proposals, not clinical requirements).
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Reaction(IntEnum):
    """What must follow, the mildest first."""

    COUNT = 0
    """Nothing but counting."""
    WARN = 1
    """Told to the operator and the log; the beam goes on."""
    NOT_READY = 2
    """The device cannot become live, so the beam cannot start."""
    HOLD = 3
    """Beam permission is taken away, and given back by itself."""
    FAULT = 4
    """As hold, and the operator must acknowledge it."""


class Recovery(StrEnum):
    """What must have happened before the device may release the beam again."""

    AT_ONCE = "at once"
    GOOD_SAMPLES = "N good samples"
    CLEAN = "2 s without errors"
    SYNCED = "clock in step again and N good samples"
    OPERATOR = "operator acknowledges, and N good samples"
    REPLACED = "another device, setting or version"
    NONE = "nothing to recover from"


class Condition(IntEnum):
    """Faults by their row in the catalogue."""

    DROPPED = 1
    DROPOUT = 2
    LOST = 3
    FROZEN_VALUE = 4
    FROZEN_FRAME = 5
    JITTER = 6
    LATE = 7
    DUPLICATE = 8
    OUT_OF_ORDER = 9
    NOT_A_NUMBER = 10
    SPIKE = 11
    STEP = 12
    DRIFT = 13
    SCALE = 14
    SIGN = 15
    COARSE = 16
    MISSING = 17
    OUT_OF_VOLUME = 18
    POOR_FIT = 19
    WRONG_TOOL = 20
    UNPLUGGED = 21
    OTHER_PORT = 22
    REBOOT = 23
    CRC = 24
    TRUNCATED = 25
    BAUD = 26
    BABBLE = 27
    HALF_OPEN = 28
    BROKER_LOST = 29
    SLOW_CONSUMER = 30
    CLOCK_STEP = 31
    CLOCK_DRIFT = 32
    HOST_CLOCK = 33
    FOLLOWING = 34
    STAGE_ALARM = 35
    REFUSED = 36
    UNANSWERED = 37
    CHATTER = 38
    STUCK = 39
    SILENT = 40
    UNPLANNED = 41
    SAME_ID = 42
    VERSION = 43
    OVERRUN = 44
    HOST_KILLED = 45
    FUTURE = 46
    NOT_LIVE_YET = 101
    SELF_TEST = 102
    FLAPPING = 103
    SIMULATED = 104
    UNPROTECTED = 105
    DISAGREE = 106
    DEGRADED = 107


class Row(NamedTuple):
    """One row of the catalogue."""

    title: str
    detect: str
    reaction: Reaction
    """The first one; `worse` says when it becomes more."""
    worse: str
    recovery: Recovery


def _row(title: str, detect: str, reaction: Reaction, recovery: Recovery, worse: str = "") -> Row:
    return Row(title, detect, reaction, worse, recovery)


_COUNT, _WARN, _NOT_READY = Reaction.COUNT, Reaction.WARN, Reaction.NOT_READY
_HOLD, _FAULT = Reaction.HOLD, Reaction.FAULT
_NOW, _GOOD, _OPERATOR = Recovery.AT_ONCE, Recovery.GOOD_SAMPLES, Recovery.OPERATOR
_OTHER = Recovery.REPLACED

CATALOGUE: dict[Condition, Row] = {
    Condition.DROPPED: _row("sample dropped", "gap in sequence or frame number", _COUNT, _NOW),
    Condition.DROPOUT: _row("no samples", "age of the newest sample", _HOLD, _GOOD),
    Condition.LOST: _row("signal lost", "no samples for 3 s", _FAULT, _OPERATOR),
    Condition.FROZEN_VALUE: _row(
        "value frozen",
        "10 samples equal to the last bit, or 1 s below the noise floor",
        _HOLD,
        _GOOD,
        "fault after 3 s",
    ),
    Condition.FROZEN_FRAME: _row(
        "frame repeated", "same frame number, or REPEAT", _COUNT, _GOOD, "hold by age, as row 2"
    ),
    Condition.JITTER: _row("uneven arrival", "spread of delays above 20 ms", _WARN, _NOW),
    Condition.LATE: _row(
        "samples late", "age on arrival, by the device's clock", _COUNT, _GOOD, "hold by age"
    ),
    Condition.DUPLICATE: _row("sample twice", "same sequence number", _COUNT, _NOW),
    Condition.OUT_OF_ORDER: _row(
        "samples out of order", "lower sequence number", _COUNT, _NOW, "warn above 5 a second"
    ),
    Condition.NOT_A_NUMBER: _row(
        "not a number", "NaN, infinite or absent", _COUNT, _GOOD, "hold by age of the last valid"
    ),
    Condition.SPIKE: _row(
        "spike",
        "faster than 100 mm/s, or 6 median deviations off",
        _COUNT,
        _GOOD,
        "hold at two in 5 samples",
    ),
    Condition.STEP: _row(
        "baseline stepped",
        "full exhale, or offset to a second source: off at once by 2 mm",
        _WARN,
        _OPERATOR,
        "fault at 5 mm",
    ),
    Condition.DRIFT: _row(
        "baseline drifts",
        "full exhale, or offset to a second source: off little by little by 2 mm",
        _WARN,
        _OPERATOR,
        "fault at 5 mm",
    ),
    Condition.SCALE: _row(
        "wrong scale",
        "under 0.8 or over 1.25 times the motion of a second source",
        _NOT_READY,
        _OPERATOR,
        "fault when live",
    ),
    Condition.SIGN: _row(
        "axis swapped or inverted",
        "correlation below 0.5 with a second source",
        _NOT_READY,
        _OPERATOR,
        "fault when live",
    ),
    Condition.COARSE: _row(
        "coarse resolution", "10 places or fewer in 256 samples that move", _WARN, _NOW
    ),
    Condition.MISSING: _row("marker missing", "the device says so", _HOLD, _GOOD),
    Condition.OUT_OF_VOLUME: _row("out of volume", "the device says so", _HOLD, _GOOD),
    Condition.POOR_FIT: _row(
        "poor fit", "fit error above 0.5 mm", _COUNT, _GOOD, "hold by age of the last valid"
    ),
    Condition.WRONG_TOOL: _row(
        "wrong tool or device", "serial, part number, handle", _NOT_READY, _OTHER, "fault when live"
    ),
    Condition.UNPLUGGED: _row(
        "wire gone", "end of file or error of the port", _FAULT, _OPERATOR, "not ready before live"
    ),
    Condition.OTHER_PORT: _row("back on another port", "serial number", _FAULT, _OPERATOR),
    Condition.REBOOT: _row(
        "device restarted", "BOOT flag, sequence and time begin anew", _HOLD, _GOOD, "fault if live"
    ),
    Condition.CRC: _row(
        "wrong checksums", "above 1 % in 1 s", _WARN, Recovery.CLEAN, "fault above 5 %"
    ),
    Condition.TRUNCATED: _row("broken frames", "framing", _COUNT, _NOW),
    Condition.BAUD: _row("nothing readable", "bytes but no valid frame in 2 s", _NOT_READY, _OTHER),
    Condition.BABBLE: _row("babbling", "over twice the bytes expected for 1 s", _FAULT, _OPERATOR),
    Condition.HALF_OPEN: _row("connection half open", "age", _HOLD, _GOOD),
    Condition.BROKER_LOST: _row("broker lost", "socket or age", _HOLD, _GOOD),
    Condition.SLOW_CONSUMER: _row("reader too slow", "queue depth", _COUNT, _NOW),
    Condition.CLOCK_STEP: _row(
        "device clock stepped", "residual of the clock fit above 5 ms", _HOLD, Recovery.SYNCED
    ),
    Condition.CLOCK_DRIFT: _row(
        "device clock out of bounds", "slope of the clock fit", _NOT_READY, _OPERATOR
    ),
    Condition.HOST_CLOCK: _row(
        "host clock stepped", "only the monotonic clock is used", _COUNT, Recovery.NONE
    ),
    Condition.FOLLOWING: _row(
        "stage does not follow", "over 1 mm from the command for 200 ms", _FAULT, _OPERATOR
    ),
    Condition.STAGE_ALARM: _row("stage alarm", "alarm, limit or position lost", _FAULT, _OPERATOR),
    Condition.REFUSED: _row(
        "command refused", "NAK, RJ, error:N", _WARN, _OPERATOR, "fault when live"
    ),
    Condition.UNANSWERED: _row(
        "command not answered", "200 ms, three times", _FAULT, _OPERATOR, "not ready before live"
    ),
    Condition.CHATTER: _row("gate chatters", "over 10 edges a second", _FAULT, _OPERATOR),
    Condition.STUCK: _row("gate stuck", "no edge in the pre-check", _NOT_READY, _OPERATOR),
    Condition.SILENT: _row("gate silent", "nothing for 150 ms", _FAULT, _OPERATOR),
    Condition.UNPLANNED: _row("unplanned device ready", "the beam's list", _NOT_READY, _OTHER),
    Condition.SAME_ID: _row("two devices of one name", "HELO", _NOT_READY, _OTHER),
    Condition.VERSION: _row("protocol version", "HELO", _NOT_READY, _OTHER),
    Condition.OVERRUN: _row(
        "real-time loop late", "lateness of ticks", _HOLD, _NOW, "fault when far behind"
    ),
    Condition.HOST_KILLED: _row(
        "host gone", "device's own watchdog on host heart-beats", _FAULT, _OPERATOR
    ),
    Condition.FUTURE: _row(
        "sample from the future", "over 5 ms ahead of the host", _COUNT, _GOOD, "row 31 if lasting"
    ),
    Condition.NOT_LIVE_YET: _row("not live yet", "state of the link", _HOLD, _GOOD),
    Condition.SELF_TEST: _row("self-test failed", "the device's FAULT flag", _FAULT, _OPERATOR),
    Condition.FLAPPING: _row(
        "recovers too often", "over 5 recoveries by itself in a minute", _FAULT, _OPERATOR
    ),
    Condition.SIMULATED: _row(
        "simulated source", "SIM flag", _HOLD, _OTHER, "unless the scenario allows it"
    ),
    Condition.UNPROTECTED: _row(
        "source without checksum", "kind of source", _HOLD, _OTHER, "unless the scenario allows it"
    ),
    Condition.DISAGREE: _row(
        "sources disagree",
        "places at the same time, further apart than the scenario allows",
        _HOLD,
        _GOOD,
    ),
    Condition.DEGRADED: _row(
        "reduced quality",
        "the device says so, or its clock is uncertain by over 10 ms",
        _COUNT,
        _NOW,
    ),
}


def named(condition: Condition, detail: str = "") -> str:
    """Return a condition in words, with its row, for reports and logs."""
    row = f" (fault {condition.value})" if condition.value <= Condition.FUTURE else ""
    text = CATALOGUE[condition].title + row
    return f"{text}: {detail}" if detail else text
