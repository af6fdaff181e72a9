"""The driver of any stage: opens, homes, goes to where its course begins, plays, and stops.

What is said on the wire, subclasses know. All rules of safety are here, so that they are the same
for every stage: a course beyond the limits never moves anything, every fault stops the stage, and
after a fault it homes by itself only where the settings say so.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.dialogue import Ask, Dialogue, Unanswered
from linacsim.devices.framing.meter import Meter
from linacsim.devices.peer import Health
from linacsim.devices.stages.check import check_course, refuse_beyond
from linacsim.devices.stages.course import Course
from linacsim.devices.stages.guard import StageGuard, StagePosition, StageState
from linacsim.devices.stages.limits import StageLimits
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError
from linacsim.model.messages import Message
from linacsim.model.time import NS_PER_MS, NS_PER_S

RETRY_NS = NS_PER_S
ANSWER_NS = 200 * NS_PER_MS
TRIES = 3
"""A command not answered in this time, so many times, is a fault (row 37)."""
KEPT_POSITIONS = 100_000
APPROACH_SHARE = 0.5
"""Of the highest speed, on the way to where the course begins."""
CALM_NS = 300 * NS_PER_MS
"""Between the end of the approach and the begin of the course."""

_MOST_BYTES_PER_S = 8000
"""Of replies to polls, and of settings that are listed at once."""

Answer = TypeVar("Answer")
Script = Generator[Ask, Answer | None, None]


class StageError(Exception):
    """The stage refuses what is needed, or is not what it should be."""

    def __init__(self, text: str, condition: Condition = Condition.REFUSED) -> None:
        """Keep which row of the catalogue it is."""
        super().__init__(text)
        self.condition = condition


@dataclass(frozen=True, slots=True)
class StageSettings:
    """How a stage is used. Raises InputError for a course that is beyond its limits."""

    limits: StageLimits
    course: Course
    checked_until_ns: int = 600 * NS_PER_S
    """Up to when the course is looked at before anything moves; each set-point is again."""
    period_ns: int = 50 * NS_PER_MS
    """Between set-points."""
    shift_ns: int = 0
    """How much later than told the stage gets to a set-point, as measured once; it is told
    that much earlier."""
    delay_ns: int = 0
    """How far to stay behind the course; 0: as it is. For a course that is not known ahead."""
    homing: bool = True
    """Whether it must be homed before it plays."""
    homing_ns: int = 120 * NS_PER_S
    """The longest that homing may take."""
    rehome_ns: int | None = None
    """How long after a fault it homes by itself and plays on; None: it stays where it is."""
    identity: str | None = None
    """What must be part of what it says it is; None: any."""
    allow_simulated: bool = True

    def __post_init__(self) -> None:
        """Check the course against the limits that we were given."""
        self.check(self.limits)

    def check(self, limits: StageLimits) -> None:
        """Raise InputError where the course is beyond limits."""
        refuse_beyond(check_course(self.course, limits, self.checked_until_ns, self.period_ns))

    def wanted_mm(self, time_ns: int) -> Floats:
        """Return (n_axes,) where the stage is wanted at a time."""
        times_ns = np.array([time_ns - self.delay_ns], dtype=np.int64)
        return np.asarray(self.course.positions_mm(times_ns)[0])

    def check_step(self, before_mm: Floats, wanted_mm: Floats, limits: StageLimits) -> None:
        """Raise StageError where a step from one set-point to the next is beyond limits."""
        speed = np.abs(wanted_mm - before_mm) * NS_PER_S / self.period_ns
        for k, name in enumerate(limits.names):
            axis = limits.axes[k]
            if not axis.lower_mm - 1e-6 <= wanted_mm[k] <= axis.upper_mm + 1e-6:
                raise StageError(
                    f"the course goes to {wanted_mm[k]:.3f} mm on axis {name}; allowed: "
                    f"{axis.lower_mm:g} to {axis.upper_mm:g} mm",
                    Condition.STAGE_ALARM,
                )
            if not speed[k] <= axis.speed_mm_per_s * (1 + 1e-6):
                raise StageError(
                    f"the course moves axis {name} at {speed[k]:.1f} mm/s; allowed: "
                    f"{axis.speed_mm_per_s:g} mm/s",
                    Condition.STAGE_ALARM,
                )


class StageDriver(ABC, Generic[Answer]):
    """A `Driver` for one stage."""

    def __init__(self, name: str, settings: StageSettings) -> None:
        """Start with the wire closed."""
        self._settings = settings
        self._limits = settings.limits
        self._guard = StageGuard(name, allow_simulated=settings.allow_simulated)
        self._dialogue: Dialogue[Answer] | None = None
        self._retry_ns: int | None = None
        self._meter = Meter(_MOST_BYTES_PER_S)
        self._messages: list[Message] = []
        self._out = b""
        self._now_ns = 0
        self._who = ""
        self._met: str | None = None
        """Who it was at first: nobody else may take its place."""
        self.positions: deque[StagePosition] = deque(maxlen=KEPT_POSITIONS)
        """Where the stage was, by its own account; the newest last."""

    # What a kind of stage knows ------------------------------------------------------------

    @abstractmethod
    def _script(self) -> "Script[Answer]":
        """Find the stage, home it, and play."""

    @abstractmethod
    def _take_bytes(self, data: bytes) -> None:
        """Make answers and tidings of bytes."""

    @abstractmethod
    def _halt(self) -> bytes:
        """Return what stops the stage at once."""

    def _restart(self) -> None:
        """Forget what was known of the stage."""

    def _due(self, now_ns: int) -> None:
        """Do what is due besides the dialogue."""

    def _due_ns(self) -> int | None:
        """Return when something is due besides the dialogue."""
        return None

    # The wire ------------------------------------------------------------------------------

    @property
    def guard(self) -> StageGuard:
        """The judge of the stage."""
        return self._guard

    def opened(self, now_ns: int) -> None:
        """Begin to talk."""
        self._now_ns = now_ns
        self._guard.opened()
        self._begin()
        self._report()

    def closed(self, now_ns: int, reason: str) -> None:
        """Stop talking."""
        self._now_ns = now_ns
        self._guard.closed(now_ns, reason)
        self._dialogue = self._retry_ns = None
        self._out = b""
        self._restart()
        self._report()

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes of the stage."""
        self._now_ns = now_ns
        admitted = self._meter.admit(data, now_ns)
        self._guarded(lambda: self._take_bytes(admitted))
        self._report()

    def wake(self, now_ns: int) -> None:
        """Say what is due."""
        self._now_ns = now_ns
        if self._retry_ns is not None and now_ns >= self._retry_ns:
            self._guard.opened()
            self._begin()
        self._run(lambda dialogue: dialogue.wake(now_ns))
        self._guarded(lambda: self._due(now_ns))
        self._guarded(self._judge_wire)
        self._report()

    def next_ns(self) -> int | None:
        """Return when something is due next."""
        dialogue_ns = self._dialogue.next_ns() if self._dialogue is not None else None
        due = (self._retry_ns, dialogue_ns, self._due_ns())
        return min((time for time in due if time is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out + (self._dialogue.take() if self._dialogue is not None else b"")

    def leave(self, now_ns: int) -> None:  # noqa: ARG002
        """Stop the stage where it is."""
        self._dialogue = self._retry_ns = None
        self._restart()
        self._out = self._halt()

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        messages, self._messages = tuple(self._messages), []
        return messages

    def health(self) -> Health:
        """Return how the stage stands, and where it is while it plays."""
        text = self._guard.text or str(self._guard.state)
        if self._guard.live and self.positions:
            names = zip(self._limits.names, self.positions[-1].mm, strict=True)
            text += ", " + " ".join(f"{name} {mm:.2f} mm" for name, mm in names)
        return Health(self._guard.live, f"{text} ({self._who})" if self._who else text)

    def _judge_wire(self) -> None:
        if self._meter.babbling(self._now_ns):
            raise StageError("far more bytes than it should send", Condition.BABBLE)

    # The dialogue --------------------------------------------------------------------------

    def _begin(self) -> None:
        self._retry_ns = None
        self._out = b""
        self._who = ""
        self._restart()
        self._dialogue = Dialogue(self._script(), self._now_ns)

    def _run(self, step: Callable[[Dialogue[Answer]], object]) -> None:
        dialogue = self._dialogue
        if dialogue is not None:
            self._guarded(lambda: step(dialogue))

    def _guarded(self, act: Callable[[], object]) -> None:
        """Do something; what goes wrong stops the stage."""
        try:
            act()
        except StopIteration:
            self._dialogue = None
        except Unanswered as error:
            self._stop(Condition.UNANSWERED, str(error))
        except StageError as error:
            self._stop(error.condition, str(error))

    def _stop(self, condition: Condition, detail: str) -> None:
        """Stop the stage; begin anew later, if it may."""
        halt = self._guard.state is not StageState.IDENTIFYING
        self._dialogue = None
        self._restart()
        self._out = self._halt() if halt else b""
        if self._guard.state is StageState.FAULT:
            return
        if halt:
            self._guard.fail(condition, self._now_ns, detail)
        else:
            self._guard.warn(condition, self._now_ns, detail)
        wait_ns = self._settings.rehome_ns if halt else RETRY_NS
        self._retry_ns = None if wait_ns is None else self._now_ns + wait_ns

    def _identified(self, who: str, *, simulated: bool) -> None:
        """Note who is there. Raises StageError for another than is wanted."""
        wanted = self._met or self._settings.identity
        if wanted is not None and wanted not in who:
            raise StageError(f"this is {who}, wanted {wanted}", Condition.WRONG_TOOL)
        self._who = self._met = who
        self._guard.identified(simulated=simulated)

    def _may_play(self, limits: StageLimits) -> bool:
        """Return whether the course is within what the stage itself says it can do."""
        try:
            self._limits = self._settings.limits.with_others(limits.axes)
            self._settings.check(self._limits)
        except InputError as error:
            self._guard.refuse(str(error))
            return False
        return True

    def _meeting(self, at_mm: Floats, spare_ns: int) -> tuple[Floats, int]:
        """Return where and when the stage can begin to follow its course, from where it is.

        Raises StageError where that is beyond its travel.
        """
        settings, speed = self._settings, self._approach_mm_per_s
        run_up = speed / self._limits.acceleration_mm_per_s2
        begin_ns = self._now_ns
        for _ in range(4):
            away = np.abs(settings.wanted_mm(begin_ns + settings.shift_ns) - at_mm)
            travel_s = float((away / speed + run_up).max())
            begin_ns = self._now_ns + round(travel_s * 1.1 * NS_PER_S) + CALM_NS + spare_ns
        target = settings.wanted_mm(begin_ns + settings.shift_ns)
        settings.check_step(target, target, self._limits)
        return target, begin_ns

    @property
    def _approach_mm_per_s(self) -> Floats:
        return APPROACH_SHARE * self._limits.speed_mm_per_s

    def _note_position(self, time_ns: int, mm: Floats, doubt_ns: int) -> None:
        """Keep where the stage was; raises StageError where it has left its course."""
        playing = self._guard.state is StageState.PLAYING
        wanted = self._settings.wanted_mm(time_ns) if playing else None
        self.positions.append(
            StagePosition(
                time_ns,
                tuple(mm.tolist()),
                doubt_ns,
                None if wanted is None else tuple(wanted.tolist()),
            )
        )
        if wanted is not None and (off := self._guard.strays(mm, wanted, time_ns)):
            raise StageError(off, Condition.FOLLOWING)

    def _report(self) -> None:
        self._messages += self._guard.news()
