"""The driver of a GRBL stage: `$I`, `$$`, `$H`, then jogs (research/hil-protocols.md 2.2)."""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.dialogue import Ask, Unanswered
from linacsim.devices.framing.lines import LineFramer
from linacsim.devices.grbl.lines import (
    LETTERS,
    Line,
    Status,
    StatusReader,
    Told,
    error_text,
    parse_line,
)
from linacsim.devices.grbl.streaming import DECIMALS, Stream
from linacsim.devices.stages.driver import (
    ANSWER_NS,
    TRIES,
    StageDriver,
    StageError,
    StageSettings,
)
from linacsim.devices.stages.guard import StageState
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.devices.stranger import Stranger
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_MS, NS_PER_S

RESET = b"\x18"
JOG_CANCEL = b"\x85"
QUERY = b"?"
BANNER_NS = 2 * NS_PER_S
"""How long a board may take that restarts because its port was opened."""
RESET_NS = 500 * NS_PER_MS
"""How long its banner may take after a reset that it is told; enough for one that runs."""
LOOK_NS = 100 * NS_PER_MS
THERE_MM = 0.05
RX_BYTES = 127
"""Of the controller's buffer that may be filled."""
SIMULATED = "SIM"
"""A stub says so in its build information."""
_HOMING, _TRAVEL, _RATE, _ACCELERATION = 22, 130, 110, 120

Talk = Generator[Ask, Line | None, Line]
Steps = Generator[Ask, Line | None, None]


class _Sent(NamedTuple):
    """A line that has not been answered yet."""

    time_ns: int
    length: int


@dataclass(frozen=True, slots=True)
class GrblSettings:
    """How a GRBL stage is used."""

    stage: StageSettings
    depth: int = 4
    """Steps that wait in the planner."""
    poll_ns: int = 100 * NS_PER_MS
    """Between status reports."""


class GrblDriver(StageDriver[Line]):
    """A `Driver` for one GRBL controller."""

    def __init__(self, name: str, settings: GrblSettings) -> None:
        """Raises InputError for axes that GRBL does not have, and for a queue that is none."""
        super().__init__(name, settings.stage)
        unknown = [axis for axis in self._limits.names if axis not in LETTERS]
        if unknown:
            raise InputError(f"GRBL has axes {', '.join(LETTERS)}, not {', '.join(unknown)}")
        if not 1 <= settings.depth <= 14:
            raise InputError(f"depth {settings.depth}: GRBL's planner holds 1 to 14 steps")
        self._grbl = settings
        self._columns = [LETTERS.index(axis) for axis in self._limits.names]
        self._framer = LineFramer()
        self._stranger = Stranger("a reset", "banner of GRBL")
        self._restart()

    def _restart(self) -> None:
        self._framer.reset()
        self._stranger.forget()
        self._reader = StatusReader()
        self._banner = ""
        self._resetting = False
        self._notes: list[str] = []
        self._read: dict[int, float] = {}
        self._stream: Stream | None = None
        self._acks: deque[_Sent] = deque()
        self._held: deque[bytes] = deque()
        self._asked: deque[int] = deque()
        self._poll_ns: int | None = None
        self._last: Status | None = None
        self._planner = 0

    def _halt(self) -> bytes:
        return JOG_CANCEL

    # What it hears -------------------------------------------------------------------------

    def _take_bytes(self, data: bytes) -> None:
        self._stranger.hear(data)
        for found in self._framer.feed(data):
            line = parse_line(found)
            if line.told in (Told.OK, Told.ERROR):
                self._answered(line)
            elif line.told is Told.STATUS:
                self._take_status(line.text)
            elif line.told is Told.ALARM:
                self._take_alarm(line)
            elif line.told is Told.BANNER:
                self._take_banner(line)
            elif line.told is Told.SETTING:
                self._read[line.code] = line.value
            elif line.told is Told.NOTE:
                self._notes.append(line.text)

    def _answered(self, line: Line) -> None:
        if self._stream is None:
            self._run(lambda dialogue: dialogue.answer(line, self._now_ns))
            return
        if self._acks:
            self._acks.popleft()
        if line.told is Told.ERROR:
            raise StageError(f"jog refused: {error_text(line)}")
        self._send_held()

    def _take_alarm(self, line: Line) -> None:
        # Before it is homed it may well be in alarm: a reset while it moved is one.
        if self._guard.state not in (StageState.IDENTIFYING, StageState.FAULT):
            raise StageError(error_text(line), Condition.STAGE_ALARM)

    def _take_banner(self, line: Line) -> None:
        expected = self._guard.state is StageState.IDENTIFYING
        self._banner = line.text
        if not expected and self._guard.state is not StageState.FAULT:
            raise StageError("the controller has restarted", Condition.REBOOT)
        if self._resetting:
            self._run(lambda dialogue: dialogue.answer(line, self._now_ns))

    def _take_status(self, text: str) -> None:
        status = self._reader.read(text)
        if status is None:
            return
        self._last = status
        asked_ns = self._asked.popleft() if self._asked else self._now_ns
        self._asked.clear()
        if status.state == "Alarm" and self._guard.state in (StageState.READY, StageState.PLAYING):
            raise StageError("it is in alarm", Condition.STAGE_ALARM)
        if self._stream is not None and status.free_blocks is not None and self._planner:
            self._stream.waiting(max(0, self._planner - status.free_blocks))
        if status.machine_mm is not None:
            self._place(status.machine_mm, asked_ns)

    def _place(self, machine_mm: tuple[float, ...], asked_ns: int) -> None:
        if max(self._columns) >= len(machine_mm):
            raise StageError(f"it has {len(machine_mm)} axes only", Condition.WRONG_TOOL)
        mm = np.array([machine_mm[column] for column in self._columns])
        self._note_position((asked_ns + self._now_ns) // 2, mm, (self._now_ns - asked_ns) // 2)

    # What is due ---------------------------------------------------------------------------

    def _due_ns(self) -> int | None:
        due = [self._poll_ns, self._stream.due_ns if self._stream else None]
        return min((time for time in due if time is not None), default=None)

    def _due(self, now_ns: int) -> None:
        if self._poll_ns is not None and now_ns >= self._poll_ns:
            self._poll(now_ns)
        while self._stream is not None and now_ns >= self._stream.due_ns:
            step = self._stream.next()
            if step is not None:
                self._held.append(self._jog(step.target_mm, step.feed_mm_per_min))
                self._send_held()

    def _send_held(self) -> None:
        """Send jogs as the controller's buffer has room for them, counting characters."""
        while self._held:
            line = self._held[0]
            if sum(sent.length for sent in self._acks) + len(line) > RX_BYTES:
                return
            self._out += self._held.popleft()
            self._acks.append(_Sent(self._now_ns, len(line)))

    def _poll(self, now_ns: int) -> None:
        """Ask for a report; nobody home is told by what has not been answered (row 37)."""
        jog_ns = self._acks[0].time_ns if self._acks else now_ns
        query_ns = self._asked[0] if self._asked else now_ns
        if now_ns - min(jog_ns, query_ns) >= TRIES * ANSWER_NS:
            what = "jog" if jog_ns <= query_ns else "status query"
            text = f"no answer to a {what} in {ANSWER_NS / 1e6:g} ms, {TRIES} times"
            raise StageError(text, Condition.UNANSWERED)
        self._out += QUERY
        self._asked.append(now_ns)
        self._poll_ns = now_ns + self._grbl.poll_ns

    def _jog(self, target_mm: Floats, feed_mm_per_min: float) -> bytes:
        words = zip(self._limits.names, target_mm, strict=True)
        where = "".join(f"{name}{mm:.{DECIMALS}f}" for name, mm in words)
        return f"$J=G90G21G53{where}F{feed_mm_per_min:.1f}\n".encode()

    # The dialogue --------------------------------------------------------------------------

    def _script(self) -> Steps:
        yield from self._reach()
        yield from self._ask(b"$I\n")
        build = [note for note in self._notes if note.startswith("[VER:")]
        who = " ".join([self._banner.split(" [")[0], *build])
        self._identified(who, simulated=SIMULATED in who)
        yield from self._ask(b"$$\n")
        if not self._may_play(self._device_limits()):
            return
        if self._settings.homing:
            yield from self._home()
        self._guard.ready()
        self._poll_ns = self._now_ns
        yield from self._approach()
        self._guard.playing()

    def _reach(self) -> Steps:
        """Wait for the banner of a board that restarts, else restart it."""
        for _ in range(BANNER_NS // LOOK_NS):
            if self._banner:
                break
            yield Ask(b"", after_ns=LOOK_NS)
        self._resetting = True
        try:
            line = yield Ask(RESET, timeout_ns=RESET_NS, tries=2)
        except Unanswered:
            condition, text = self._stranger.verdict(Condition.UNANSWERED)
            raise StageError(text, condition) from None
        finally:
            self._resetting = False
        assert line is not None
        # What a controller says right after its banner belongs to its start, not to an answer.
        yield Ask(b"", after_ns=LOOK_NS)

    def _home(self) -> Steps:
        if self._read.get(_HOMING, 0.0) == 0.0:
            raise StageError("homing is off ($22=0), so nobody knows where the stage is")
        self._guard.homing()
        yield from self._ask(b"$H\n", timeout_ns=self._settings.homing_ns, tries=1)

    def _approach(self) -> Steps:
        """Go to where the course will be when the stage has got there."""
        at = yield from self._where()
        target, begin_ns = self._meeting(at, 2 * self._grbl.poll_ns)
        speed = self._approach_mm_per_s
        yield from self._ask(self._jog(target, float(speed.min()) * 60.0))
        while float(np.abs((yield from self._where()) - target).max()) > THERE_MM:
            if self._now_ns > begin_ns:
                raise StageError("it did not get to where the course begins", Condition.FOLLOWING)
        self._stream = Stream(self._settings, self._limits, self._grbl.depth, begin_ns)
        self._planner = self._last.free_blocks or 0 if self._last else 0
        yield Ask(b"", after_ns=max(0, begin_ns - self._now_ns))

    def _where(self) -> Generator[Ask, Line | None, Floats]:
        """Return where the stage is by its next report."""
        seen = len(self.positions)
        newest = self.positions[-1] if seen else None
        while not self.positions or self.positions[-1] is newest:
            yield Ask(b"", after_ns=self._grbl.poll_ns // 2)
        return np.array(self.positions[-1].mm)

    def _device_limits(self) -> StageLimits:
        """Return what the settings say; those not told are ours."""
        return StageLimits(tuple(self._axis_limits(axis) for axis in self._limits.axes))

    def _axis_limits(self, axis: AxisLimits) -> AxisLimits:
        k = LETTERS.index(axis.name)
        travel = self._read.get(_TRAVEL + k)
        rate = self._read.get(_RATE + k)
        acceleration = self._read.get(_ACCELERATION + k)
        if travel is not None and axis.upper_mm - axis.lower_mm > travel + 1e-6:
            raise StageError(
                f"axis {axis.name} has {travel:g} mm of travel (${_TRAVEL + k}), the scenario "
                f"says {axis.upper_mm - axis.lower_mm:g} mm"
            )
        return AxisLimits(
            axis.name,
            axis.lower_mm,
            axis.upper_mm,
            rate / 60.0 if rate else axis.speed_mm_per_s,
            acceleration or axis.acceleration_mm_per_s2,
        )

    def _ask(self, data: bytes, *, timeout_ns: int = ANSWER_NS, tries: int = TRIES) -> Talk:
        """Ask and return `ok`. Raises StageError for an error, Unanswered for none."""
        motion = data.startswith(b"$J")
        if motion:  # never sent twice by itself
            timeout_ns, tries = TRIES * ANSWER_NS, 1
        line = yield Ask(data, timeout_ns, tries)
        assert line is not None
        if line.told is Told.ERROR:
            raise StageError(f"{data.decode().strip()} refused: {error_text(line)}")
        return line
