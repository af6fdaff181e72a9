"""Checks that hear what devices send, over wires simulated or real, and have their own say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from linacsim.devices.device import Device, Now, Post
from linacsim.devices.guard import Guard
from linacsim.devices.peer import Health
from linacsim.devices.stages.course import Mounting
from linacsim.devices.stages.guard import StagePosition
from linacsim.engines.run import Arrivals
from linacsim.model.messages import Message, Samples
from linacsim.model.samples import PositionSample
from linacsim.model.time import TICK_NS


class Check(Protocol):
    """Something that hears samples and may hold the beam."""

    @property
    def guard(self) -> Guard:
        """What it has to say."""
        ...

    def hear(self, source: str, sample: PositionSample) -> None:
        """Take a sample of any source."""
        ...

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        ...


@dataclass(slots=True)
class StageEar:
    """Makes samples of what a stage says of where it is; their source has its name."""

    name: str
    mounting: Mounting
    positions: Callable[[], Iterable[StagePosition]]
    """Where it was by its own account, the newest last."""
    told_ns: int = -1

    def news(self, now_ns: int) -> list[PositionSample]:
        """Return what it has said since it was last asked."""
        fresh = [position for position in self.positions() if position.time_ns > self.told_ns]
        if not fresh:
            return []
        self.told_ns = fresh[-1].time_ns
        room_cm = self.mounting.to_room_cm(np.array([position.mm for position in fresh])).tolist()
        return [
            PositionSample(min(position.time_ns, now_ns), now_ns, *place)
            for position, place in zip(fresh, room_cm, strict=True)
        ]


class Checks:
    """All checks of a run: something that messages arrive from, and a `Device` to wait for."""

    name = "checks"

    def __init__(self, checks: Sequence[Check], stages: Sequence[StageEar]) -> None:
        """Have heard nothing."""
        self._checks = tuple(checks)
        self._stages = tuple(stages)
        self.known_ns = 0
        """Up to when nothing more can arrive."""

    def hear(self, message: Message) -> None:
        """Let all checks hear a message."""
        if isinstance(message, Samples):
            for sample in message.samples:
                self._hear(message.source, sample)

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Return what the machine is to be told."""
        self.known_ns = now_ns + TICK_NS
        for stage in self._stages:
            for sample in stage.news(now_ns):
                self._hear(stage.name, sample)
        for check in self._checks:
            check.wake(now_ns)
        return tuple(message for check in self._checks for message in check.guard.news())

    async def start(self, post: Post, now: Now) -> None:
        """Do nothing: checks hear what others send."""

    async def stop(self) -> None:
        """Do nothing."""

    def health(self) -> Health:
        """Return how all checks stand."""
        return Health(not self.awaited, self.awaited or "live")

    @property
    def awaited(self) -> str:
        """What checks say that are not live yet; empty where all are."""
        guards = [check.guard for check in self._checks]
        return "; ".join(f"{guard.name}: {guard.text}" for guard in guards if not guard.live)

    def _hear(self, source: str, sample: PositionSample) -> None:
        for check in self._checks:
            check.hear(source, sample)


@dataclass(frozen=True, slots=True)
class HeardArrivals:
    """Something that messages arrive from, heard by checks."""

    inner: Arrivals
    checks: Checks

    @property
    def known_ns(self) -> int:
        """Up to when nothing more can arrive."""
        return self.inner.known_ns

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Return what arrives, when the checks have heard it."""
        messages = self.inner.due(now_ns)
        for message in messages:
            self.checks.hear(message)
        return messages


@dataclass(frozen=True, slots=True)
class HeardDevice:
    """A `Device` heard by checks."""

    inner: Device
    checks: Checks

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self.inner.name

    async def start(self, post: Post, now: Now) -> None:
        """Begin to connect, and return at once."""

        def heard(message: Message) -> None:
            self.checks.hear(message)
            post(message)

        await self.inner.start(heard, now)

    async def stop(self) -> None:
        """Leave the device safe."""
        await self.inner.stop()

    def health(self) -> Health:
        """Return how it stands now."""
        return self.inner.health()
