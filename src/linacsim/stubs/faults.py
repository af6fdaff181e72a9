"""Faults that a stub commits on command, at times given in advance.

Written `KIND@START[+DURATION][=VALUE]`, times in seconds since the stub began: `dropout@10+2` sends
no samples from 10 s to 12 s, `spike@5=30` adds 30 mm to one sample at 5 s. Without a duration a
fault lasts for ever, apart from those that happen at an instant.
"""

import random
import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple

from linacsim.model.findings import InputError
from linacsim.model.time import to_ns


class Kind(StrEnum):
    """What can be made to go wrong; the value's meaning stands behind each."""

    DROPOUT = "dropout"
    """Nothing is measured."""
    DROP = "drop"
    """A share of frames is lost on the way; 1."""
    FREEZE = "freeze"
    """The value stays what it was, time goes on."""
    REPEAT = "repeat"
    """Value and time stay what they were, marked as repeated."""
    LATE = "late"
    """All is sent later; ms, 150."""
    JITTER = "jitter"
    """Each frame is later by chance; up to ms, 50."""
    DUPLICATE = "duplicate"
    """A share of frames is sent twice; 1."""
    REORDER = "reorder"
    """A share of samples is sent behind the next; 1."""
    SPIKE = "spike"
    """A sample is off; mm, 30. Without a duration it is one sample."""
    NAN = "nan"
    """Samples are no numbers."""
    MISSING = "missing"
    """The marker is not seen."""
    RANGE = "range"
    """The marker is out of the volume."""
    POOR_FIT = "poor-fit"
    """The markers do not fit the tool; mm, 0.8."""
    CRC = "crc"
    """A share of frames is damaged on the way; 1."""
    TRUNCATE = "truncate"
    """A share of frames is cut short on the way; 1."""
    BAUD = "baud"
    """All that is sent is garbled, as at another rate."""
    NOISE = "noise"
    """Random bytes between frames; bytes a second, 2000."""
    BABBLE = "babble"
    """As noise, and very much of it; bytes a second, 1000000."""
    SILENT = "silent"
    """Nothing is sent at all, and nothing is heard."""
    UNPLUG = "unplug"
    """The wire is out of its socket."""
    REBOOT = "reboot"
    """The device starts anew."""
    OTHER = "other"
    """Another device of the kind is there, with another serial number."""
    VERSION = "version"
    """It speaks a version of its protocol that is yet to come."""
    SELF_TEST = "self-test"
    """It says that its self-test has failed."""
    CLOCK_STEP = "clock-step"
    """Its clock jumps; ms, 50."""
    CLOCK_DRIFT = "clock-drift"
    """Its clock runs at another rate; ppm, 1000."""
    SCALE = "scale"
    """All values are multiplied; 10."""
    INVERT = "invert"
    """All values have the wrong sign."""
    SWAP = "swap"
    """Y and Z are taken for each other."""
    STEP = "step"
    """Z is off from then on; mm, 5."""
    COARSE = "coarse"
    """Places are rounded; mm, 1.8."""
    DRIFT = "drift"
    """Z goes off ever further; mm a minute, 30."""
    CHATTER = "chatter"
    """The enable line of a gate toggles; edges a second, 20."""
    STUCK = "stuck"
    """The enable line of a gate stays at 1."""
    LINE_FAULT = "line-fault"
    """The gate box says that its line is broken."""
    STALL = "stall"
    """A stage stays where it is, whatever it is told."""
    LIMIT = "limit"
    """A stage runs into a limit switch: alarm, position lost."""
    REFUSE = "refuse"
    """A stage refuses to move; code of the refusal, 9."""


OTHER = "-other"
"""What the serial number of another device ends in."""
INSTANTS = frozenset({Kind.REBOOT, Kind.CLOCK_STEP, Kind.SPIKE, Kind.LIMIT})
DEFAULTS = {
    Kind.DROP: 1.0,
    Kind.LATE: 150.0,
    Kind.JITTER: 50.0,
    Kind.DUPLICATE: 1.0,
    Kind.REORDER: 1.0,
    Kind.SPIKE: 30.0,
    Kind.POOR_FIT: 0.8,
    Kind.CRC: 1.0,
    Kind.TRUNCATE: 1.0,
    Kind.NOISE: 2000.0,
    Kind.BABBLE: 1e6,
    Kind.CLOCK_STEP: 50.0,
    Kind.CLOCK_DRIFT: 1000.0,
    Kind.SCALE: 10.0,
    Kind.STEP: 5.0,
    Kind.DRIFT: 30.0,
    Kind.COARSE: 1.8,
    Kind.CHATTER: 20.0,
    Kind.REFUSE: 9.0,
}
_SHARES = (Kind.DROP, Kind.DUPLICATE, Kind.REORDER, Kind.CRC, Kind.TRUNCATE)
_SIGNED = (Kind.CLOCK_STEP, Kind.CLOCK_DRIFT, Kind.SPIKE, Kind.SCALE, Kind.STEP, Kind.DRIFT)
_NUMBER = r"\d+(?:\.\d*)?"
_FORM = re.compile(rf"([a-z-]+)@({_NUMBER})(?:\+({_NUMBER}))?(?:=(-?{_NUMBER}))?")
_FOREVER = 1 << 62
_ROUNDING = 1e-9


class Fault(NamedTuple):
    """One fault from a time up to another."""

    kind: Kind
    start_ns: int
    end_ns: int
    value: float
    once: bool
    """Whether it happens at an instant, at `start_ns`."""


def fault_of(text: str) -> Fault:
    """Return a fault as written. Raises InputError."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InputError(f"fault {text!r}: write KIND@START[+SECONDS][=VALUE], as dropout@10+2")
    name, start, duration, value = form.groups()
    if name not in set(Kind):
        raise InputError(f"fault {text!r}: there are {', '.join(sorted(Kind))}")
    kind = Kind(name)
    if value is not None and kind not in DEFAULTS:
        raise InputError(f"fault {text!r}: {name} has no value")
    number = DEFAULTS.get(kind, 0.0) if value is None else float(value)
    if duration is not None and kind in (Kind.REBOOT, Kind.CLOCK_STEP, Kind.LIMIT):
        raise InputError(f"fault {text!r}: {name} happens at an instant, without +SECONDS")
    if kind in _SHARES and not 0.0 <= number <= 1.0:
        raise InputError(f"fault {text!r}: the share of frames is between 0 and 1")
    if number < 0 and kind not in _SIGNED:
        raise InputError(f"fault {text!r}: the value cannot be negative")
    start_ns = to_ns(float(start))
    end_ns = _FOREVER if duration is None else start_ns + to_ns(float(duration))
    return Fault(kind, start_ns, end_ns, number, kind in INSTANTS and duration is None)


class Faults:
    """What is to go wrong when; all chance comes from one seed."""

    def __init__(self, faults: Sequence[Fault] = (), seed: int = 0) -> None:
        """Take them in any order."""
        self._lasting = tuple(fault for fault in faults if not fault.once)
        self._instants = sorted(
            (fault for fault in faults if fault.once), key=lambda fault: fault.start_ns
        )
        self._shares: dict[Kind, float] = dict.fromkeys(_SHARES, 0.0)
        self.random = random.Random(seed)  # noqa: S311 seeded, for play only

    def on(self, kind: Kind, now_ns: int) -> Fault | None:
        """Return the fault of a kind that is on, if any; what is on at zero was so before."""
        time_ns = max(now_ns, 0)
        for fault in self._lasting:
            if fault.kind is kind and fault.start_ns <= time_ns < fault.end_ns:
                return fault
        return None

    def value(self, kind: Kind, now_ns: int) -> float | None:
        """Return the value of the fault of a kind that is on, if any."""
        fault = self.on(kind, now_ns)
        return None if fault is None else fault.value

    def struck(self, kind: Kind, now_ns: int) -> bool:
        """Return whether the next frame is among the share that a fault strikes.

        They are spread evenly, so that a second of a fault is like any other.
        """
        share = self.value(kind, now_ns)
        if share is None:
            return False
        self._shares[kind] += share
        strikes = self._shares[kind] >= 1.0 - _ROUNDING
        self._shares[kind] -= strikes
        return strikes

    def happened(self, kind: Kind, now_ns: int) -> Fault | None:
        """Return and forget the first fault of an instant that has come."""
        for fault in self._instants:
            if fault.kind is kind and fault.start_ns <= now_ns:
                self._instants.remove(fault)
                return fault
        return None

    def edge_ns(self, now_ns: int, *kinds: Kind) -> int | None:
        """Return when a lasting fault of these kinds next begins or ends, after now."""
        edges = (
            edge
            for fault in self._lasting
            if fault.kind in kinds
            for edge in (fault.start_ns, fault.end_ns)
        )
        return min((edge for edge in edges if now_ns < edge < _FOREVER), default=None)

    def next_ns(self, kinds: Collection[Kind]) -> int | None:
        """Return when the next fault of an instant is due, of these kinds."""
        return next((f.start_ns for f in self._instants if f.kind in kinds), None)
