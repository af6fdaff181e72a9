"""The driver of a stage that speaks LLP/1: set-points at times of the stage's own clock.

Both clocks are in step, so each set-point says when it is to be reached. Neither the way nor the
moment of sending matters then, and a stage that hears no more ends at the last of them.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM
from linacsim.devices.dialogue import Ask, Unanswered
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.events import Answered, Event, Incoming, InStep, Restarted, Trouble
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.session import Session, Wanted
from linacsim.devices.stages.driver import (
    ANSWER_NS,
    TRIES,
    StageDriver,
    StageError,
    StageSettings,
)
from linacsim.devices.stages.guard import StageState
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_MS, NS_PER_S

US = 1000
COUNTER = 1 << 32
"""A device that lists `t32` wraps its clock here."""
LOOK_NS = 20 * NS_PER_MS
MEET_NS = 5 * NS_PER_S
"""The longest that finding out who is there and what time it is may take."""
SILENCE_NS = NS_PER_S
"""Without a position, a stage that plays cannot be judged."""
STOPS = 3
"""EST is not answered, so it is said more than once."""
FAULT_LEVEL = 2
HOMING = "H"
TROUBLES = {"A": "is in alarm", "F": "has no origin"}

Answer = m.Ack | m.Nak
Steps = Generator[Ask, Answer | None, None]


@dataclass(frozen=True, slots=True)
class LlpStageSettings:
    """How a stage is used."""

    stage: StageSettings
    serial: str | None = None
    clock_ppm: float = CRYSTAL_PPM
    depth: int = 6
    """Set-points that wait in the stage."""
    rate_hz: int = 50
    """How often it is to say where it is."""


class LlpStage(StageDriver[Answer]):
    """A `Driver` for one stage; its axes are numbered from 0."""

    def __init__(
        self, name: str, settings: LlpStageSettings, host: HostState | None = None
    ) -> None:
        """Raises InputError for axes that cannot be."""
        super().__init__(name, settings.stage)
        if self._limits.names != tuple(map(str, range(len(self._limits.names)))):
            raise InputError('axes of an LLP/1 stage are "0", "1", ... in order')
        self._llp = settings
        wanted = Wanted(("stage", "combo"), settings.serial, clock_ppm=settings.clock_ppm)
        self._session = Session(wanted, host)
        self._asked = ""
        self._heard: dict[int, m.StagePosition] = {}
        self._heard_us = self._heard_ns = 0

    # The wire ------------------------------------------------------------------------------

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        return self._session.take() + super().take()

    def _restart(self) -> None:
        self._session.closed()
        self._asked = ""
        self._heard.clear()

    def _halt(self) -> bytes:
        return b"".join(self._session.frame(m.EmergencyStop()) for _ in range(STOPS))

    def _take_bytes(self, data: bytes) -> None:
        self._session.receive(data, self._now_ns)
        self._follow()

    def _due(self, now_ns: int) -> None:
        self._session.wake(now_ns)
        self._follow()
        if self._guard.state is StageState.PLAYING and now_ns - self._heard_ns > SILENCE_NS:
            raise StageError("it does not say where it is", Condition.UNANSWERED)

    def _due_ns(self) -> int | None:
        return self._session.next_ns()

    # What it hears -------------------------------------------------------------------------

    def _follow(self) -> None:
        for event in self._session.events():
            self._on(event)

    def _on(self, event: Event) -> None:
        match event:
            case Incoming(frame, time_us):
                self._hear(frame, time_us)
            case Answered(answer) if answer.command == self._asked:
                self._run(lambda dialogue: dialogue.answer(answer, self._now_ns))
            case Trouble(Condition.NOT_LIVE_YET, text):
                raise StageError(text, Condition.UNANSWERED)
            case Trouble(condition, text):
                raise StageError(text, condition)
            case Restarted(text):
                raise StageError(text, Condition.REBOOT)
            case InStep(False, text) if self._guard.state is not StageState.IDENTIFYING:
                raise StageError(text, Condition.CLOCK_STEP)

    def _hear(self, frame: m.Frame, time_us: int) -> None:
        match frame.body:
            case m.StagePosition() as position:
                if frame.flags & m.Flag.FAULT:
                    raise StageError("it says that it has failed", Condition.SELF_TEST)
                self._place(position, time_us)
            case m.DeviceEvent(level, _, text) if level >= FAULT_LEVEL:
                raise StageError(text, Condition.STAGE_ALARM)

    def _place(self, position: m.StagePosition, time_us: int) -> None:
        """Take the place of one axis; when all have come that belong together, where it is."""
        if time_us != self._heard_us:
            self._heard.clear()
        self._heard_us = time_us
        self._heard[position.axis] = position
        homed = self._guard.state in (StageState.READY, StageState.PLAYING)
        if homed and position.state in TROUBLES:
            what = f"axis {position.axis} {TROUBLES[position.state]}"
            raise StageError(what, Condition.STAGE_ALARM)
        if len(self._heard) == len(self._limits.names) and self._session.clock.synced:
            clock = self._session.clock
            time_ns = min(clock.host_ns(time_us * US), self._now_ns)
            self._heard_ns = self._now_ns
            self._note_position(time_ns, self._places_mm(), clock.uncertain_ns)

    def _places_mm(self) -> Floats:
        places = [self._heard[axis].position for axis in range(len(self._limits.names))]
        if not all(map(math.isfinite, places)):
            raise StageError("it does not know where it is", Condition.STAGE_ALARM)
        return np.array(places)

    # The dialogue --------------------------------------------------------------------------

    def _script(self) -> Steps:
        yield from self._meet()
        if not self._may_play(self._settings.limits):
            return
        rate = str(self._llp.rate_hz)
        yield from self._command(lambda command: m.Configure(command, "rate", rate))
        yield from self._command(m.Run)
        yield from self._know_places()
        if self._settings.homing:
            yield from self._home()
        self._guard.ready()
        begin_ns = yield from self._approach()
        yield from self._play(begin_ns)

    def _meet(self) -> Steps:
        """Find out who is there, and what time it is there."""
        self._session.opened(self._now_ns)
        until_ns = self._now_ns + MEET_NS
        while self._session.helo is None or not self._session.clock.synced:
            if self._now_ns > until_ns:
                raise StageError("nobody says who is there", Condition.UNANSWERED)
            yield Ask(b"", after_ns=LOOK_NS)
        helo = self._session.helo
        who = f"{helo.model}, serial number {helo.serial}, firmware {helo.firmware}"
        self._identified(who, simulated=self._session.simulated)
        axes = [channel for channel in helo.channels if channel.unit == "mm"]
        if len(axes) != len(self._limits.names):
            text = f"it has {len(axes)} axes in mm, wanted are {len(self._limits.names)}"
            raise StageError(text, Condition.WRONG_TOOL)

    def _know_places(self) -> Steps:
        until_ns = self._now_ns + SILENCE_NS
        while len(self._heard) < len(self._limits.names):
            if self._now_ns > until_ns:
                raise StageError("it does not say where it is", Condition.UNANSWERED)
            yield Ask(b"", after_ns=LOOK_NS)

    def _home(self) -> Steps:
        self._guard.homing()
        until_ns = self._now_ns + self._settings.homing_ns
        for axis in range(len(self._limits.names)):
            yield from self._home_axis(axis)
        yield Ask(b"", after_ns=2 * NS_PER_S // self._llp.rate_hz)  # of before it began
        while any(place.state == HOMING for place in self._heard.values()):
            if self._now_ns > until_ns:
                raise StageError("homing does not end", Condition.UNANSWERED)
            yield Ask(b"", after_ns=LOOK_NS)
        yield from self._know_places()

    def _approach(self) -> Generator[Ask, Answer | None, int]:
        """Go to where the course will be when the stage has got there; return when that is."""
        lead_ns = self._llp.depth * self._settings.period_ns
        target, begin_ns = self._meeting(self._places_mm(), lead_ns)
        for axis, (mm, speed) in enumerate(zip(target, self._approach_mm_per_s, strict=True)):
            yield from self._move_axis(axis, round(float(mm), 3), round(float(speed), 3))
        yield Ask(b"", after_ns=max(0, begin_ns - lead_ns - self._now_ns))
        if any(abs(at - mm) > 1.0 for at, mm in zip(self._places_mm(), target, strict=True)):
            raise StageError("it did not get to where the course begins", Condition.FOLLOWING)
        return begin_ns

    def _play(self, begin_ns: int) -> Steps:
        settings, number = self._settings, 0
        before = settings.wanted_mm(begin_ns + settings.shift_ns)
        while True:
            at_ns = begin_ns + number * settings.period_ns
            send_ns = at_ns - self._llp.depth * settings.period_ns
            yield Ask(b"", after_ns=max(0, send_ns - self._now_ns))
            wanted = settings.wanted_mm(at_ns + settings.shift_ns)
            settings.check_step(before, wanted, self._limits)
            yield from self._set_point(number, at_ns, wanted)
            if self._guard.state is not StageState.PLAYING and self._now_ns >= begin_ns:
                self._guard.playing()
            before, number = wanted, number + 1

    def _set_point(self, number: int, at_ns: int, wanted_mm: Floats) -> Steps:
        device_us = self._session.clock.device_ns(at_ns) // US
        helo = self._session.helo
        if helo is not None and "t32" in helo.features:
            device_us %= COUNTER
        places = tuple(round(float(mm), 3) for mm in wanted_mm)
        yield from self._command(
            lambda command: m.SetPoints(command, number & 0xFFFF, device_us, places)
        )

    def _home_axis(self, axis: int) -> Steps:
        yield from self._command(lambda command: m.Home(command, axis))

    def _move_axis(self, axis: int, mm: float, mm_per_s: float) -> Steps:
        yield from self._command(lambda command: m.Move(command, axis, mm, mm_per_s))

    def _command(self, make: Callable[[str], m.Body]) -> Steps:
        """Give a command, again with the same id if it is not answered.

        Raises StageError where it is refused or never answered.
        """
        self._asked = self._session.new_id()
        body = make(self._asked)
        what = type(body).__name__.lower()
        for _ in range(TRIES):
            try:
                answer = yield Ask(self._session.frame(body), ANSWER_NS, 1)
            except Unanswered:
                continue
            if isinstance(answer, m.Nak):
                raise StageError(f"{what} refused: NAK {answer.code}{_why(answer.code)}")
            return
        text = f"no answer to {what} in {ANSWER_NS / 1e6:g} ms, {TRIES} times"
        raise StageError(text, Condition.UNANSWERED)


def _why(code: int) -> str:
    known = {one.value for one in m.NakCode}
    return f", {m.NakCode(code).name.lower().replace('_', ' ')}" if code in known else ""
