"""What is wrong with a device, how that makes it stand, and what is told of it.

Judges of samples (`health`) and of stages (`stages.guard`) have this in common: causes that hold
the beam until the device is live again, notices for the log, and a report whenever the standing
has changed.
"""

from abc import ABC, abstractmethod
from collections import deque
from typing import NamedTuple

from linacsim.devices.catalogue import Condition, Reaction, named
from linacsim.model.messages import DeviceNote, DeviceReport, Standing

_KEPT_NOTICES = 1000


class Notice(NamedTuple):
    """A fault that has just been seen, for the log and the operator."""

    time_ns: int
    condition: Condition
    reaction: Reaction
    text: str


class Cause(NamedTuple):
    """Why a device may not be relied on."""

    reaction: Reaction
    text: str


class Guard(ABC):
    """Judge of one device, apart from how it judges."""

    def __init__(self, name: str) -> None:
        """Start with nothing seen."""
        self.name = name
        self._causes: dict[Condition, Cause] = {}
        self._notices: deque[Notice] = deque(maxlen=_KEPT_NOTICES)
        self._reported: DeviceReport | None = None

    @property
    @abstractmethod
    def live(self) -> bool:
        """Whether the device may contribute to releasing the beam."""

    @property
    @abstractmethod
    def text(self) -> str:
        """Why it is not live, in words; empty when live."""

    @property
    def conditions(self) -> frozenset[Condition]:
        """What is wrong."""
        return frozenset(self._causes)

    @property
    def standing(self) -> Standing:
        """How far the device may be relied on."""
        if any(cause.reaction is Reaction.FAULT for cause in self._causes.values()):
            return Standing.FAULT
        return Standing.GOOD if self.live else Standing.HOLD

    def news(self) -> tuple[DeviceNote | DeviceReport, ...]:
        """Return what the machine is to be told: what was seen, and how the device stands now."""
        notes = tuple(DeviceNote(self.name, notice.text) for notice in self.notices())
        report = self.report()
        return notes if report is None else (*notes, report)

    def report(self) -> DeviceReport | None:
        """Return how the device stands, if that has changed since the last call."""
        report = DeviceReport(self.name, self.standing, self.text)
        if report == self._reported:
            return None
        self._reported = report
        return report

    def notices(self) -> tuple[Notice, ...]:
        """Return and forget what was seen since the last call, in order."""
        notices = tuple(self._notices)
        self._notices.clear()
        return notices

    def _blame(self, condition: Condition, reaction: Reaction, now_ns: int, detail: str) -> bool:
        """Note a cause and tell of it; False: it, or a worse one of the kind, is known."""
        before = self._causes.get(condition)
        if before is not None and before.reaction >= reaction:
            return False
        self._causes[condition] = Cause(reaction, self._tell(condition, reaction, now_ns, detail))
        return True

    def _tell(self, condition: Condition, reaction: Reaction, now_ns: int, detail: str) -> str:
        """Note something for the log; return its text."""
        text = named(condition, detail)
        self._notices.append(Notice(now_ns, condition, reaction, text))
        return text
