"""Deliver random gated beams; anything but an end with a name is a failure.

    python -m tools.fuzz_gating --ticks 1000000 --seed 1
    python -m tools.fuzz_gating --ticks 100000 --seed 1 --block 1

Each run draws a beam, breathing, gates, beam-hold lines with chatter, faults and presses from its
own seed. It must end complete, stopped by an interlock with a name, by the operator, or by the
no-progress limit; no invariant may be broken and dose must follow the lines. With --block its
first minute must be the same frames in blocks of so many ticks (docs/decisions/0001).
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence

import numpy as np

from linacsim.control.beam_gating import BeamGating
from linacsim.control.interlocks import TABLE
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.digest import FrameDigest
from linacsim.engines.feed import Feed, Feeder
from linacsim.engines.run import Limits, Run
from linacsim.invariants import HoldEye, Invariants, Points
from linacsim.invariants.holds import Edge
from linacsim.machine.gating import gating_of
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.interlocks import Effect
from linacsim.model.messages import Samples
from linacsim.model.signals import Frames, State
from linacsim.model.time import NS_PER_S, TICK_NS, to_ns
from tests.random_gating import SOURCE, Situation, random_situation

MACHINE = load_machine("truebeam-m120")
LIMIT_NS = 1200 * NS_PER_S
LEAST_GAIN = 0.01
"""Share of a beam's control points that a slow one must gain in half of the time limit."""
NO_PROGRESS_NS = 20 * NS_PER_S
COMPARED_NS = 60 * NS_PER_S
RUNS_PER_SEED = 1_000_000
STOPPING = {row.name for row in TABLE if row.effects & (Effect.INTERRUPT | Effect.TERMINATE)}
TOLD_TICKS = 1_000_000
"""How often the figures so far are printed."""


class Doses:
    """A sink that keeps what the eye on lines needs, and when the beam was prepared."""

    def __init__(self) -> None:
        """Start empty."""
        self.blocks: list[Frames] = []
        self.prepared_ns: int | None = None

    def write(self, frames: Frames) -> None:
        """Keep a block."""
        self.blocks.append(frames)
        prepared = np.flatnonzero(frames.state == State.PREPARED)
        if self.prepared_ns is None and len(prepared):
            self.prepared_ns = int(frames.tick[prepared[0]]) * TICK_NS

    def close(self, *, truncated: bool = False) -> None:
        """Nothing waits."""


def main() -> int:
    """Run the fuzzer; return 1 after the first failure."""
    arguments = _arguments()
    endings: Counter[str] = Counter()
    ticks, run, begin = 0, 0, time.monotonic()
    while ticks < arguments.ticks:
        seed = arguments.seed * RUNS_PER_SEED + run
        try:
            result, ending = deliver(random_situation(seed))
            if arguments.block:
                compare(random_situation(seed), arguments.block)
        except Exception:
            traceback.print_exc()
            print(f"failure: situation {seed}", file=sys.stderr)
            if not arguments.keep_going:
                return 1
            endings["FAILURE"] += 1
            run += 1
            continue
        endings[ending] += 1
        before, ticks = ticks, ticks + result.ticks
        run += 1
        if before // TOLD_TICKS != ticks // TOLD_TICKS:
            tell(run, ticks, time.monotonic() - begin, endings)
    tell(run, ticks, time.monotonic() - begin, endings)
    return 1 if endings["FAILURE"] else 0


def tell(runs: int, ticks: int, passed_s: float, endings: Counter[str]) -> None:
    """Print what was run so far and how it ended."""
    print(f"{runs} runs, {ticks} ticks in {passed_s:.0f} s, {ticks / passed_s:.0f} ticks/s")
    for ending, count in endings.most_common():
        print(f"{count:8}  {ending}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--ticks", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--block", type=int, default=0, help="also run in blocks of so many ticks")
    parser.add_argument("--keep-going", action="store_true", help="count failures and go on")
    return parser.parse_args()


def deliver(situation: Situation) -> tuple[RunResult, str]:
    """Run a situation; return how it ended. Raises AssertionError where it must not end so."""
    beam, doses = situation.beam, Doses()
    eye = Invariants(MACHINE, Points.of(beam))
    feeds = situation.feeds(MACHINE)
    result = run_batch(
        Linac(situation.on(MACHINE), seed=situation.seed),
        situation.agenda(),
        [doses, eye],
        feeds=feeds,
        limit_ns=LIMIT_NS,
        no_progress_ns=NO_PROGRESS_NS,
    )
    eye.close()
    found = [*map(str, eye.violations), *map(str, _against_lines(situation, feeds, doses))]
    if found:
        raise AssertionError("; ".join(found))
    if result.reached_limit:
        return result, slow(doses, len(beam.resolved_mu()))
    return result, ending_of(result)


def compare(situation: Situation, block: int) -> None:
    """Run the beginning in blocks of so many ticks too; AssertionError where frames differ."""
    whole, parts = digest(situation), digest(situation, block)
    if differing := [name for name, value in whole.items() if parts[name] != value]:
        raise AssertionError(f"not the same in blocks of {block} ticks: {', '.join(differing)}")


def digest(situation: Situation, block: int | None = None) -> dict[str, str]:
    """Return a digest per column of a situation's first minute, in blocks of that many ticks."""
    out, feeder = FrameDigest(), Feeder(situation.feeds(MACHINE))
    linac = Linac(situation.on(MACHINE), seed=situation.seed)
    limits = Limits(COMPARED_NS, NO_PROGRESS_NS)
    run = Run(linac, situation.agenda(), (out, feeder), (feeder,), limits)
    while run.step(block) is not None:
        pass
    return out.columns()


def slow(doses: Doses, points: int) -> str:
    """Return that a beam is slow, as one with a short window is; AssertionError if it is stuck.

    A beam that stands is ended by the no-progress limit; one that creeps must get somewhere.
    """
    furthest = np.array([float(frames.cp.max()) for frames in doses.blocks])
    ticks = np.array([int(frames.tick[-1]) for frames in doses.blocks])
    half = furthest[ticks <= ticks[-1] // 2].max(initial=0.0)
    gained = furthest.max() - half
    if gained < LEAST_GAIN * points:
        raise AssertionError(f"creeps: {gained:g} control points in half of the time limit")
    return "slow: still getting on at the time limit"


def ending_of(result: RunResult) -> str:
    """Return the name of an ending. Raises AssertionError for one that has none."""
    if result.state is State.COMPLETE:
        return "complete"
    if result.no_progress:
        return "no progress"
    said = [event for event in result.events if event.kind in ("interlock", "refused", "state")]
    stops = [event.text for event in said if event.kind == "interlock" and " up: " in event.text]
    last = next((event.text for event in reversed(said) if event.kind == "state"), "")
    if result.state is State.TERMINATED or "(interrupt)" in last:
        named = [name for text in stops if (name := text.partition(" up: ")[0]) in STOPPING]
        if named:
            return f"faulted: {named[-1]}"
    if "(BEAM OFF)" in last:
        return "stopped by the operator"
    refused = [
        event.text
        for event in said
        if event.kind == "refused" and not event.text.startswith("approve")
    ]
    if result.state in (State.PREPARED, State.LOADED, State.READY, State.INTERRUPTED) and refused:
        return f"start refused: {_names(refused[-1])}"
    raise AssertionError(f"ends {result.state.name} without a reason: {said[-5:]}")


def _names(refusal: str) -> str:
    parts = [part.strip() for part in refusal.partition(": ")[2].split("|")]
    return " ".join(part.partition(":")[0] for part in parts)


def _against_lines(situation: Situation, feeds: Sequence[Feed], doses: Doses) -> tuple[object, ...]:
    lines, motion_lines = situation.held_by()
    if situation.gate_is_known:
        lines.append(gate_edges(situation, feeds, doses))
    eye = HoldEye(MACHINE, situation.beam.energy, lines, motion_lines)
    for frames in doses.blocks:
        eye.write(frames)
    return eye.violations


def gate_edges(situation: Situation, feeds: Sequence[Feed], doses: Doses) -> list[Edge]:
    """Return the edges of the gate's line, worked out from the samples apart from the run.

    The feeds are those of the run: what they saw of couch and gantry, they remember.
    """
    begin_ns = doses.prepared_ns
    parts = gating_of(MACHINE, situation.beam, MACHINE.start)
    if parts is None or begin_ns is None:
        return []
    gating = BeamGating(parts, to_ns(MACHINE.supervision.gate_decision_s))
    end_ns = (int(doses.blocks[-1].tick[-1]) + 1) * TICK_NS
    edges: list[Edge] = [] if gating.allowed else [(begin_ns - NS_PER_S, True)]
    for feed in feeds:
        gating.take(Samples(SOURCE, tuple(feed.received(begin_ns, end_ns))))
    while (edge := gating.follow(end_ns)) is not None:
        edges.append((edge.time_ns, edge.hold))
    return edges


if __name__ == "__main__":
    sys.exit(main())
