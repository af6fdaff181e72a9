"""Which signals differ from a baseline, from when on, at which control points."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from linacsim.model.time import TICK_NS, seconds
from linacsim.regress.baseline import Delivery, Signals
from linacsim.regress.signature import unpacked

_MOST_PARTS = 3
"""That are told one by one."""
_DIGITS = 8
_NEVER = sys.maxsize


class Part(NamedTuple):
    """A stretch of a run."""

    from_tick: int
    to_tick: int
    """The first tick behind it."""
    from_cp: str
    """Fractional control point where it begins."""
    to_cp: str

    def __str__(self) -> str:
        """Return the times, and the control points in brackets."""
        span = self.from_cp if self.from_cp == self.to_cp else f"{self.from_cp} to {self.to_cp}"
        return f"{_time(self.from_tick)} to {_time(self.to_tick)} (control point {span})"


@dataclass(frozen=True, slots=True)
class SignalChange:
    """A column, or the axes of one, that differ."""

    what: str
    old: str
    new: str
    where: str
    parts: tuple[Part, ...] = ()
    """Of the baseline: where it differs, to the tick or to the window."""


def signal_changes(old: Signals, new: Signals) -> Iterator[SignalChange]:
    """Yield the columns of the frames that differ."""
    for name in dict.fromkeys((*old.digests, *new.digests)):
        before, now = old.digests.get(name, ""), new.digests.get(name, "")
        if before == now:
            continue
        if name == "tick":
            longer = f"{seconds((new.ticks - old.ticks) * TICK_NS):+g} s"
            yield SignalChange("ticks", str(old.ticks), str(new.ticks), longer)
        elif name in old.steps and name in new.steps:
            yield from _step(name, old, new)
        else:
            yield _windowed(name, old, new)


def axis_changes(old: Delivery, new: Delivery) -> Iterator[SignalChange]:
    """Yield which axes differ: in expected or actual positions, or in whether they move."""
    before, now = old.signals.axes, new.signals.axes
    for part, side in enumerate(("expected", "actual")):
        names = [n for n in before if n in now and before[n].split()[part] != now[n].split()[part]]
        if names:
            yield SignalChange(f"axes {side}", "", "", _together(names))
    for what, some, others in (
        ("axes that stand now", before, now),
        ("axes that move now", now, before),
    ):
        if names := [name for name in some if name not in others]:
            yield SignalChange(what, "", "", _together(names))


def _step(name: str, old: Signals, new: Signals) -> Iterator[SignalChange]:
    """Yield the first step that differs, to the tick; nothing where one run only lasts longer."""
    before, now = old.steps[name], new.steps[name]
    pairs = zip(before, now, strict=False)
    alike = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(before), len(now)))
    if alike == len(before) == len(now):
        return
    steps = [_tick_and_value(side, alike) for side in (before, now)]
    tick = min(tick for tick, _ in steps)
    standing = _tick_and_value(before, alike - 1)[1]
    texts = [value if at == tick else standing for at, value in steps]
    cp = _cp_at(old, tick)
    where = f"from {_time(tick)} (tick {tick}) on, control point {cp}"
    part = Part(tick, max(old.ticks, new.ticks), cp, _cp_at(old, old.ticks))
    yield SignalChange(f"signal {name}", texts[0], texts[1], where, (part,))


def _tick_and_value(steps: tuple[str, ...], index: int) -> tuple[int, str]:
    """Return a step; behind the last one a tick that never comes."""
    if not 0 <= index < len(steps):
        return _NEVER, ""
    tick, _, value = steps[index].partition(" ")
    return int(tick), value


def _windowed(name: str, old: Signals, new: Signals) -> SignalChange:
    digests = [side.digests.get(name, "")[:_DIGITS] for side in (old, new)]
    parts = tuple(_parts(name, old, new))
    return SignalChange(f"signal {name}", digests[0], digests[1], _where(parts), parts)


def _parts(name: str, old: Signals, new: Signals) -> Iterator[Part]:
    before, now = (unpacked(side.windows.get(name, ())) for side in (old, new))
    length, n = max(len(before), len(now)), old.window_ticks
    apart = [before[k : k + 1] != now[k : k + 1] for k in range(length)]
    for differs, group in groupby(range(length), key=apart.__getitem__):
        windows = list(group)
        if differs:
            start, end = windows[0] * n, (windows[-1] + 1) * n
            yield Part(start, end, _cp_at(old, start), _cp_at(old, end))


def _where(parts: tuple[Part, ...]) -> str:
    if not parts:
        return "somewhere: by chance no window shows it"
    told = ", ".join(map(str, parts[:_MOST_PARTS]))
    more = len(parts) - _MOST_PARTS
    return told if more <= 0 else f"{told} and {more} more, the last {parts[-1]}"


def _cp_at(signals: Signals, tick: int) -> str:
    """Return the control point at the start of the window of a tick; the last one at the end."""
    points = unpacked(signals.control_point)
    return points[min(tick // signals.window_ticks, len(points) - 1)]


def _time(tick: int) -> str:
    return f"{seconds(tick * TICK_NS):g} s"


def _together(names: list[str]) -> str:
    """Return `GantryRtn, leaf A3, leaf B1-B60`: leaves in a row by first and last."""
    out = []
    for leaves, group in groupby(names, key=lambda name: name.startswith("leaf ")):
        some = list(group)
        out += _leaf_runs([name.removeprefix("leaf ") for name in some]) if leaves else some
    return ", ".join(out)


def _leaf_runs(leaves: list[str]) -> list[str]:
    runs: list[list[str]] = []
    for leaf in leaves:
        if runs and _next(runs[-1][1]) == leaf:
            runs[-1][1] = leaf
        else:
            runs.append([leaf, leaf])
    return [f"leaf {a}" if a == b else f"leaf {a}-{b}" for a, b in runs]


def _next(leaf: str) -> str:
    return f"{leaf[0]}{int(leaf[1:]) + 1}"
