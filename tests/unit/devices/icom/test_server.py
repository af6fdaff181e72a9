"""The server: one counter for all, nothing lost for who comes again, a reset at the end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from linacsim.devices.icom import server as serving
from linacsim.devices.icom.message import COUNTER_AT, DATE_AT
from linacsim.devices.icom.server import IcomServer
from linacsim.model.findings import InputError
from tests.icom_records import record

WHEN = datetime(2026, 5, 4, 9, 30, 1)
STAMP = b"2026-05-0409:30:01"


def counters(data: bytes) -> list[int]:
    """Return the counters of the messages in a stream."""
    parts = data.split(STAMP)[1:]
    return [part[COUNTER_AT - DATE_AT - len(STAMP)] for part in parts]


def run(test: Callable[[IcomServer, int], Awaitable[None]]) -> None:
    async def with_server() -> None:
        server = IcomServer(lambda: WHEN)
        port = await server.start("127.0.0.1", 0)
        try:
            await asyncio.wait_for(test(server, port), 20)
        finally:
            await server.stop()

    asyncio.run(with_server())


async def listening(server: IcomServer, count: int) -> None:
    while server.listeners != count:
        await asyncio.sleep(0.001)


async def read_messages(reader: asyncio.StreamReader, count: int) -> bytes:
    data = b""
    while data.count(STAMP) < count or len(data) < data.rfind(STAMP) + 2000:
        part = await reader.read(65_536)
        assert part, "the stream ended"
        data += part
    return data


def test_all_listeners_are_told_the_same() -> None:
    async def test(server: IcomServer, port: int) -> None:
        first, first_writer = await asyncio.open_connection("127.0.0.1", port)
        await listening(server, 1)
        server.send(record())
        second, second_writer = await asyncio.open_connection("127.0.0.1", port)
        await listening(server, 2)
        server.send(record())
        assert counters(await read_messages(first, 2)) == [0, 1]
        assert counters(await read_messages(second, 1)) == [1]
        first_writer.close()
        second_writer.close()

    run(test)


def test_the_counter_goes_round() -> None:
    async def test(server: IcomServer, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await listening(server, 1)
        for _ in range(258):
            server.send(record())
        assert counters(await read_messages(reader, 258)) == [*range(256), 0, 1]
        writer.close()

    run(test)


def test_who_comes_again_goes_on_where_it_was() -> None:
    async def test(server: IcomServer, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await listening(server, 1)
        server.send(record())
        assert counters(await read_messages(reader, 1)) == [0]
        writer.close()
        await listening(server, 0)
        server.send(record())
        server.send(record())
        again, writer = await asyncio.open_connection("127.0.0.1", port)
        await listening(server, 1)
        server.send(record())
        assert counters(await read_messages(again, 3)) == [1, 2, 3]
        writer.close()

    run(test)


def test_a_listener_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_UNSENT_BYTES", 10_000)

    async def test(server: IcomServer, port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        await listening(server, 1)
        for _ in range(20_000):
            server.send(record())
            if not server.listeners:
                break
            await asyncio.sleep(0)
        assert server.listeners == 0
        writer.close()

    run(test)


def test_the_end_is_a_reset_after_all_was_sent() -> None:
    async def test(server: IcomServer, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await listening(server, 1)
        for _ in range(50):
            server.send(record())
        await server.stop()
        assert counters(await read_messages(reader, 50)) == list(range(50))
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    run(test)


def test_a_taken_port_is_told_in_one_line() -> None:
    async def test(server: IcomServer, port: int) -> None:
        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1:{port}: "):
            await IcomServer().start("127.0.0.1", port)

    run(test)
