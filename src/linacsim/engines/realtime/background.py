"""Sinks and the record of inputs in a thread of their own, so that no disk holds up a tick.

The queue is bounded by policy, not by dropping: a disk that does not keep up first stops the beam,
then the run (design/hil.md HIL-4). What was handed over is always written.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from linacsim.engines.digest import COLUMNS
from linacsim.engines.run import Record
from linacsim.model.elekta import joined
from linacsim.model.findings import InputError
from linacsim.model.joints import FrameSink
from linacsim.model.messages import DeviceReport, Standing
from linacsim.model.signals import Frames, Inputs

NAME = "writer"
PAUSE_S = 0.2
"""Work is done in lumps, which costs less than doing it tick by tick."""
STOP_BEAM_TICKS = 500
END_RUN_TICKS = 3000


class Background:
    """A frame sink that lets a thread do the writing."""

    def __init__(self, sinks: Sequence[FrameSink], record: Record | None) -> None:
        """Start the thread."""
        self._sinks = tuple(sinks)
        self._record = record
        self._waiting: deque[Frames | tuple[int, Inputs]] = deque()
        self._error: BaseException | None = None
        self._end = threading.Event()
        self._full = False
        self._thread = threading.Thread(target=self._work, name=NAME, daemon=True)
        self._thread.start()

    def record(self, tick: int, inputs: Inputs) -> None:
        """Take the inputs of a tick."""
        self._waiting.append((tick, inputs))

    def write(self, frames: Frames) -> None:
        """Take frames. Raises what writing raised, and InputError if it fell far behind."""
        if self._error is not None:
            raise self._error
        if len(self._waiting) > END_RUN_TICKS:
            raise InputError(
                f"the disk does not keep up: {len(self._waiting)} ticks wait to be written; "
                "write to a faster one"
            )
        self._waiting.append(frames)

    def report(self) -> DeviceReport | None:
        """Return what the machine must be told when writing falls behind or has caught up."""
        full = len(self._waiting) > STOP_BEAM_TICKS
        if full == self._full:
            return None
        self._full = full
        if full:
            return DeviceReport(
                NAME, Standing.FAULT, f"{len(self._waiting)} ticks wait for the disk"
            )
        return DeviceReport(NAME, Standing.GOOD)

    def close(self, *, truncated: bool = False) -> None:  # noqa: ARG002  (the sinks' own affair)
        """Write what is left and end the thread; the sinks stay open.

        Raises what writing raised.
        """
        self._end.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            while not self._end.wait(PAUSE_S):
                self._write_waiting()
            self._write_waiting()
        except BaseException as error:  # told to the loop, which raises it
            self._error = error

    def _write_waiting(self) -> None:
        blocks: list[Frames] = []
        for _ in range(len(self._waiting)):
            item = self._waiting.popleft()
            if isinstance(item, Frames):
                blocks.append(item)
            elif self._record is not None:
                self._record(*item)
        for block in _joined(blocks):
            for sink in self._sinks:
                sink.write(block)


def _joined(blocks: Sequence[Frames]) -> list[Frames]:
    """Return the same ticks in fewer blocks: a block has one set of frozen axes and one state."""
    out: list[Frames] = []
    start = 0
    for k in range(1, len(blocks) + 1):
        if k == len(blocks) or not _alike(blocks[start], blocks[k]):
            out.append(_join(blocks[start:k]))
            start = k
    return out


def _alike(one: Frames, other: Frames) -> bool:
    same = one.state[0] == other.state[0] and one.interlocks[0] == other.interlocks[0]
    return bool(same) and np.array_equal(one.frozen, other.frozen)


def _join(blocks: Sequence[Frames]) -> Frames:
    columns = {name: np.concatenate([getattr(b, name) for b in blocks]) for name in COLUMNS}
    events = tuple(event for block in blocks for event in block.events)
    told = [block.field for block in blocks if block.field is not None]
    return replace(blocks[0], events=events, field=joined(told), **columns)
