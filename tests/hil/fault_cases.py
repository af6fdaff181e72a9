"""The fault catalogue as test cases: what a stub does, and what must come of it, live and headless.

A row is tested here, or `ELSEWHERE` says where and why not here.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from linacsim.devices.catalogue import Condition as C

AGE_MS = 300
"""Age limit of all markers here: long enough that a busy test machine does not reach it."""


class Bench(StrEnum):
    """Cases that are tried together in one run, since they have the same outcome."""

    GOES_ON = "told or counted, and the beam goes on"
    HELD = "held, and goes on by itself"
    ACKNOWLEDGED = "held until the fault is over and the operator has acknowledged it"
    STAGES = "as before, after the stage has homed and plays again"
    FOR_GOOD = "held for good, whatever the operator does"
    NEVER_LIVE = "never live, so that no beam starts"


@dataclass(frozen=True)
class Case:
    """One fault of one device."""

    row: C
    """That must be told."""
    kind: str
    """Of device."""
    fault: str
    """As a stub takes it, `KIND@START[+S][=V]`; several with a space between them."""
    within_ms: int = 0
    """From the fault to the reaction, by the times of recorded inputs."""
    interlock: str = ""
    """That holds the beam, where it is not that of the device's report."""
    keys: dict[str, Any] = field(default_factory=dict)
    """Further keys of the device."""


LLP, CAMERA, BOX = "llp-marker", "ndi-polaris", "gate-box"
GRBL, ZABER, HOME_MADE = "grbl-stage", "zaber-stage", "llp-stage"
AT_AGE_MS = AGE_MS + 55
"""A tick, and a sample that was just taken."""
RATE_HZ = 30
QUICK_MS = 100
"""A few samples."""
STREAM = {"reply": "stream"}
"""A camera that sends each frame by itself."""

CASES: dict[Bench, tuple[Case, ...]] = {
    Bench.GOES_ON: (
        Case(C.DROPPED, LLP, "drop@6+1=0.05", 1000),
        Case(C.JITTER, LLP, "jitter@6+1=60", 600),
        Case(C.DUPLICATE, LLP, "duplicate@6+1=0.2", 300),
        Case(C.OUT_OF_ORDER, LLP, "reorder@6+2=0.2", 300),
        Case(C.SPIKE, LLP, "spike@6=30", QUICK_MS),
        Case(C.SPIKE, CAMERA, "spike@6=30", QUICK_MS),
        Case(C.CRC, LLP, "crc@6+2=0.03", 1600),
        Case(C.CRC, CAMERA, "crc@6+2=0.03", 1600),
        Case(C.TRUNCATED, LLP, "truncate@6+2=0.03", 2000),
        Case(C.POOR_FIT, CAMERA, "poor-fit@6+0.1", QUICK_MS),
        Case(C.CRC, CAMERA, "crc@6+2=0.03", 1600, keys=STREAM),
    ),
    Bench.HELD: (
        Case(C.DROPOUT, LLP, "dropout@6+1", AT_AGE_MS),
        Case(C.DROPOUT, CAMERA, "dropout@6+1", AT_AGE_MS + 30),
        Case(C.DROPOUT, CAMERA, "dropout@6+1", AT_AGE_MS + 30, keys=STREAM),
        Case(C.FROZEN_VALUE, LLP, "freeze@6+1.5", 450),
        Case(C.FROZEN_VALUE, CAMERA, "freeze@6+1.5", 450),
        Case(C.FROZEN_FRAME, LLP, "repeat@6+1", AT_AGE_MS),
        Case(C.LATE, LLP, "late@6+1=500", 500 + QUICK_MS),
        Case(C.NOT_A_NUMBER, LLP, "nan@6+1", AT_AGE_MS),
        Case(C.SPIKE, LLP, "spike@6+0.5=30", 200),
        Case(C.MISSING, LLP, "missing@6+1", QUICK_MS),
        Case(C.MISSING, CAMERA, "missing@6+1", QUICK_MS),
        Case(C.MISSING, CAMERA, "missing@6+1", QUICK_MS, keys=STREAM),
        Case(C.OUT_OF_VOLUME, LLP, "range@6+1", QUICK_MS),
        Case(C.OUT_OF_VOLUME, CAMERA, "range@6+1", QUICK_MS),
        Case(C.POOR_FIT, CAMERA, "poor-fit@6+1", AT_AGE_MS + 30),
        Case(C.DROPOUT, LLP, "silent@6+1", AT_AGE_MS),
        Case(C.CLOCK_STEP, LLP, "clock-step@6=50", 300),
        Case(C.FUTURE, LLP, "clock-step@6=60", 300),
    ),
    Bench.ACKNOWLEDGED: (
        Case(C.LOST, LLP, "dropout@6+4", 3050),
        Case(C.LOST, CAMERA, "dropout@6+4", 3080),
        Case(C.FROZEN_VALUE, LLP, "freeze@6+4.5", 3500),
        Case(C.UNPLUGGED, LLP, "unplug@6+1", QUICK_MS),
        Case(C.UNPLUGGED, CAMERA, "unplug@6+1", QUICK_MS),
        Case(C.UNPLUGGED, CAMERA, "unplug@6+1", QUICK_MS, keys=STREAM),
        Case(C.UNPLUGGED, BOX, "unplug@6+1", QUICK_MS, keys={"device": 1}),
        Case(C.REBOOT, LLP, "reboot@6", 300),
        Case(C.REBOOT, CAMERA, "reboot@6", 100),
        Case(C.REBOOT, CAMERA, "reboot@6", 300, keys=STREAM),
        Case(C.CRC, LLP, "crc@6+1=0.3", 600),
        Case(C.CRC, CAMERA, "crc@6+1=0.3", 600),
        Case(C.CRC, CAMERA, "crc@6+1=0.3", 600, keys=STREAM),
        Case(C.BABBLE, LLP, "babble@6+1.5=6500", 1500),
        Case(C.WRONG_TOOL, LLP, "other@6+2", 1500),
        Case(C.WRONG_TOOL, CAMERA, "other@6+2", 2500),
        Case(C.SILENT, BOX, "silent@6+1", 190, keys={"device": 2}),
        Case(C.CHATTER, BOX, "chatter@6+1=40", 1000, "HOLD_LINE_CHATTER", {"device": 3}),
        Case(C.SELF_TEST, LLP, "self-test@6+1", QUICK_MS),
    ),
    Bench.STAGES: (
        Case(C.FOLLOWING, GRBL, "stall@13+1", 900),
        Case(C.FOLLOWING, ZABER, "stall@13+1", 900),
        Case(C.FOLLOWING, HOME_MADE, "stall@13+1", 900),
        Case(C.STAGE_ALARM, GRBL, "limit@13", 200),
        Case(C.STAGE_ALARM, ZABER, "limit@13", 200),
        Case(C.STAGE_ALARM, HOME_MADE, "limit@13", 200),
        Case(C.REFUSED, GRBL, "refuse@13+0.5", 200),
        Case(C.REFUSED, ZABER, "refuse@13+0.5", 200),
        Case(C.REFUSED, HOME_MADE, "refuse@13+0.5", 200),
        Case(C.UNANSWERED, GRBL, "silent@13+1.5", 900),
        Case(C.UNANSWERED, ZABER, "silent@13+1.5", 900),
        Case(C.UNANSWERED, HOME_MADE, "silent@13+1.5", 900),
        Case(C.REBOOT, GRBL, "reboot@13", 200),
        Case(C.REBOOT, HOME_MADE, "reboot@13", 200),
        Case(C.UNPLUGGED, GRBL, "unplug@13+1", QUICK_MS),
        Case(C.UNPLUGGED, ZABER, "unplug@13+1", QUICK_MS),
        Case(C.UNPLUGGED, HOME_MADE, "unplug@13+1", QUICK_MS),
    ),
    Bench.FOR_GOOD: (
        Case(C.WRONG_TOOL, LLP, "other@6", 1500),
        Case(C.WRONG_TOOL, CAMERA, "other@6", 2500),
        Case(C.FLAPPING, LLP, " ".join(f"missing@{6 + 0.5 * k}+0.03" for k in range(6)), 3000),
        Case(C.LOST, LLP, "silent@6", 3050),
        Case(C.UNPLUGGED, CAMERA, "unplug@6", QUICK_MS),
    ),
    Bench.NEVER_LIVE: (
        Case(C.WRONG_TOOL, LLP, "other@0", keys={"serial_number": "0001"}),
        Case(C.WRONG_TOOL, CAMERA, "", keys={"serial_number": "P7-00001"}),
        Case(C.BAUD, LLP, "baud@0"),
        Case(C.BAUD, CAMERA, "baud@0"),
        Case(C.VERSION, LLP, "version@0"),
        Case(C.CLOCK_DRIFT, LLP, "", keys={"stub": {"clock_ppm": 2000.0}}),
        Case(C.SIMULATED, LLP, "", keys={"allow_simulated": False}),
        Case(C.SIMULATED, CAMERA, "", keys={"allow_simulated": False}),
    ),
}

_APART = "tests/hil/test_rows_apart.py, headless and live"
_UNIT = "tests/unit/devices/test_health.py"
ELSEWHERE: dict[C, str] = {
    C.STEP: _APART,
    C.DRIFT: _APART,
    C.SCALE: _APART,
    C.SIGN: _APART,
    C.DISAGREE: "tests/system/test_source_checks.py; live: tests/hil/test_two_sources.py",
    C.COARSE: _APART,
    C.OTHER_PORT: "tests/hil/test_serial_link.py; as row 21: a plug put back is another terminal",
    C.HALF_OPEN: f"{_APART}; as row 2: a silent stub and a wire that carries nothing are alike",
    C.BROKER_LOST: "tests/system/test_mqtt_faults.py; live: tests/hil/test_mqtt_run.py",
    C.SLOW_CONSUMER: "tests/hil/test_bad_wires.py: the reader is ours, not the stub's",
    C.HOST_CLOCK: "tests/hil/test_bad_wires.py: no code of ours reads a clock that can be set",
    C.STUCK: _APART,
    C.UNPLANNED: _APART,
    C.SAME_ID: "tests/unit/scenario/test_devices.py; on one broker: tests/hil/test_mqtt_link.py",
    C.OVERRUN: "tests/hil/test_realtime.py",
    C.HOST_KILLED: "tests/hil/test_bad_wires.py: the watchdog is the device's",
    C.NOT_LIVE_YET: "every run begins with it",
    C.DEGRADED: f"{_UNIT}, tests/unit/devices/llp/test_drivers.py",
    C.UNPROTECTED: "tests/unit/devices/csv; live: tests/hil/test_mqtt_run.py",
}
"""Where rows are tested that are no fault of a stub on a serial wire."""
