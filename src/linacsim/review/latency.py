"""From an edge to the hold it causes, link by link.

Where motion is gated, the edge is that of the motion itself. Each closing of the gate during
delivery gives one chain:

    edge -> sample: until the device measured again
    sample -> host: transport, until the sample was in the host's hands
    host -> tick: until the control loop looked
    tick -> hold: what the machine description says of decision and linac; no part of the wire

What counts for real hardware is their sum up to the tick, `sensor to decision`.

Where a box raises a beam-hold line, the edge is the one that the box stamped:

    line to decision: transport, and until the control loop looked
    decision to hold: as above, of the machine
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from linacsim.model.arrays import Bytes8, Floats, Ints
from linacsim.model.messages import HoldLine, Samples
from linacsim.model.signals import Inputs, State
from linacsim.model.time import NS_PER_MS, TICK_NS
from linacsim.review.gate_truth import Spans

LINKS = ("edge to sample", "sample to host", "host to tick", "tick to hold")
SUM = "sensor to decision"
_TOLD = "edge to hold"
LINE_LINKS = ("line to decision", "decision to hold")
BINS = 12


@dataclass(frozen=True, slots=True)
class Link:
    """Times of one link of the chain, in ms."""

    name: str
    count: int
    median_ms: float
    p95_ms: float
    max_ms: float
    histogram: tuple[int, ...]
    """Counts in equal bins from 0 to `max_ms`."""


@dataclass(frozen=True, slots=True)
class LatencyFigures:
    """All links, the sum that hardware answers for, and the whole."""

    links: tuple[Link, ...]
    edges: int
    """Closings of the gate, or of a box's line, that were followed to the hold."""
    ended: State
    """What the run came to; only a complete one shows all its edges."""

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        links = [asdict(link) for link in self.links]
        return {"ended": self.ended.name, "edges": self.edges, "links": links}

    def link(self, name: str) -> Link:
        """Return a link by its name."""
        return next(link for link in self.links if link.name == name)


class Heard:
    """Takes the inputs of each tick and keeps when samples and lines changed and were looked at."""

    def __init__(self) -> None:
        """Start with none."""
        self._rows: list[tuple[int, int, int]] = []
        self._lines: list[tuple[int, int]] = []

    def record(self, tick: int, inputs: Inputs) -> None:
        """Take the inputs of a tick."""
        for message in inputs.messages:
            if isinstance(message, Samples):
                self._rows += [(s.measured_ns, s.received_ns, tick) for s in message.samples]
            elif isinstance(message, HoldLine) and message.hold:
                self._lines.append((message.time_ns, tick))

    def samples(self) -> Ints:
        """Return (n, 3): measured, received, tick at which the machine was told."""
        return np.array(self._rows, dtype=np.int64).reshape(-1, 3)

    def lines(self) -> Ints:
        """Return (n, 2): when a device asked for a hold, tick at which the machine was told."""
        return np.array(self._lines, dtype=np.int64).reshape(-1, 2)


def latency_figures(
    gate: Spans, samples: Ints, state: Bytes8, late_ns: Ints | None = None
) -> LatencyFigures:
    """Follow every closing of `gate` during delivery.

    `samples` are those of `Heard`; `late_ns` (n,) how late each tick began, None for a
    run without a clock, whose ticks begin on time.
    """
    begins = _begins(state, late_ns)
    chains = [
        chain
        for edge in gate.end.tolist()
        if (chain := _chain(edge, samples, state, begins)) is not None
    ]
    times = _times(chains, LINKS)
    links = _links(LINKS, times)
    links.append(_link(SUM, (times[:, 3] - times[:, 1]) / NS_PER_MS))
    links.append(_link(_TOLD, (times[:, 4] - times[:, 0]) / NS_PER_MS))
    return LatencyFigures(tuple(links), len(chains), State(int(state[-1])))


def line_figures(lines: Ints, state: Bytes8, late_ns: Ints | None = None) -> LatencyFigures:
    """Follow every request for a hold during delivery; `lines` are those of `Heard`."""
    begins = _begins(state, late_ns)
    chains = []
    for edge_ns, told in lines.tolist():
        tick = edge_ns // TICK_NS
        looked = max(told, -(-edge_ns // TICK_NS))
        held = _held_after(tick, state)
        if held is not None and looked < len(begins):
            chains.append((edge_ns, int(begins[looked]), int(begins[held])))
    times = _times(chains, LINE_LINKS)
    links = _links(LINE_LINKS, times)
    links.append(_link(_TOLD, (times[:, 2] - times[:, 0]) / NS_PER_MS))
    return LatencyFigures(tuple(links), len(chains), State(int(state[-1])))


def _begins(state: Bytes8, late_ns: Ints | None) -> Ints:
    """Return when each tick really began."""
    begins = np.arange(len(state), dtype=np.int64) * TICK_NS
    if late_ns is not None:
        begins[: len(late_ns)] += late_ns
    return begins


def _times(chains: Sequence[tuple[int, ...]], links: Sequence[str]) -> Floats:
    return np.array(chains, dtype=np.float64).reshape(-1, len(links) + 1)


def _links(names: Sequence[str], times: Floats) -> list[Link]:
    steps = np.diff(times, axis=1) / NS_PER_MS
    return [_link(name, steps[:, k]) for k, name in enumerate(names)]


def _held_after(tick: int, state: Bytes8) -> int | None:
    """Return the first tick of the hold; None where beam is not delivered then, or never held."""
    if tick >= len(state) or state[tick] != State.DELIVERING:
        return None
    held = np.flatnonzero(state[tick:] == State.HOLDING)
    return tick + int(held[0]) if len(held) else None


def _chain(
    edge_ns: int, samples: Ints, state: Bytes8, begins: Ints
) -> tuple[int, int, int, int, int] | None:
    """Return edge, measured, received, looked at, held; None for an edge outside delivery."""
    index = int(np.searchsorted(samples[:, 0], edge_ns))
    held = _held_after(edge_ns // TICK_NS, state)
    if index == len(samples) or held is None:
        return None
    measured_ns, received_ns, told = (int(value) for value in samples[index])
    # A sample known ahead, as in a headless run, is looked at in the first tick after it came.
    looked = max(told, -(-received_ns // TICK_NS))
    if looked >= len(begins):
        return None
    return edge_ns, measured_ns, received_ns, int(begins[looked]), int(begins[held])


def _link(name: str, values_ms: "np.ndarray[Any, Any]") -> Link:
    if not len(values_ms):
        return Link(name, 0, 0.0, 0.0, 0.0, ())
    most = float(values_ms.max())
    counts, _ = np.histogram(values_ms, bins=BINS, range=(0.0, max(most, 1e-6)))
    median, p95 = np.percentile(values_ms, (50, 95))
    return Link(name, len(values_ms), float(median), float(p95), most, tuple(counts.tolist()))


def bars(link: Link) -> str:
    """Return a histogram as one line of blocks."""
    if not link.histogram:
        return ""
    most = max(link.histogram)
    return "".join(_BLOCKS[round(count / most * (len(_BLOCKS) - 1))] for count in link.histogram)


_BLOCKS: Sequence[str] = " ▁▂▃▄▅▆▇█"
