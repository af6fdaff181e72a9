"""The driver of a Zaber stage: finds it, homes it, and moves it from set-point to set-point.

Each step asks where the stage is and sends it to where its course is a little later, at the speed
that gets it there in time. A stage that is told no more ends at the last of these places by itself.
"""

import base64
import binascii
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.dialogue import Ask
from linacsim.devices.framing.lines import LineFramer
from linacsim.devices.stages.driver import (
    ANSWER_NS,
    TRIES,
    StageDriver,
    StageError,
    StageSettings,
)
from linacsim.devices.stages.guard import StageState
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.devices.zaber.messages import (
    ACCELERATION_UNIT,
    NOT_REFERENCED,
    SPEED_UNIT,
    Heard,
    Kind,
    command,
    parse,
)
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_MS, NS_PER_S

LEAST_FIRMWARE = 7.25
"""Since then a move carries its own speed (zaber-motion 10.2, `move_absolute`)."""
LOOK_NS = 50 * NS_PER_MS
AHEAD_STEPS = 3
"""How far ahead of the course the stage is sent, in set-points."""
LABEL = "storage get zaber.label"
SIMULATED = "SIM"
"""A stub says so in its label."""
_IDENTS = 99

Talk = Generator[Ask, Heard | None, Heard]
Steps = Generator[Ask, Heard | None, None]


@dataclass(frozen=True, slots=True)
class ZaberSettings:
    """How a Zaber stage is used."""

    stage: StageSettings
    microstep_mm: float
    """How far it moves in one microstep: from its data sheet."""
    device: int = 1


class ZaberDriver(StageDriver[Heard]):
    """A `Driver` for one Zaber device; its axes are numbered from 1."""

    def __init__(self, name: str, settings: ZaberSettings) -> None:
        """Raises InputError for numbers that cannot be."""
        super().__init__(name, settings.stage)
        if not (np.isfinite(settings.microstep_mm) and settings.microstep_mm > 0):
            raise InputError(f"microstep_mm must be above 0, not {settings.microstep_mm:g}")
        for axis in self._limits.names:
            if axis not in set("123456789"):
                raise InputError(f"axes of a Zaber device are 1 to 9, not {axis}")
        self._zaber = settings
        self._axes = [int(name) for name in self._limits.names]
        self._framer = LineFramer()
        self._ident = 0

    def _restart(self) -> None:
        self._ident = 0
        self._framer.reset()

    def _halt(self) -> bytes:
        return command("stop", self._zaber.device)

    # What it hears -------------------------------------------------------------------------

    def _take_bytes(self, data: bytes) -> None:
        for line in self._framer.feed(data):
            heard = parse(line)
            if heard is not None and heard.device == self._zaber.device:
                self._hear(heard)

    def _hear(self, heard: Heard) -> None:
        if self._guard.state in (StageState.HOMING, StageState.READY, StageState.PLAYING):
            self._look_at(heard)
        if heard.kind is Kind.REPLY and heard.ident == self._ident:
            self._run(lambda dialogue: dialogue.answer(heard, self._now_ns))

    def _look_at(self, heard: Heard) -> None:
        homed = self._guard.state is not StageState.HOMING and self._settings.homing
        if heard.is_fault:
            raise StageError(f"flag {heard.flag} on axis {heard.axis}", Condition.STAGE_ALARM)
        if homed and heard.flag in NOT_REFERENCED:
            raise StageError(
                f"axis {heard.axis} has lost its reference ({heard.flag})", Condition.STAGE_ALARM
            )

    # The dialogue --------------------------------------------------------------------------

    def _script(self) -> Steps:
        yield from self._identify()
        if not self._may_play((yield from self._device_limits())):
            return
        if self._settings.homing:
            yield from self._home()
        self._guard.ready()
        yield from self._approach()
        self._guard.playing()
        yield from self._play()

    def _identify(self) -> Steps:
        model = (yield from self._ask("get deviceid")).data
        serial = (yield from self._ask("get system.serial")).data
        version = (yield from self._ask("get version")).data
        label = _label((yield from self._ask(LABEL, refusable=True)))
        who = f"Zaber {model}, serial number {serial}, firmware {version}"
        who += f", {label}" if label else ""
        self._identified(who, simulated=SIMULATED in label)
        if _number(version) < LEAST_FIRMWARE:
            text = f"firmware {version}, {LEAST_FIRMWARE} or newer is needed"
            raise StageError(text, Condition.VERSION)

    def _device_limits(self) -> Generator[Ask, Heard | None, StageLimits]:
        axes = []
        step = self._zaber.microstep_mm
        for axis, ours in zip(self._axes, self._limits.axes, strict=True):
            lower = yield from self._get("limit.min", axis)
            upper = yield from self._get("limit.max", axis)
            speed = (yield from self._get("maxspeed", axis)) / SPEED_UNIT
            hard = (yield from self._get("accel", axis)) / ACCELERATION_UNIT
            if not lower < upper:
                raise StageError(f"axis {axis} says that it has no travel")
            axes.append(
                AxisLimits(
                    ours.name,
                    lower * step,
                    upper * step,
                    speed * step or ours.speed_mm_per_s,
                    hard * step or ours.acceleration_mm_per_s2,
                )
            )
        return StageLimits(tuple(axes))

    def _home(self) -> Steps:
        self._guard.homing()
        until_ns = self._now_ns + self._settings.homing_ns
        yield from self._ask("home", motion=True)
        while True:
            heard = yield from self._ask("", pause_ns=LOOK_NS)
            if not heard.busy:
                break
            if self._now_ns > until_ns:
                raise StageError("homing does not end", Condition.UNANSWERED)
        if heard.flag in NOT_REFERENCED:
            raise StageError("homing ended without a reference", Condition.STAGE_ALARM)

    def _approach(self) -> Steps:
        """Go to where the course will be when the stage has got there."""
        at = yield from self._where()
        target, begin_ns = self._meeting(at, 0)
        yield from self._move(target, self._approach_mm_per_s)
        while (yield from self._ask("", pause_ns=LOOK_NS)).busy:
            if self._now_ns > begin_ns:
                raise StageError("it did not get to where the course begins", Condition.FOLLOWING)
        yield Ask(b"", after_ns=max(0, begin_ns - self._now_ns))

    def _play(self) -> Steps:
        settings, period_ns = self._settings, self._settings.period_ns
        ahead_ns = AHEAD_STEPS * period_ns
        while True:
            began_ns = self._now_ns
            at = yield from self._where()
            course_ns = self._now_ns + settings.shift_ns
            now_mm = settings.wanted_mm(course_ns)
            settings.check_step(now_mm, settings.wanted_mm(course_ns + period_ns), self._limits)
            target = settings.wanted_mm(course_ns + ahead_ns)
            target = np.clip(target, self._limits.lower_mm, self._limits.upper_mm)
            speed = np.abs(target - at) * NS_PER_S / ahead_ns
            yield from self._move(target, np.minimum(speed, self._limits.speed_mm_per_s))
            yield Ask(b"", after_ns=max(0, began_ns + period_ns - self._now_ns))

    def _move(self, target_mm: Floats, speed_mm_per_s: Floats) -> Steps:
        step = self._zaber.microstep_mm
        for axis, mm, speed in zip(self._axes, target_mm, speed_mm_per_s, strict=True):
            # A speed of 0 means the highest.
            told = max(1, round(float(speed) / step * SPEED_UNIT))
            yield from self._ask(f"move abs {round(float(mm) / step)} {told}", axis, motion=True)

    def _where(self) -> Generator[Ask, Heard | None, Floats]:
        """Ask all axes where they are."""
        asked_ns = self._now_ns
        steps = []
        for axis in self._axes:
            steps.append((yield from self._get("pos", axis)))
        mm = np.array(steps) * self._zaber.microstep_mm
        doubt_ns = (self._now_ns - asked_ns) // 2
        self._note_position(asked_ns + doubt_ns, mm, doubt_ns)
        return mm

    def _get(self, setting: str, axis: int) -> Generator[Ask, Heard | None, float]:
        return _number((yield from self._ask(f"get {setting}", axis)).data)

    def _ask(
        self,
        words: str,
        axis: int = 0,
        *,
        motion: bool = False,
        refusable: bool = False,
        pause_ns: int = 0,
    ) -> Talk:
        """Ask and return the reply. Raises StageError for a rejection, Unanswered for none."""
        self._ident = self._ident % _IDENTS + 1
        data = command(words, self._zaber.device, axis, self._ident)
        if motion:  # never sent twice by itself
            heard = yield Ask(data, TRIES * ANSWER_NS, 1, pause_ns)
        else:
            heard = yield Ask(data, ANSWER_NS, TRIES, pause_ns)
        assert heard is not None
        if not heard.accepted and not refusable:
            raise StageError(f"{words} refused: {heard.data or heard.flag}")
        return heard


def _label(heard: Heard) -> str:
    """Return the label that its owner has given a device; empty for none."""
    if not heard.accepted:
        return ""
    try:
        return base64.b64decode(heard.data, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _number(text: str) -> float:
    try:
        value = float(text.split()[0])
    except (IndexError, ValueError):
        value = float("nan")
    if not np.isfinite(value):
        raise StageError(f"a number was expected, not {text[:24]!r}")
    return value
