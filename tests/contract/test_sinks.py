"""What every sink of frames keeps to (Protocol `FrameSink`)."""

import contextlib
import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.digest import FrameDigest
from linacsim.engines.journal import JournalWriter
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.trajectory_log import LogHeader, LogWriteError, TrajectoryLogWriter, read_log
from linacsim.invariants import Invariants, Points
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.interlocks import Right
from linacsim.model.joints import FrameSink
from linacsim.model.signals import Frames
from tests.beams import make_beam
from tests.frames import part
from tests.keep import Keep

MACHINE = load_machine("truebeam-m120")
BEAM = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"Mu": 4, "GantryRtn": 176.0}, {"Mu": 12})
HEADER = LogHeader(
    plan_name="Plan",
    plan_uid="1.2.3",
    beam_name="Arc",
    beam_number=1,
    original_mu=12.0,
    energy="6x",
    mlc_model=2,
    subbeams=(),
)


@dataclass(frozen=True)
class Kind:
    """One implementation: how it is made in a folder, and what comes of it once closed."""

    make: Callable[[Path], FrameSink]
    product: Callable[[FrameSink, Path], object]


def log_product(_: FrameSink, folder: Path) -> object:
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


SINKS = {
    "TrajectoryLogWriter": Kind(
        lambda folder: TrajectoryLogWriter(folder / "a.bin", MACHINE.layout, HEADER, sync=False),
        log_product,
    ),
    "FrameDigest": Kind(
        lambda folder: FrameDigest(),
        lambda sink, folder: sink.columns(),  # type: ignore[attr-defined]
    ),
    "JournalWriter": Kind(
        lambda folder: JournalWriter(folder / "a.journal", MACHINE, 1, Right.BASIC), log_product
    ),
    "Invariants": Kind(
        lambda folder: Invariants(MACHINE, Points.of(BEAM)),
        lambda sink, folder: sink.violations,  # type: ignore[attr-defined]
    ),
}


@pytest.fixture(params=SINKS.values(), ids=SINKS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param  # type: ignore[no-any-return]


@cache
def spoiled() -> Frames:
    """Return the frames of a real delivery, with faults in them so that an eye sees something."""
    keep, agenda = Keep(), Agenda()
    agenda.start(DefaultOperator(BEAM))
    run_batch(Linac(MACHINE, seed=1), agenda, [keep])
    whole = replace(
        keep.blocks[0],
        events=(),
        **{
            f.name: keep.column(f.name)
            for f in fields(Frames)
            if f.name not in ("frozen", "events", "field")
        },
    )
    whole.actual[350:360, Axis.COUCH_LNG] += 300.0
    whole.mu_actual[400:] += 1.0
    for f in fields(Frames):
        if f.name not in ("events", "field"):
            getattr(whole, f.name).flags.writeable = False
    return whole


def blocks(cuts: list[int]) -> Iterator[Frames]:
    whole = spoiled()
    edges = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    for start, stop in itertools.pairwise(edges):
        yield part(whole, start, stop)


def product(kind: Kind, folder: Path, cuts: list[int], *, truncated: bool = False) -> object:
    folder.mkdir()
    sink = kind.make(folder)
    for block in blocks(cuts):
        sink.write(block)
    sink.close(truncated=truncated)
    return kind.product(sink, folder)


def test_there_is_something_to_see(kind: Kind, tmp_path: Path) -> None:
    assert product(kind, tmp_path / "a", [])


def test_single_ticks_make_what_one_block_makes(kind: Kind, tmp_path: Path) -> None:
    every = list(range(1, len(spoiled())))
    assert product(kind, tmp_path / "a", every) == product(kind, tmp_path / "b", [])


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cuts=st.lists(st.integers(0, 510), max_size=15))
def test_blocks_of_any_length_make_the_same_even_empty_ones(
    cuts: list[int], kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    assert product(kind, folder / "a", cuts) == product(kind, folder / "b", [])


def test_the_same_frames_make_the_same_again(kind: Kind, tmp_path: Path) -> None:
    assert product(kind, tmp_path / "a", [500]) == product(kind, tmp_path / "b", [500])


def test_closing_without_frames_is_no_crash(kind: Kind, tmp_path: Path) -> None:
    kind.make(tmp_path).close()


def test_closing_twice_spoils_nothing(kind: Kind, tmp_path: Path) -> None:
    sink = kind.make(tmp_path)
    sink.write(spoiled())
    sink.close()
    before = kind.product(sink, tmp_path)
    with contextlib.suppress(LogWriteError, ValueError):
        sink.close()
    assert kind.product(sink, tmp_path) == before


def test_a_run_cut_off_is_recorded_as_far_as_it_went(kind: Kind, tmp_path: Path) -> None:
    whole, cut = (product(kind, tmp_path / str(flag), [], truncated=flag) for flag in (False, True))
    if kind in (SINKS["FrameDigest"], SINKS["Invariants"]):
        assert whole == cut
    else:
        assert whole != cut


def test_the_log_and_the_journal_say_that_the_run_was_cut_off(tmp_path: Path) -> None:
    for flag in (False, True):
        folder = tmp_path / str(flag)
        folder.mkdir()
        for name in ("TrajectoryLogWriter", "JournalWriter"):
            sink = SINKS[name].make(folder)
            sink.write(spoiled())
            sink.close(truncated=flag)
        assert read_log(folder / "a.bin").header.truncated is flag
        end = (folder / "a.journal").read_text(encoding="utf-8").splitlines()[-1]
        assert json.loads(end.partition(" ")[2])["truncated"] is flag


def test_memory_does_not_grow_with_length(kind: Kind, tmp_path: Path) -> None:
    """A run of twice the length needs no more memory at once."""
    whole, sink = spoiled(), kind.make(tmp_path)
    running = part(whole, 310, 374)

    def peak(first: int, count: int) -> int:
        tracemalloc.reset_peak()
        for k in range(first, first + count):
            tick = np.arange(k * 64, k * 64 + 64)
            sink.write(replace(running, tick=tick, actual=running.actual.copy()))
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        early, late = peak(0, 60), peak(60, 120)
    finally:
        tracemalloc.stop()
    # 120 blocks of copied positions alone would be 8 MB more.
    assert late - early < 500_000
    sink.close()
