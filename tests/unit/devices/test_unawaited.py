"""Calls in threads that nobody waits for; a test that waited for one would never end."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from linacsim.devices.unawaited import UnawaitedThreads, await_no_thread


async def _in_thread(call: object, *arguments: object) -> object:
    await_no_thread()
    return await asyncio.get_running_loop().run_in_executor(None, call, *arguments)


def test_what_a_call_returns_and_raises_is_told() -> None:
    assert asyncio.run(_in_thread(divmod, 7, 2)) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(_in_thread(divmod, 7, 0))


def test_a_loop_ends_though_a_call_goes_on() -> None:
    silent, over = threading.Event(), threading.Event()

    def connect() -> None:
        silent.wait()
        over.set()

    async def run() -> None:
        task = asyncio.create_task(_in_thread(connect))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(run())
    assert not over.is_set()
    silent.set()
    assert over.wait(60), "its thread is left alone, and ends"


def test_a_call_of_which_nobody_wants_to_know_any_more_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Later(threading.Thread):
        def start(self) -> None:
            threads.append(self)

    threads: list[Later] = []
    made: list[int] = []
    monkeypatch.setattr(threading, "Thread", Later)
    future: Future[None] = UnawaitedThreads().submit(made.append, 1)
    assert future.cancel()
    threads[0].run()
    assert not made
