"""The stream as a device of a live run."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

from linacsim.devices.device import Now, Post
from linacsim.devices.icom.frames import IcomSink
from linacsim.devices.icom.record import IcomRecord
from linacsim.devices.icom.server import PORT, IcomServer
from linacsim.devices.peer import Health
from linacsim.model.findings import InputError

POLL_S = 0.02
"""How often it is looked for records."""


@dataclass(frozen=True, slots=True)
class IcomSettings:
    """Where it is, and whether it is waited for a listener."""

    host: str = "127.0.0.1"
    port: int = PORT
    await_listener: bool = False


class IcomLink:
    """A `Device` that tells a sink's records to all listeners."""

    def __init__(self, name: str, settings: IcomSettings, sink: IcomSink) -> None:
        """Take them; nothing is opened yet."""
        self._name = name
        self._settings = settings
        self._sink = sink
        self._server = IcomServer()
        self._task: asyncio.Task[None] | None = None
        self._trouble = "not started"
        self._last: IcomRecord | None = None

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self._name

    async def start(self, post: Post, now: Now) -> None:
        """Listen, and return at once; it only speaks, so it posts nothing."""
        del post, now
        try:
            port = await self._server.start(self._settings.host, self._settings.port)
        except InputError as error:
            self._trouble = str(error)
            return
        self._trouble = ""
        self._where = f"{self._settings.host}:{port}"
        self._task = asyncio.create_task(self._speak())

    async def stop(self) -> None:
        """Say that the field is unloaded, so that listeners keep it, and end."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._tell()
        if self._last is not None:
            # A message is whole for the listener only when the next one comes.
            for _ in range(2):
                self._server.send(replace(self._last, field=None))
        await self._server.stop()

    def health(self) -> Health:
        """Return whether it listens, and to how many it speaks."""
        if self._trouble:
            return Health(False, self._trouble)
        count = self._server.listeners
        if self._settings.await_listener and not count:
            return Health(False, f"waits for a listener on {self._where}")
        return Health(True, f"live on {self._where}, {count} listening")

    async def _speak(self) -> None:
        while True:
            self._tell()
            await asyncio.sleep(POLL_S)

    def _tell(self) -> None:
        for record in self._sink.take():
            self._server.send(record)
            self._last = record
