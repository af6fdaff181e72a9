"""The replay engine: runs a journal's inputs again and compares the frames bit by bit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from linacsim.engines.digest import FrameDigest
from linacsim.engines.journal import Journal
from linacsim.machine.linac import Linac
from linacsim.model.joints import FrameSink
from linacsim.model.signals import NO_INPUTS, Inputs


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay found."""

    ticks: int
    identical: bool | None
    """None where the journal was cut off, so that there is nothing to compare with."""
    differing: tuple[str, ...]
    """Columns of the frames that differ."""
    digest: str


def replay(
    journal: Journal, sinks: Sequence[FrameSink] = (), *, block: int = 1 << 30
) -> ReplayResult:
    """Run the journal again, at most `block` ticks at a time; sinks get the frames."""
    linac = Linac(journal.machine, seed=journal.seed, rights=journal.rights)
    digest = FrameDigest()
    edges = sorted({0, *journal.inputs, journal.ticks})
    for start, stop in pairwise(edges):
        inputs = Inputs(journal.inputs.get(start, ()))
        while (tick := linac.supervisor.tick) < stop:
            frames = linac.run(inputs, min(stop - tick, block))
            inputs = NO_INPUTS
            digest.write(frames)
            for sink in sinks:
                sink.write(frames)
    columns = digest.columns()
    differing = tuple(name for name in columns if journal.columns.get(name) != columns[name])
    if journal.digest is None:
        return ReplayResult(digest.ticks, None, (), digest.value())
    return ReplayResult(digest.ticks, digest.value() == journal.digest, differing, digest.value())
