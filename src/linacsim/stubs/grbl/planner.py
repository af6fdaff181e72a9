"""The planner: blocks in a queue, run one into the other as fast as their corners allow.

Each block is a straight line with a trapezoid of speed. As in the firmware, the speed at a corner
is limited by junction deviation, and looked at backwards from the last block, which ends at rest.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from linacsim.model.time import NS_PER_S
from linacsim.stubs.stages.history import History, Place

CAPACITY = 15
_NIL = 1e-9


@dataclass(slots=True)
class Block:
    """One straight move."""

    start: Place
    unit: Place
    length_mm: float
    speed: float
    """mm/s"""
    acceleration: float
    """mm/s²"""
    is_jog: bool
    then: Callable[[], None] | None = None
    """What happens at its end."""
    corner: float = 0.0
    """Highest speed at its start."""
    entry: float = 0.0
    """Planned speed at its start."""


@dataclass(slots=True)
class _Phase:
    start_ns: int
    end_ns: int
    s: float
    """Distance along the block at the start."""
    v: float
    a: float
    v_end: float
    s_end: float


@dataclass(slots=True)
class Planner:
    """Moves a gantry along blocks; asked and told in order of time."""

    place: Place
    """Where it is while at rest, and where the last block ends otherwise."""
    junction_mm: float = 0.01
    history: History = field(init=False)
    blocks: deque[Block] = field(default_factory=deque, init=False)
    holding: bool = field(default=False, init=False)
    """Slowing down, or stopped with blocks left."""
    _phase: _Phase | None = field(default=None, init=False)
    _now_ns: int = field(default=0, init=False)
    _s: float = field(default=0.0, init=False)
    _v: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Start at rest."""
        self.history = History(self.place)

    @property
    def full(self) -> bool:
        """Whether no block can be taken."""
        return len(self.blocks) >= CAPACITY

    @property
    def moving(self) -> bool:
        """Whether it moves now."""
        return self._phase is not None

    def next_ns(self) -> int | None:
        """Return when the phase it is in ends."""
        return self._phase.end_ns if self._phase else None

    def add(self, now_ns: int, block: Block) -> None:
        """Take a block that begins where the last ends."""
        block.corner = self._corner(self.blocks[-1], block) if self.blocks else 0.0
        self.blocks.append(block)
        ends = zip(block.start, block.unit, strict=True)
        self.place = tuple(at + direction * block.length_mm for at, direction in ends)
        self._replan(now_ns)

    def hold(self, now_ns: int) -> None:
        """Slow down to rest, along the blocks."""
        self.holding = True
        self._replan(now_ns)

    def resume(self, now_ns: int) -> None:
        """Go on after a hold."""
        self.holding = False
        self._replan(now_ns)

    def stop_dead(self, now_ns: int) -> Place:
        """Stop at once and forget all blocks, as a reset does; return where."""
        self.advance(now_ns)
        self._cut(now_ns)
        place = self._here()
        self._rest(now_ns, place)
        return place

    def forget(self, now_ns: int) -> None:
        """Drop the blocks that a hold has left; only at rest."""
        self._rest(now_ns, self._here())

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        while self._phase is not None and self._phase.end_ns <= now_ns:
            phase = self._phase
            self._now_ns, self._s, self._v = phase.end_ns, phase.s_end, phase.v_end
            self._phase = None
            self._end_block()
            self._begin_phase()
        self._now_ns = max(self._now_ns, now_ns)

    # Planning ------------------------------------------------------------------------------

    def _corner(self, before: Block, after: Block) -> float:
        cosine = -sum(a * b for a, b in zip(before.unit, after.unit, strict=True))
        slowest = min(before.speed, after.speed)
        if cosine < -1.0 + 1e-6:
            return slowest
        if cosine > 1.0 - 1e-6:
            return 0.0
        half = math.sqrt(0.5 * (1.0 - cosine))
        acceleration = min(before.acceleration, after.acceleration)
        return min(slowest, math.sqrt(acceleration * self.junction_mm * half / (1.0 - half)))

    def _replan(self, now_ns: int) -> None:
        self.advance(now_ns)
        self._cut(now_ns)
        leave = 0.0
        for block in reversed(self.blocks):
            reach = math.sqrt(leave * leave + 2 * block.acceleration * block.length_mm)
            block.entry = leave = min(block.corner, reach)
        self._begin_phase()

    def _cut(self, now_ns: int) -> None:
        """End the phase it is in now."""
        phase = self._phase
        self._now_ns = max(self._now_ns, now_ns)
        if phase is None:
            return
        t = (self._now_ns - phase.start_ns) / NS_PER_S
        self._s = min(phase.s_end, phase.s + phase.v * t + phase.a * t * t / 2)
        self._v = max(0.0, phase.v + phase.a * t)
        self._phase = None

    def _end_block(self) -> None:
        block = self.blocks[0]
        if self._s < block.length_mm - _NIL:
            return
        self.blocks.popleft()
        self._s = 0.0
        if not self.blocks:
            self._rest(self._now_ns, self.place)
        if block.then is not None:
            block.then()

    def _rest(self, now_ns: int, place: Place) -> None:
        self.blocks.clear()
        self._phase = None
        self._s = self._v = 0.0
        self.place = place
        nil = (0.0,) * len(place)
        self.history.begin(now_ns, place, nil, nil)

    def _here(self) -> Place:
        if not self.blocks:
            return self.place
        block = self.blocks[0]
        return tuple(at + d * self._s for at, d in zip(block.start, block.unit, strict=True))

    # Running -------------------------------------------------------------------------------

    def _begin_phase(self) -> None:
        if not self.blocks or self._phase is not None:
            return
        block = self.blocks[0]
        left = block.length_mm - self._s
        a, v_end = self._slowing(block, left) if self.holding else self._running(block, left)
        v = self._v
        if self.holding and v <= _NIL:
            here, nil = self._here(), (0.0,) * len(self.place)
            self._v = 0.0
            self.history.begin(self._now_ns, here, nil, nil)
            return
        if a == 0.0:
            leave = self.blocks[1].entry if len(self.blocks) > 1 else 0.0
            brake = max(0.0, (v * v - leave * leave) / (2 * block.acceleration))
            way = max(0.0, left - brake)
            seconds = way / v
        else:
            seconds = (v_end - v) / a
            way = (v + v_end) / 2 * seconds
        s_end = block.length_mm if way >= left - _NIL else self._s + way
        end_ns = self._now_ns + max(1, round(seconds * NS_PER_S))
        self._phase = _Phase(self._now_ns, end_ns, self._s, v, a, v_end, s_end)
        speed = tuple(d * v for d in block.unit)
        self.history.begin(self._now_ns, self._here(), speed, tuple(d * a for d in block.unit))

    def _running(self, block: Block, left: float) -> tuple[float, float]:
        """Return acceleration and final speed of the next phase."""
        v, a = self._v, block.acceleration
        leave = self.blocks[1].entry if len(self.blocks) > 1 else 0.0
        if v > block.speed + _NIL:
            return -a, max(block.speed, math.sqrt(max(0.0, v * v - 2 * a * left)))
        peak = math.sqrt((2 * a * left + v * v + leave * leave) / 2)
        top = min(block.speed, peak, math.sqrt(v * v + 2 * a * left))
        if top > v + _NIL:
            return a, top
        if (v * v - leave * leave) / (2 * a) < left - _NIL and v > _NIL:
            return 0.0, v
        return -a, min(v, max(leave, math.sqrt(max(0.0, v * v - 2 * a * left))))

    def _slowing(self, block: Block, left: float) -> tuple[float, float]:
        v, a = self._v, block.acceleration
        return -a, math.sqrt(max(0.0, v * v - 2 * a * left))
