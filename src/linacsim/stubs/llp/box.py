"""The device's side of LLP/1, whatever it measures (docs/reference/llp.md, "The device")."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field

from linacsim.devices.llp import binary, text
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.host_state import BEAM_ON, IDLE
from linacsim.devices.llp.layout import WrongSyntax, read_id
from linacsim.devices.llp.version import PROTOCOL, PROTOCOL_TO_COME, spoken_with
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import OTHER, Faults, Kind
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.instrument import Instrument, Mover, RefusedSetting
from linacsim.stubs.outbox import Outbox

HELO_EVERY_NS = NS_PER_S
BEAT_EVERY_NS = 500 * NS_PER_MS
SAFE_AFTER_NS = 600 * NS_PER_MS
REMEMBERED = 8
"""Commands whose answer is repeated instead of being carried out again."""
OUTPUTS_SAFE = 1
"""Code of the event that tells of the host's silence."""
_INSTANTS = (Kind.REBOOT, Kind.CLOCK_STEP)
_COMMANDS = (m.Configure, m.Run, m.Stop, m.Move, m.Jog, m.SetPoints, m.Home)
_COMMAND_TYPES = ("CFG", "RUN", "STOP", "MOV", "JOG", "TRJ", "HOM")


@dataclass(slots=True)
class _Volatile:
    """What a restart forgets."""

    helo_ns: int
    beat_ns: int
    seq: int = 0
    fresh: bool = True
    """Not yet acknowledged since the restart."""
    known: bool = False
    """The newest HELO has been acknowledged."""
    is_binary: bool = False
    turn_binary: bool | None = None
    """What to change to, once the answer is out."""
    rx_errors: int = 0
    stamp_us: int = 0
    host_ns: int | None = None
    """When the host's beat was last heard; None: outputs are safe."""
    host_state: str = IDLE
    """As the last beat told it."""
    outputs: int = 0
    answers: OrderedDict[str, m.Ack | m.Nak] = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True)
class Identity:
    """What is written on the box."""

    model: str = "linacsim-stub"
    serial: str = "0001"
    firmware: str = "1.0"


class LlpBox:
    """A `Peer`: the protocol of a device around an instrument."""

    def __init__(
        self,
        instrument: Instrument,
        faults: Faults,
        identity: Identity | None = None,
        clock: DeviceClock | None = None,
    ) -> None:
        """Be switched on at time zero."""
        self._instrument = instrument
        self._faults = faults
        self._identity = identity or Identity()
        self._clock = clock or DeviceClock()
        self._out = Outbox(faults)
        self._framer = text.text_framer()
        self._now_ns = 0
        self._is_other = False
        self._v = self._booted(0)

    @property
    def outputs(self) -> int:
        """Digital outputs, as bits."""
        return self._v.outputs

    @property
    def host_state(self) -> str:
        """What it knows of the machine: the letter of the last beat, idle where none is heard."""
        return self._v.host_state

    # Peer ----------------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes of the host."""
        self._now_ns = now_ns
        if self._faults.on(Kind.SILENT, now_ns):
            return
        for between in self._framer.feed(data):
            try:
                frame = text.decode(between)
            except text.WrongChecksum:
                self._v.rx_errors += 1
            except WrongSyntax:
                self._v.rx_errors += 1
                self._refuse_syntax(between, now_ns)
            else:
                self._handle(frame.body, now_ns)

    def wake(self, now_ns: int) -> None:
        """Send what is due."""
        self._now_ns = now_ns
        self._misbehave(now_ns)
        for reading in self._instrument.due(now_ns):
            if reading.device_time:
                self._v.stamp_us = self._clock.us(reading.time_ns)
            self._send(reading.body, now_ns, reading.flags, self._v.stamp_us)
        if not self._v.known and now_ns >= self._v.helo_ns:
            self._say_helo(now_ns)
        if now_ns >= self._v.beat_ns:
            self._v.beat_ns = now_ns + BEAT_EVERY_NS
            self._send(m.DeviceBeat(self._instrument.rate_hz, self._heard_wrong, 0, 0.0), now_ns)
        if self._v.host_ns is not None and now_ns > self._v.host_ns + SAFE_AFTER_NS:
            self._v.host_ns, self._v.host_state = None, IDLE
            self._go_safe(now_ns)
            self._send(m.DeviceEvent(1, OUTPUTS_SAFE, "host silent: outputs safe"), now_ns)
        self._out.wake(now_ns)

    def next_ns(self) -> int:
        """Return when something is due."""
        due = (
            self._instrument.next_ns(),
            None if self._v.known else self._v.helo_ns,
            None if self._v.host_ns is None else self._v.host_ns + SAFE_AFTER_NS + 1,
            self._out.next_ns(self._now_ns),
            self._faults.next_ns(_INSTANTS),
            self._faults.edge_ns(self._now_ns, Kind.OTHER),
        )
        return min([self._v.beat_ns, *(time for time in due if time is not None)])

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        return b"".join(self._out.take(self._now_ns))

    # Words of the host ---------------------------------------------------------------------

    def _handle(self, body: m.Body, now_ns: int) -> None:
        match body:
            case m.HostHelo(protocol):
                self._greet(protocol, now_ns)
            case m.Ack("helo"):
                self._v.known, self._v.fresh = True, False
            case m.HostBeat(state):
                self._v.host_ns, self._v.host_state = now_ns, state
            case m.ClockAsk(number, host_ns):
                us = self._clock.us(now_ns)
                self._send(m.ClockAnswer(number, host_ns, us, us), now_ns)
            case m.Outputs(mask, levels) if self._v.host_ns is not None:
                self._v.outputs = self._v.outputs & ~mask | levels & mask
            case m.EmergencyStop():
                self._go_safe(now_ns)
            case _ if isinstance(body, _COMMANDS):
                self._command(body.command, body, now_ns)

    def _greet(self, protocol: str, now_ns: int) -> None:
        self._set_binary(False)
        self._v.answers.clear()  # another host may use the same ids
        if not spoken_with(protocol):
            self._send(m.Nak("helo", m.NakCode.VERSION, PROTOCOL), now_ns)
            return
        self._v.known = False
        self._say_helo(now_ns)

    def _command(self, command: str, body: m.Body, now_ns: int) -> None:
        answer = self._v.answers.get(command)
        if answer is None and isinstance(body, m.Configure) and self._v.host_state == BEAM_ON:
            # Not remembered, so that it can be given again later.
            answer = m.Nak(command, m.NakCode.NOT_WITH_BEAM)
        elif answer is None:
            answer = self._carried_out(command, body, now_ns)
            self._v.answers[command] = answer
            if len(self._v.answers) > REMEMBERED:
                self._v.answers.popitem(last=False)
        self._send(answer, now_ns)
        if self._v.turn_binary is not None:
            self._set_binary(self._v.turn_binary)

    def _carried_out(self, command: str, body: m.Body, now_ns: int) -> m.Ack | m.Nak:
        match body:
            case m.Stop():
                self._instrument.run(now_ns, on=False)
            case _ if not self._v.known:
                return m.Nak(command, m.NakCode.WRONG_STATE)
            case m.Run():
                self._instrument.run(now_ns, on=True)
            case m.Configure(_, "bin", value):
                if value not in ("0", "1"):
                    return m.Nak(command, m.NakCode.BAD_VALUE, "bin")
                self._v.turn_binary = value == "1"
            case m.Configure(_, key, value):
                try:
                    taken = self._instrument.configure(key, value, now_ns)
                except RefusedSetting as refused:
                    return m.Nak(command, refused.code, key)
                return m.Ack(command, 0, "" if taken == value else taken)
            case _:
                return self._moved(command, body, now_ns)
        return m.Ack(command)

    def _moved(self, command: str, body: m.Body, now_ns: int) -> m.Ack | m.Nak:
        if not isinstance(self._instrument, Mover):
            return m.Nak(command, m.NakCode.UNKNOWN_TYPE)
        at_ns = now_ns
        if isinstance(body, m.SetPoints):
            at_ns = self._clock.time_ns(body.time_us, now_ns)
        why_not = self._instrument.obey(body, now_ns, at_ns)
        return m.Ack(command) if why_not is None else m.Nak(command, why_not)

    def _go_safe(self, now_ns: int) -> None:
        self._v.outputs = 0
        if isinstance(self._instrument, Mover):
            self._instrument.halt(now_ns)

    def _refuse_syntax(self, between: bytes, now_ns: int) -> None:
        """Answer a command that is against the grammar, if it can be told which it was."""
        with suppress(UnicodeDecodeError, WrongSyntax):
            parts = between.rpartition(b"*")[0].decode("ascii").split(",")
            if parts[0] in _COMMAND_TYPES and len(parts) > 4:
                self._send(m.Nak(read_id(parts[4]), m.NakCode.SYNTAX), now_ns)

    @property
    def _heard_wrong(self) -> int:
        return self._v.rx_errors + self._framer.counters.truncated

    # Own words -----------------------------------------------------------------------------

    def _say_helo(self, now_ns: int) -> None:
        self._v.helo_ns = now_ns + HELO_EVERY_NS
        who, what = self._identity, self._instrument
        newer = self._faults.on(Kind.VERSION, now_ns) is not None
        body = m.Helo(
            PROTOCOL_TO_COME if newer else PROTOCOL, what.kind, who.model,
            who.serial + OTHER * self._is_other, who.firmware, what.channels,
            what.rate_hz, text.LONGEST, ("t32", "bin"),
        )  # fmt: skip
        self._send(body, now_ns)

    def _send(self, body: m.Body, now_ns: int, flags: int = 0, stamp_us: int | None = None) -> None:
        stamp_us = self._clock.us(now_ns) if stamp_us is None else stamp_us
        boot = m.Flag.BOOT if self._v.fresh else m.Flag.NONE
        all_flags = m.Flag(flags) | m.Flag.SIM | boot
        frame = m.Frame(body, self._v.seq, stamp_us, all_flags)
        self._v.seq = (self._v.seq + 1) & 0xFFFF
        encode = binary.encode if self._v.is_binary else text.encode
        measured = isinstance(body, m.Sample | m.Unknown)
        self._out.put(encode(frame), now_ns, sample=measured)

    def _set_binary(self, on: bool) -> None:
        """Send from now on in this form; a zero byte parts it from text before it."""
        self._v.turn_binary = None
        if on and not self._v.is_binary:
            self._out.put(b"\0", self._now_ns)
        self._v.is_binary = on

    # Misbehaving ---------------------------------------------------------------------------

    def _booted(self, now_ns: int) -> _Volatile:
        self._out.clear()
        self._framer = text.text_framer()
        self._instrument.run(now_ns, on=False)
        if isinstance(self._instrument, Mover):
            self._instrument.restart(now_ns)
        return _Volatile(helo_ns=now_ns, beat_ns=now_ns + BEAT_EVERY_NS)

    def _misbehave(self, now_ns: int) -> None:
        was_other, self._is_other = self._is_other, bool(self._faults.on(Kind.OTHER, now_ns))
        if self._faults.happened(Kind.REBOOT, now_ns) or self._is_other != was_other:
            self._clock.restart(now_ns)
            self._v = self._booted(now_ns)
        self._clock.misbehave(self._faults, now_ns)
