"""The firmware: real-time bytes, lines, `$` commands, reports, alarms."""

import math
from collections.abc import Callable, Mapping

from linacsim.model.arrays import Floats, Ints
from linacsim.model.time import to_ns
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.grbl import settings as s
from linacsim.stubs.grbl.gantry import Gantry
from linacsim.stubs.grbl.gcode import Modal, jog, run_line
from linacsim.stubs.grbl.planner import CAPACITY
from linacsim.stubs.grbl.reports import HELP, Room, Turn, offsets, report
from linacsim.stubs.grbl.states import (
    ABORTED,
    HARD_LIMIT,
    HOMING_ABORTED,
    HOMING_DOOR,
    NO_SWITCH,
    SOFT_LIMIT,
    STUCK_SWITCH,
    State,
)
from linacsim.stubs.grbl.words import Refused, bare
from linacsim.stubs.stages.history import Place

BANNER = "\r\nGrbl 1.1h ['$' for help]"
BUILD = ("[VER:1.1h.20190830:SIM linacsim stub]", f"[OPT:VHL,{CAPACITY},128]")
RX_BYTES = 127
"""Usable of 128."""
LONGEST_LINE = 80
SEARCH = 1.5
"""Times the travel, until the search for a switch is given up."""
_CRITICAL = frozenset({HARD_LIMIT, SOFT_LIMIT})
_OVERRIDES = {0x90: None, 0x91: 10, 0x92: -10, 0x93: 1, 0x94: -1}
_IGNORED = frozenset((*range(0x95, 0x98), *range(0x99, 0x9F), 0xA0, 0xA1))
_FAULTS = (Kind.LIMIT, Kind.REBOOT)


class Grbl:
    """A `Peer`: a GRBL controller with its gantry."""

    def __init__(
        self,
        settings: Mapping[int, float] | None = None,
        faults: Faults | None = None,
        *,
        start_mm: Place = (-30.0, -30.0, -30.0),
        settings_lost: bool = False,
    ) -> None:
        """Be switched on at time zero; `settings` replace those of the shelf."""
        self._settings = dict(s.DEFAULTS) | dict(settings or {})
        self._faults = faults or Faults()
        self._gantry = Gantry(self._settings, start_mm)
        self._settings_lost = settings_lost
        self._out = b""
        self._now_ns = 0
        self._stalled = False
        self._state = State.IDLE
        self._wait_ns: int | None = None
        self._cancelling = self._critical = False
        self._searched_ns = 0
        self._dollar: dict[str, Callable[[], None]] = {
            "$": lambda: self._say(HELP),
            "$$": self._list_settings,
            "$#": lambda: self._say(*offsets(self._modal)),
            "$G": lambda: self._say(self._modal.text()),
            "$I": lambda: self._say(*BUILD),
            "$N": lambda: self._say("$N0=", "$N1="),
            "$X": self._unlock,
            "$H": self._home,
            "$C": self._check,
            "$SLP": self._sleep,
        }
        self._boot()

    # Peer ----------------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes; real-time ones act at once."""
        self._pass_to(now_ns)
        if self._faults.on(Kind.SILENT, now_ns):
            return
        for byte in data:
            if not self._real_time(byte) and len(self._rx) < RX_BYTES:
                self._rx.append(byte)
                if byte in b"\r\n":
                    self._pump()
        self._pump()

    def wake(self, now_ns: int) -> None:
        """Let time pass."""
        self._pass_to(now_ns)
        self._pump()

    def next_ns(self) -> int | None:
        """Return when something happens that is not asked for."""
        due = [self._faults.next_ns(_FAULTS), self._faults.edge_ns(self._now_ns, Kind.STALL)]
        if self._rx or self._cancelling or self._wait_ns or self._state is not State.IDLE:
            due += [self._gantry.planner.next_ns(), self._wait_ns]
        if self._state is State.HOME:
            due.append(self._searched_ns)
        return min((time for time in due if time is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return b"" if self._faults.on(Kind.SILENT, self._now_ns) else out

    def places_mm(self, times_ns: Ints) -> Floats:
        """Return (n, 3) where the carriage really was at (n,) times up to now."""
        return self._gantry.places_mm(times_ns)

    @property
    def state(self) -> State:
        """What it is doing."""
        return self._state

    # Time ----------------------------------------------------------------------------------

    def _pass_to(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        planner = self._gantry.planner
        planner.advance(self._now_ns)
        if self._wait_ns is not None and self._now_ns >= self._wait_ns:
            self._wait_ns = None
        if self._cancelling and not planner.moving:
            planner.forget(self._now_ns)
            self._cancelling = False
            if not self._stalled:
                planner.resume(self._now_ns)
        if self._state in (State.RUN, State.JOG) and not planner.blocks:
            self._state = State.IDLE
        self._misbehave()

    def _misbehave(self) -> None:
        stalled = self._faults.on(Kind.STALL, self._now_ns) is not None
        if stalled is not self._stalled:
            self._stalled = stalled
            planner = self._gantry.planner
            planner.hold(self._now_ns) if stalled else planner.resume(self._now_ns)
        if self._faults.happened(Kind.LIMIT, self._now_ns):
            self._alarm(STUCK_SWITCH if self._state is State.HOME else HARD_LIMIT)
        if self._state is State.HOME and self._now_ns >= self._searched_ns:
            self._alarm(NO_SWITCH)
        if self._faults.happened(Kind.REBOOT, self._now_ns):
            self._gantry.stop_dead(self._now_ns)
            self._gantry.forget(self._now_ns)
            self._boot()

    def _boot(self) -> None:
        self._rx = bytearray()
        self._modal = Modal()
        self._override = 100
        self._reports = 0
        self._cancelling = self._critical = False
        self._wait_ns = None
        homed_first = bool(self._settings[s.HOMING])
        self._state = State.ALARM if homed_first else State.IDLE
        self._say(BANNER)
        if self._settings_lost:
            self._say("error:7")
        if homed_first:
            self._say("[MSG:'$H'|'$X' to unlock]")

    # Real-time bytes -----------------------------------------------------------------------

    def _real_time(self, byte: int) -> bool:
        """Act on a real-time byte; False: it is none."""
        planner = self._gantry.planner
        if byte == 0x18:
            self._reset()
        elif byte == ord("?"):
            self._say(self._report())
        elif byte == ord("!"):
            self._feed_hold()
        elif byte == ord("~"):
            self._go_on()
        elif byte == 0x84:
            if self._state is State.HOME:
                self._alarm(HOMING_DOOR)
            self._feed_hold()
            self._state = State.DOOR
        elif byte == 0x85:
            if self._state is State.JOG:
                self._cancelling = True
                planner.hold(self._now_ns)
                self._pass_to(self._now_ns)
        elif byte in _OVERRIDES:
            change = _OVERRIDES[byte]
            self._override = 100 if change is None else max(10, min(200, self._override + change))
        else:
            return byte in _IGNORED
        return True

    def _reset(self) -> None:
        homing = self._state is State.HOME
        lost = self._gantry.stop_dead(self._now_ns)
        critical, locked = self._critical, self._state is State.ALARM
        if lost and not critical:
            self._say(f"ALARM:{HOMING_ABORTED if homing else ABORTED}")
        modal = self._modal
        self._boot()
        self._modal.stored_mm = modal.stored_mm
        if not (lost or critical or locked):
            self._state = State.IDLE  # homed, and at rest: it still knows where it is

    def _feed_hold(self) -> None:
        if self._state is State.JOG:
            self._cancelling = True
        elif self._state is State.RUN:
            self._state = State.HOLD
        else:
            return
        self._gantry.planner.hold(self._now_ns)

    def _go_on(self) -> None:
        if self._stalled:
            return
        planner = self._gantry.planner
        planner.resume(self._now_ns)
        if self._state in (State.HOLD, State.DOOR):
            self._state = State.RUN if planner.blocks else State.IDLE

    # Lines ---------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Obey lines as long as the planner has room for what they may say."""
        while self._can_read():
            ends = [end for end in (self._rx.find(b"\n"), self._rx.find(b"\r")) if end >= 0]
            if not ends:
                if len(self._rx) >= RX_BYTES:
                    self._rx.clear()
                    self._say("error:11")
                return
            line = self._rx[: min(ends)].decode("ascii", "replace")
            del self._rx[: min(ends) + 1]
            self._answer(line)

    def _can_read(self) -> bool:
        busy = self._state is State.HOME or self._wait_ns is not None or self._cancelling
        return not busy and not self._gantry.planner.full

    def _answer(self, line: str) -> None:
        try:
            self._obey(line)
        except Refused as refusal:
            self._say(f"error:{refusal.code}")

    def _obey(self, line: str) -> None:
        if len(line) > LONGEST_LINE:
            raise Refused(11)
        text = bare(line)
        if text == "$H":
            self._home()
            return
        if text.startswith("$J="):
            self._jog(text[3:])
        elif text.startswith("$"):
            self._obey_dollar(text)
        elif text:
            if self._state in (State.ALARM, State.JOG, State.SLEEP):
                raise Refused(9)
            self._gcode(text)
        self._say("ok")

    def _obey_dollar(self, text: str) -> None:
        number, equals, value = text[1:].partition("=")
        if equals and number.isdecimal():
            self._set(int(number), value)
        elif text.startswith("$RST=") and text[5:] in ("$", "#", "*"):
            self._settings.update(s.DEFAULTS)
        elif text in self._dollar:
            if self._state not in (State.IDLE, State.ALARM, State.CHECK) and text != "$G":
                raise Refused(8)
            self._dollar[text]()
        else:
            raise Refused(3)

    def _set(self, number: int, text: str) -> None:
        if self._state not in (State.IDLE, State.ALARM):
            raise Refused(8)
        if number not in self._settings:
            raise Refused(3)
        try:
            value = float(text)
        except ValueError:
            raise Refused(2) from None
        if not math.isfinite(value):
            raise Refused(2)
        if value < 0 or (value == 0 and number in s.ABOVE_ZERO):
            raise Refused(4)
        if number == s.SOFT_LIMITS and value and not self._settings[s.HOMING]:
            raise Refused(10)
        self._settings[number] = value

    def _jog(self, text: str) -> None:
        self._refuse_on_purpose()
        if self._state not in (State.IDLE, State.JOG):
            raise Refused(9 if self._state is State.ALARM else 8)
        target, feed = jog(text, self._modal, self._gantry.planned())
        if self._settings[s.SOFT_LIMITS] and self._gantry.beyond(target):
            raise Refused(15)
        if self._gantry.go(self._now_ns, target, feed, is_jog=True):
            self._state = State.JOG

    def _gcode(self, text: str) -> None:
        self._refuse_on_purpose()
        effects = run_line(text, self._modal, self._gantry.planned(), self._move)
        if effects.dwell_s:
            self._wait_ns = self._now_ns + to_ns(effects.dwell_s)
        if effects.pauses:
            self._feed_hold()
        if effects.ends:
            self._modal.move, self._modal.relative = 1, False

    def _move(self, target: Place, feed: float) -> None:
        if self._state is State.CHECK:
            return
        if self._settings[s.SOFT_LIMITS] and self._gantry.beyond(target):
            self._alarm(SOFT_LIMIT)
            raise Refused(9)
        if self._gantry.go(self._now_ns, target, feed * self._override / 100.0):
            self._state = self._state if self._state is State.HOLD else State.RUN

    def _refuse_on_purpose(self) -> None:
        code = self._faults.value(Kind.REFUSE, self._now_ns)
        if code is not None:
            raise Refused(int(code))

    # $ commands ----------------------------------------------------------------------------

    def _list_settings(self) -> None:
        if self._settings_lost:
            raise Refused(7)
        self._say(*s.listed(self._settings))

    def _unlock(self) -> None:
        if self._critical:
            raise Refused(9)
        if self._state is State.ALARM:
            self._state = State.IDLE
            self._say("[MSG:Caution: Unlocked]")

    def _home(self) -> None:
        if not self._settings[s.HOMING]:
            raise Refused(5)
        if self._state not in (State.IDLE, State.ALARM) or self._critical:
            raise Refused(9 if self._state is State.ALARM else 8)
        self._state = State.HOME
        far_s = max(s.of_axes(self._settings, s.TRAVEL)) / self._settings[s.HOMING_SEEK] * 60.0
        self._searched_ns = self._now_ns + to_ns(SEARCH * far_s) + to_ns(SEARCH)
        self._gantry.home(self._now_ns, self._homed)

    def _homed(self) -> None:
        self._state = State.IDLE
        self._say("ok")

    def _check(self) -> None:
        if self._state is State.CHECK:
            self._say("[MSG:Disabled]")
            self._reset()
        elif self._state is State.IDLE:
            self._state = State.CHECK
            self._say("[MSG:Enabled]")
        else:
            raise Refused(8)

    def _sleep(self) -> None:
        self._state = State.SLEEP

    # Telling -------------------------------------------------------------------------------

    def _alarm(self, code: int) -> None:
        self._gantry.stop_dead(self._now_ns)
        self._rx.clear()
        self._state = State.ALARM
        self._critical = code in _CRITICAL
        self._say(f"ALARM:{code}")
        if self._critical:
            self._say("[MSG:Reset to continue]")

    def _report(self) -> str:
        planner = self._gantry.planner
        state = str(self._state)
        if self._state in (State.HOLD, State.DOOR):
            state += ":1" if planner.moving else ":0"
        self._reports += 1
        return report(
            state,
            self._gantry.machine_at(self._now_ns),
            self._modal.offset_mm,
            Room(CAPACITY - len(planner.blocks), RX_BYTES + 1 - len(self._rx)),
            int(self._settings[s.REPORT_MASK]),
            Turn(self._reports - 1, self._state is State.IDLE, self._override),
        )

    def _say(self, *lines: str) -> None:
        self._out += "".join(line + "\r\n" for line in lines).encode()
