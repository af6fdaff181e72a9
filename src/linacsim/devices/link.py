"""A driver on a serial port in an asyncio loop: opens, opens again with back-off, moves bytes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from linacsim.devices.device import Now, Post
from linacsim.devices.peer import Driver, Health, OrdersLine
from linacsim.devices.serial_port import PortError, SerialPort
from linacsim.model.messages import DeviceReport, Standing

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 5.0
GRACE_S = 0.2
"""How long a driver that is stopped may take to send its last words."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Where a device is."""

    url: str
    """Device name, `socket://host:port`, `rfc2217://host:port` or `loop://`."""
    baud: int = 115_200


class SerialLink:
    """A `Device`: a driver and the port it talks through."""

    def __init__(self, name: str, wire: Wire, driver: Driver) -> None:
        """Take the driver; nothing is opened before `start`."""
        self._name = name
        self._wire = wire
        self._driver = driver
        self._trouble = "not started"
        self._port: SerialPort | None = None
        self._gone: asyncio.Event = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._left = False
        self.retries = 0

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self._name

    @property
    def driver(self) -> Driver:
        """What talks through the port."""
        return self._driver

    async def start(self, post: Post, now: Now) -> None:
        """Begin to connect, and return at once."""
        self._post, self._now = post, now
        self._loop = asyncio.get_running_loop()
        self._trouble, self._left = "opening", False
        self._task = asyncio.create_task(self._keep_open())

    async def stop(self) -> None:
        """Let the driver say its last words, close the port, end the task."""
        if self._port is not None:
            self._driver.leave(self._now())
            self._pump()
            self._left = True
            await self._sent(self._port)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._close()

    def health(self) -> Health:
        """Return how the driver stands, or why its port is not open."""
        if self._trouble:
            tries = f" (try {self.retries + 1})" if self.retries else ""
            return Health(False, self._trouble + tries)
        return self._driver.health()

    async def _sent(self, port: SerialPort) -> None:
        until_s = self._loop.time() + GRACE_S
        while not port.idle and self._loop.time() < until_s:
            await asyncio.sleep(0.005)

    async def _keep_open(self) -> None:
        try:
            await self._retry()
        except Exception as error:
            # A defect of ours: the beam must not run on as if the device were there.
            self._trouble = f"internal error: {error!r}"
            self._post(DeviceReport(self._name, Standing.FAULT, self._trouble))
            raise

    async def _retry(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            self._gone.clear()
            try:
                await self._open()
            except PortError as error:
                self._trouble = str(error)
                self._driver.closed(self._now(), str(error))
                self._pump()
            else:
                retry_s = FIRST_RETRY_S
                await self._gone.wait()
                await self._close()
            self.retries += 1
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    async def _open(self) -> None:
        # Opening blocks for as long as a distant host takes to answer.
        self._port = await asyncio.to_thread(
            SerialPort, self._wire.url, self._wire.baud, self._now, self._received, self._lost
        )
        self._trouble = ""
        self._driver.opened(self._now())
        self._port.start()
        self._pump()

    async def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        port, self._port = self._port, None
        if port is not None:
            await asyncio.to_thread(port.close)

    # From the port's thread ----------------------------------------------------------------

    def _received(self, data: bytes, now_ns: int) -> None:
        self._loop.call_soon_threadsafe(self._take, data, now_ns)

    def _lost(self, reason: str) -> None:
        self._loop.call_soon_threadsafe(self._drop, reason)

    # In the loop ---------------------------------------------------------------------------

    def _take(self, data: bytes, now_ns: int) -> None:
        port = self._port
        self._driver.receive(data, now_ns)
        self._pump()
        if port is not None:
            port.consumed()

    def _drop(self, reason: str) -> None:
        if self._gone.is_set():
            return
        self._trouble = f"{self._wire.url} was lost: {reason}"
        self._driver.closed(self._now(), reason)
        self._pump()
        self._gone.set()

    def _wake(self) -> None:
        self._timer = None
        self._driver.wake(self._now())
        self._pump()

    def _send(self, port: SerialPort) -> None:
        if isinstance(self._driver, OrdersLine):
            for order in self._driver.orders():
                port.send(order)
        if data := self._driver.take():
            port.send(data)

    def _pump(self) -> None:
        """Pass on what the driver has to say to machine and device, and set its next alarm.

        Nothing comes after its last words, whatever is heard while they are on their way.
        """
        if self._left:
            return
        for message in self._driver.messages():
            self._post(message)
        if self._port is not None:
            self._send(self._port)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ns = self._driver.next_ns()
        if due_ns is not None:
            delay_s = max(0.0, (due_ns - self._now()) / 1e9)
            self._timer = self._loop.call_later(delay_s, self._wake)
