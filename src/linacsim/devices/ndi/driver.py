"""The driver of a Polaris: finds it, loads the tool, tracks it (research/hil-protocols.md 1.3).

It asks for the newest frame as soon as that can be there (`pacing`), or lets the camera send each
frame by itself; a frame already seen is left out (`sight`), and a frame never seen is counted.
"""

from collections.abc import Callable, Generator
from contextlib import suppress

from linacsim.devices.catalogue import Condition
from linacsim.devices.dialogue import Ask, Dialogue, Unanswered
from linacsim.devices.health import SampleGuard
from linacsim.devices.ndi.forms import (
    BX2_OPTIONS,
    FORMS,
    OF_NEWER_CAMERAS,
    STREAM,
    STREAM_ID,
    STREAMED_BYTES,
    ReplyForm,
)
from linacsim.devices.ndi.frame_clock import FRAME_HZ
from linacsim.devices.ndi.gbf import offers_bx2, parse_bx2
from linacsim.devices.ndi.pacing import Pacing
from linacsim.devices.ndi.packets import Reply, ReplyFramer, ReplyKind, command
from linacsim.devices.ndi.replies import (
    BadReply,
    Identity,
    Tracking,
    error_text,
    parse_handles,
    parse_version,
)
from linacsim.devices.ndi.settings import PolarisSettings
from linacsim.devices.ndi.sight import Sight
from linacsim.devices.ndi.tool_file import check_tool_file, upload_blocks
from linacsim.devices.peer import Health, LineOrder
from linacsim.devices.sample import Mark
from linacsim.devices.stranger import Stranger
from linacsim.devices.wire_watch import WireWatch
from linacsim.model.messages import DeviceNote, Message
from linacsim.model.time import NS_PER_MS, NS_PER_S

POWER_UP_BAUD = 9600
COMM_CODES = {9600: 0, 14400: 1, 19200: 2, 38400: 3, 57600: 4, 115_200: 5, 921_600: 6}
SLOW_BAUD = 57_600
"""Below it, question and answer alone take longer than a sample period."""
SETTLE_NS = 100 * NS_PER_MS
"""Pause after INIT and after COMM."""
RETRY_NS = NS_PER_S
STATUS_EVERY_NS = NS_PER_S
"""Between questions for the camera's own status, which is no part of a BX2 reply."""
SILENT_FRAMES = 4
"""After so many that have not come, a camera that streams is asked how it is."""
SIMULATED = "SIM"
"""A stub says so at the end of its product line."""
_AT_VERSION = (
    Condition.NOT_LIVE_YET,
    Condition.UNANSWERED,
    Condition.BAUD,
    Condition.REFUSED,
    Condition.WRONG_TOOL,
)
"""What is over once the right camera has said who it is."""

Talk = Generator[Ask, Reply | None, Reply]
Step = Callable[[Dialogue[Reply]], object]


class CameraError(Exception):
    """The camera refuses what is needed."""


class PolarisDriver:
    """A `Driver` for one camera with one tool."""

    def __init__(self, name: str, settings: PolarisSettings) -> None:
        """Raises InputError for a tool definition that is none."""
        check_tool_file(settings.tool_file)
        self._settings = settings
        self._guard = SampleGuard(name, settings.limits)
        self._framer = ReplyFramer()
        expected = 2 * settings.rate_hz * STREAMED_BYTES
        self._watch = WireWatch(self._guard, self._framer.counters, expected)
        self._dialogue: Dialogue[Reply] | None = None
        self._orders: list[LineOrder] = []
        self._messages: list[Message] = []
        self._identity: Identity | None = None
        self._wanted = settings.serial
        self._retry_ns: int | None = None
        self._now_ns = 0
        self._stranger = Stranger("INIT", "reply to INIT")
        self._tracking = False
        self._sight = Sight(self._guard, settings.calibration, settings.source)
        self._streamed = False
        """Whether the camera has sent anything by itself since that was last looked at."""
        self._out = b""

    @property
    def guard(self) -> SampleGuard:
        """The judge of its samples."""
        return self._guard

    # The wire ------------------------------------------------------------------------------

    def opened(self, now_ns: int) -> None:
        """Begin to talk."""
        self._guard.opened(now_ns)
        self._watch.opened(now_ns)
        self._begin(now_ns)
        self._report()

    def closed(self, now_ns: int, reason: str) -> None:
        """Stop talking."""
        self._watch.closed()
        self._guard.closed(now_ns, reason)
        self._dialogue = self._retry_ns = None
        self._tracking = False
        self._report()

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes of replies."""
        self._now_ns = now_ns
        self._stranger.hear(data)
        for reply in self._framer.receive(self._watch.admit(data, now_ns)):
            self._hear(reply)
        self._report()

    def wake(self, now_ns: int) -> None:
        """Ask what is due; judge silence."""
        self._now_ns = now_ns
        if self._retry_ns is not None and now_ns >= self._retry_ns:
            self._begin(now_ns)
        if self._dialogue is not None:
            self._run(lambda dialogue: dialogue.wake(now_ns))
        self._watch.wake(now_ns)
        self._guard.wake(now_ns)
        self._report()

    def next_ns(self) -> int | None:
        """Return when something is due next."""
        dialogue_ns = self._dialogue.next_ns() if self._dialogue is not None else None
        due = (self._retry_ns, dialogue_ns, self._watch.next_ns(), self._guard.next_ns())
        return min((time for time in due if time is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out + (self._dialogue.take() if self._dialogue is not None else b"")

    def orders(self) -> tuple[LineOrder, ...]:
        """Return and forget what the line itself must do."""
        orders, self._orders = tuple(self._orders), []
        return orders

    def leave(self, now_ns: int) -> None:  # noqa: ARG002
        """Stop tracking."""
        self._dialogue = self._retry_ns = None
        if self._tracking:
            streams = self._settings.reply is ReplyForm.STREAM
            self._out += command("USTREAM", STREAM_ID) if streams else b""
            self._out += command("TSTOP")

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        messages, self._messages = tuple(self._messages), []
        return messages

    def health(self) -> Health:
        """Return how the camera stands."""
        who = f"{self._identity.product}, {self._identity.serial}" if self._identity else ""
        text = self._guard.text or "live"
        return Health(self._guard.live, f"{text} ({who})" if who else text)

    # The dialogue --------------------------------------------------------------------------

    def _begin(self, now_ns: int) -> None:
        self._retry_ns = None
        self._tracking = False
        self._framer.clear()
        self._stranger.forget()
        self._now_ns = now_ns
        self._dialogue = Dialogue(self._script(), now_ns)

    def _hear(self, reply: Reply) -> None:
        if reply.kind is ReplyKind.BAD_CRC:
            return  # as good as no reply: the question is asked again
        if reply.kind is ReplyKind.TEXT and reply.text == "RESET" and self._tracking:
            self._again("the camera was reset", restarted=True)
        elif reply.stream:
            self._take_streamed(reply)
        elif self._dialogue is not None:
            self._run(lambda dialogue: dialogue.answer(reply, self._now_ns))

    def _take_streamed(self, reply: Reply) -> None:
        """Look at what the camera sends by itself, unless that is left from an earlier client."""
        if reply.stream == STREAM and self._tracking and self._dialogue is not None:
            self._streamed = True
            self._run(lambda _: self._sight.look(parse_bx2(reply.payload), self._now_ns))

    def _run(self, step: Step) -> None:
        assert self._dialogue is not None
        try:
            step(self._dialogue)
        except Unanswered as error:
            condition, text = self._silence(error)
            self._guard.bar(condition, self._now_ns, text)
            self._again("")
        except (BadReply, CameraError) as error:
            self._guard.bar(Condition.REFUSED, self._now_ns, str(error))
            self._again("")

    def _silence(self, error: Unanswered) -> tuple[Condition, str]:
        """Tell nobody there from somebody who cannot be understood, and from one who was known."""
        if self._identity is not None:
            return Condition.UNANSWERED, str(error)
        return self._stranger.verdict(Condition.NOT_LIVE_YET)

    def _again(self, why: str, *, restarted: bool = False) -> None:
        """Begin the dialogue anew, after a moment."""
        if restarted:
            self._guard.restarted(self._now_ns, why)
        self._dialogue = None
        self._tracking = False
        self._retry_ns = self._now_ns + RETRY_NS

    def _script(self) -> Generator[Ask, Reply | None, None]:
        yield from self._reach()
        self._identity = parse_version((yield from self._ask("VER", "0")).text)
        wanted = self._wanted
        if wanted is not None and wanted != self._identity.serial:
            self._guard.bar(
                Condition.WRONG_TOOL,
                self._now_ns,
                f"serial number {self._identity.serial}, wanted {wanted}",
            )
            raise CameraError(f"this is camera {self._identity.serial}, not {wanted}")
        for condition in _AT_VERSION:
            self._guard.allow(condition)
        self._wanted = self._identity.serial
        self._guard.identified(self._now_ns)
        handle = yield from self._load_tool()
        yield from self._set_rate()
        form = yield from self._form_offered()
        yield from self._ask("TSTART", "80")
        self._tracking = True
        self._guard.synced(self._now_ns)
        simulated = self._identity.product.endswith(SIMULATED)
        always = Mark.SIMULATED if simulated else Mark.NONE
        self._sight.begin(handle, self._settings.latency_ns, always)
        yield from self._listen() if form is ReplyForm.STREAM else self._track(form)

    def _reach(self) -> Generator[Ask, Reply | None, None]:
        """Find the camera at the rate it has after power-up, or reset it to that."""
        baud = self._settings.baud
        if baud is not None:
            self._orders.append(LineOrder(baud=POWER_UP_BAUD))
        try:
            yield from self._ask("INIT", tries=1)
        except Unanswered:
            if baud is not None:
                self._orders.append(LineOrder(send_break=True))
            else:
                yield from self._ask("RESET", tries=1)
            yield Ask(b"", after_ns=NS_PER_S)
            yield from self._ask("INIT")
        yield Ask(b"", after_ns=SETTLE_NS)
        if baud is not None and baud != POWER_UP_BAUD:
            yield from self._ask("COMM", f"{COMM_CODES[baud]}0000")
            self._orders.append(LineOrder(baud=baud))
            yield Ask(b"", after_ns=SETTLE_NS)

    def _load_tool(self) -> Generator[Ask, Reply | None, int]:
        for old in parse_handles((yield from self._ask("PHSR", "00")).text):
            yield from self._ask("PHF", f"{old:02X}")
        text = (yield from self._ask("PHRQ", "*********1****")).text
        try:
            handle = int(text[:2], 16)
        except ValueError as error:
            raise BadReply(f"not a tool handle: {text[:8]}") from error
        for address, digits in upload_blocks(self._settings.tool_file):
            yield from self._ask("PVWR", f"{handle:02X}{address:04X}{digits}")
        yield from self._ask("PINIT", f"{handle:02X}")
        yield from self._ask("PENA", f"{handle:02X}D")
        return handle

    def _set_rate(self) -> Generator[Ask, Reply | None, None]:
        if self._settings.rate_hz == FRAME_HZ:
            return
        code = {20: "0", 30: "1"}[self._settings.rate_hz]
        try:
            yield from self._ask("SET", f"Param.Tracking.Track Frequency={code}")
        except CameraError:
            yield from self._ask("IRATE", code)

    def _form_offered(self) -> Generator[Ask, Reply | None, ReplyForm]:
        """Return how to ask for places: as is wanted, unless the camera is too old for that."""
        form = self._settings.reply
        if form not in OF_NEWER_CAMERAS:
            return form
        try:
            revision = (yield from self._ask("APIREV")).text
        except CameraError:
            revision = "unknown"
        if offers_bx2(revision):
            return form
        lacks = OF_NEWER_CAMERAS[form]
        self._note(f"the camera's API, revision {revision}, has no {lacks}: it is asked with BX")
        return ReplyForm.BX

    def _track(self, form: ReplyForm) -> Generator[Ask, Reply | None, None]:
        """Ask for frame after frame."""
        pacing = Pacing(self._settings.rate_hz, self._now_ns)
        status_ns = self._now_ns
        while True:
            name = form
            if form is ReplyForm.BX2 and self._now_ns >= status_ns:
                # Only TX and BX tell how the camera itself is.
                name, status_ns = ReplyForm.BX, self._now_ns + STATUS_EVERY_NS
            new = self._sight.look((yield from self._ask_where(name)), self._now_ns)
            ask_ns = pacing.next_ns(new=new, now_ns=self._now_ns)
            yield Ask(b"", after_ns=ask_ns - self._now_ns)

    def _listen(self) -> Generator[Ask, Reply | None, None]:
        """Have the camera send frame after frame; only ask how it is itself."""
        yield from self._ask_for_stream()
        while True:
            yield from self._wait_while_streaming()
            tracking = yield from self._ask_where(ReplyForm.BX)
            # No time is taken from its frame: it is shorter than what is streamed, so sooner here.
            self._sight.learn(tracking)
            if not self._streamed and self._sight.is_behind(tracking):
                yield from self._ask_for_stream()

    def _ask_for_stream(self) -> Generator[Ask, Reply | None, None]:
        with suppress(CameraError):  # there is none of this name
            yield from self._ask("USTREAM", STREAM_ID)
        yield from self._ask("STREAM", f"{STREAM_ID} BX2 {BX2_OPTIONS}")

    def _wait_while_streaming(self) -> Generator[Ask, Reply | None, None]:
        """Wait until it is time to ask for the status; less long if nothing comes any more."""
        silence_ns = SILENT_FRAMES * NS_PER_S // self._settings.rate_hz
        for _ in range(STATUS_EVERY_NS // silence_ns):
            self._streamed = False
            yield Ask(b"", after_ns=silence_ns)
            if not self._streamed:
                return

    def _ask_where(self, name: ReplyForm) -> Generator[Ask, Reply | None, Tracking]:
        """Ask for the newest frame."""
        settings = self._settings
        # A lost reply is asked for again before it is missed; silence is the guard's to judge.
        slow = settings.baud is not None and settings.baud < SLOW_BAUD
        timeout_ns = (200 if slow else 40) * NS_PER_MS
        tries = max(1, settings.limits.lost_ns // timeout_ns)
        options, parse = FORMS[name]
        reply = yield from self._ask(name.upper(), options, timeout_ns=timeout_ns, tries=tries)
        return parse(reply)

    def _ask(
        self, name: str, arguments: str = "", *, timeout_ns: int = NS_PER_S, tries: int = 3
    ) -> Talk:
        """Ask and return the reply. Raises CameraError for an ERROR, Unanswered for none."""
        reply = yield Ask(command(name, arguments), timeout_ns, tries)
        assert reply is not None
        if reply.error == "10" and self._tracking:
            self._guard.restarted(self._now_ns, "the camera has forgotten its set-up")
        if reply.error:
            raise CameraError(f"{name} refused: {error_text(reply.error)}")
        if reply.is_warning:
            self._note(f"{name} done, with {reply.text}")
        return reply

    # What is told -------------------------------------------------------------------------

    def _note(self, text: str) -> None:
        self._messages.append(DeviceNote(self._guard.name, text))

    def _report(self) -> None:
        self._messages += self._sight.take()
        self._messages += self._guard.news()
