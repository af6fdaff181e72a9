"""Device times of payloads told in host time, for devices that stamp what they send."""

from collections import OrderedDict
from typing import NamedTuple

from linacsim.devices.clock_sync import ClockSync, Exchange, Unwrap
from linacsim.devices.mqtt.payloads import ClockAnswer, ClockAsk

US = 1000
_OPEN_QUESTIONS = 4


class Turn(NamedTuple):
    """What an answer has changed."""

    steady: bool
    """Whether it fits those before."""
    in_step: bool
    """Whether the clock can now be told that could not before."""


class Stamps:
    """Asks a device for its time again and again; without I/O."""

    def __init__(self, clock_ppm: float) -> None:
        """Take how far the device's clock may be off."""
        self.clock = ClockSync(clock_ppm)
        self._number = 0
        self.reset()

    def reset(self) -> None:
        """Know nothing of the device's clock, as after a restart."""
        self.clock.reset()
        self._unwrap = Unwrap(32)
        self._asked: OrderedDict[int, int] = OrderedDict()

    def question(self, now_ns: int) -> bytes | None:
        """Return a question if one is due."""
        if now_ns < self.clock.next_ns(now_ns):
            return None
        self.clock.asked(now_ns)
        self._number += 1
        self._asked[self._number] = now_ns
        if len(self._asked) > _OPEN_QUESTIONS:
            self._asked.popitem(last=False)
        return ClockAsk(id=self._number).model_dump_json().encode()

    def answered(self, answer: ClockAnswer, now_ns: int) -> Turn:
        """Take an answer; one to no question of ours changes nothing."""
        asked_ns = self._asked.pop(answer.id, None)
        if asked_ns is None:
            return Turn(steady=True, in_step=False)
        before = self.clock.synced
        received_ns, sent_ns = (self._unwrap(us) * US for us in (answer.t2, answer.t3))
        steady = self.clock.add(Exchange(asked_ns, received_ns, sent_ns, now_ns))
        return Turn(steady, self.clock.synced and not before)

    def host_ns(self, t_us: int) -> int:
        """Return the host time of a stamp; the clock must be in step."""
        return self.clock.host_ns(self._unwrap(t_us) * US)
