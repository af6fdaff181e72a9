"""The stream over one delivery or several, as a device of live runs."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from linacsim.devices.device import Now, Post
from linacsim.devices.icom.frames import IcomSink
from linacsim.devices.icom.record import IcomRecord
from linacsim.devices.icom.server import PORT, IcomServer
from linacsim.devices.peer import Health

POLL_S = 0.02
"""How often it is looked for records."""

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class IcomSettings:
    """Where it is, and whether it is waited for a listener."""

    host: str = "127.0.0.1"
    port: int = PORT
    await_listener: bool = False


class IcomStream:
    """Tells the records of sinks to all listeners, from a thread of its own.

    It outlives a run, since a listener that lost the stream between two fields waits for minutes.
    Use it as a context manager.
    """

    def __init__(self, settings: IcomSettings) -> None:
        """Take where it is to be; nothing is opened yet."""
        self.settings = settings
        self.where = ""
        self._server = IcomServer()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._sinks: list[IcomSink] = []
        self._last: IcomRecord | None = None

    def __enter__(self) -> Self:
        """Listen. Raises InputError where that is refused."""
        self._thread.start()
        try:
            port = self._do(self._server.start(self.settings.host, self.settings.port))
        except BaseException:
            self._end()
            raise
        self.where = f"{self.settings.host}:{port}"
        self._speaking = asyncio.run_coroutine_threadsafe(self._speak(), self._loop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say that the field is unloaded, so that listeners keep it, and end."""
        self._speaking.cancel()
        self._do(self._close())
        self._end()

    @property
    def listeners(self) -> int:
        """How many listen."""
        return self._server.listeners

    def tell(self, sink: IcomSink) -> None:
        """Tell the records of one more sink, after those of all before it."""
        self._sinks.append(sink)

    def _do(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _speak(self) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                self._send()
                await asyncio.sleep(POLL_S)

    def _send(self) -> None:
        for sink in self._sinks:
            for record in sink.take():
                self._server.send(record)
                self._last = record

    async def _close(self) -> None:
        self._send()
        if self._last is not None:
            # A message is whole for the listener only when the next one comes.
            for _ in range(2):
                self._server.send(replace(self._last, field=None))
        await self._server.stop()


class IcomLink:
    """A stream as a `Device` of one run; it only speaks, so it posts nothing."""

    def __init__(self, name: str, stream: IcomStream) -> None:
        """Take a stream that is open."""
        self._name = name
        self._stream = stream

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self._name

    async def start(self, post: Post, now: Now) -> None:
        """Do nothing: the stream goes on from run to run."""

    async def stop(self) -> None:
        """Do nothing, as at the start."""

    def health(self) -> Health:
        """Return whether it is listened to as far as that is wanted."""
        stream, count = self._stream, self._stream.listeners
        if stream.settings.await_listener and not count:
            return Health(False, f"waits for a listener on {stream.where}")
        return Health(True, f"live on {stream.where}, {count} listening")
