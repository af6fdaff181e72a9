"""When a sensor measures and sends, and how wrong it is: rows of numbered samples.

Rows are drawn in blocks from a generator whose counter is the block's number, so that any block can
be had without the ones before it.
"""

from bisect import bisect_right
from collections import OrderedDict
from typing import NamedTuple

import numpy as np

from linacsim.model.arrays import Ints
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.presets import SensorSpec

BLOCK = 256
_KEPT_BLOCKS = 8
_MOST_DEVIATIONS = 4.0
"""Jitter beyond so many standard deviations is cut off, so that it has an end."""
_MOST_CLOCK_SHARE = 0.45
"""Moments of measuring stay this share of a period around their due time, hence in order."""


class Block(NamedTuple):
    """Consecutive samples, as lists: single numbers are taken from them."""

    measured_ns: list[int]
    received_ns: list[int]
    seen: list[bool]
    noise_cm: list[list[float]]
    angle_noise_deg: list[list[float]]


class SensorRows:
    """Rows of one sensor."""

    def __init__(self, spec: SensorSpec, seed: int) -> None:
        """All chance comes from `seed`."""
        self._spec = spec
        self._seed = seed
        self._period_ns = NS_PER_S / spec.rate_hz
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        spread_ns = 2 * _MOST_DEVIATIONS * spec.latency_jitter_ms * NS_PER_MS
        reach = int(np.ceil((spread_ns + self._period_ns) / self._period_ns)) + 1
        self._reach_blocks = -(-reach // BLOCK)
        """Blocks back whose samples may still be in the way of a later one."""

    def block(self, number: int) -> Block:
        """Return a block, 0 or later."""
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = self._make(number)
            if len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return block

    def received_by(self, time_ns: int) -> int:
        """Return the number of the newest sample received at or before a time, -1 for none."""
        if time_ns < 0:
            return -1
        number = int(time_ns / self._period_ns + _MOST_CLOCK_SHARE) // BLOCK
        while number >= 0:
            count = bisect_right(self.block(number).received_ns, time_ns)
            if count:
                return number * BLOCK + count - 1
            number -= 1
        return -1

    def measured_by(self, time_ns: int) -> int:
        """Return the number of the newest sample measured at or before a time, -1 for none."""
        if time_ns < 0:
            return -1
        number = int(time_ns / self._period_ns + _MOST_CLOCK_SHARE) // BLOCK
        count = bisect_right(self.block(number).measured_ns, time_ns)
        return number * BLOCK + count - 1

    def received_ns(self, sample: int) -> int:
        """Return when a sample is received."""
        number, row = divmod(sample, BLOCK)
        return self.block(number).received_ns[row]

    def _make(self, number: int) -> Block:
        first = max(number - self._reach_blocks, 0)
        times = [self._times(index) for index in range(first, number + 1)]
        received = np.maximum.accumulate(np.concatenate([arrived for _, arrived in times]))
        rng = self._rng(number, 1)
        noise = rng.standard_normal((BLOCK, 3)) * self._spec.noise_cm
        seen = rng.random(BLOCK) >= self._spec.loss_share
        turns = self._rng(number, 2).standard_normal((BLOCK, 3)) * (self._spec.angle_noise_deg or 0)
        measured = times[-1][0]
        return Block(
            measured.tolist(),
            received[-BLOCK:].tolist(),
            seen.tolist(),
            noise.tolist(),
            turns.tolist(),
        )

    def _times(self, number: int) -> tuple[Ints, Ints]:
        """Return when the samples of a block are measured, and received were none in the way."""
        draws = self._rng(number, 0).standard_normal((2, BLOCK))
        draws = np.clip(draws, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)
        most = _MOST_CLOCK_SHARE * self._period_ns
        clock = np.clip(draws[0] * self._spec.clock_jitter_ms * NS_PER_MS, -most, most)
        due = (number * BLOCK + np.arange(BLOCK)) * self._period_ns
        measured = np.rint(np.maximum(due + clock, 0.0)).astype(np.int64)
        late = self._spec.latency_ms + draws[1] * self._spec.latency_jitter_ms
        return measured, measured + np.rint(np.maximum(late, 0.0) * NS_PER_MS).astype(np.int64)

    def _rng(self, number: int, purpose: int) -> np.random.Generator:
        counter = np.array([0, 0, purpose, number], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=self._seed, counter=counter))
