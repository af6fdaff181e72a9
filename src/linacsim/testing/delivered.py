"""What a test gets from a delivery."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from linacsim.engines.digest import COLUMNS
from linacsim.engines.keep import KeepFrames
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.time import TICK_NS, seconds
from linacsim.review.metrics import Metrics, measure
from linacsim.review.recording import of_frames
from linacsim.scenario.compose import Outcome


class Told(NamedTuple):
    """Something that the console told."""

    time_s: float
    """Since the machine was switched on."""
    kind: str
    """`state`, `interlock`, `refused`, ..."""
    text: str


class FrameColumns(Mapping[str, np.ndarray[Any, Any]]):
    """All frames of a run, a row each 10 ms: arrays by name, the tick as first axis.

    The names are those of a frame (`mu_actual`, `state`, `expected`, ...) and `time_s`, the time
    since the machine was switched on.
    """

    def __init__(self, kept: KeepFrames) -> None:
        """Take what a run left behind."""
        self._kept = kept
        self._columns: dict[str, np.ndarray[Any, Any]] = {}

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        """Return a column."""
        if name not in self._columns:
            if name == "time_s":
                self._columns[name] = self["tick"] * (TICK_NS / 1e9)
            elif name in COLUMNS:
                self._columns[name] = self._kept.column(name)
            else:
                raise KeyError(f"{name}: frames have {', '.join(self)}")
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(("time_s", *COLUMNS))

    def __len__(self) -> int:
        """Return how many columns there are."""
        return 1 + len(COLUMNS)


@dataclass(frozen=True)
class Delivered:
    """A delivery that was run to its end."""

    name: str
    beam: str
    machine: MachineSpec
    outcome: Outcome
    """All that `linacsim.scenario.compose.run_job` returns."""
    frames: FrameColumns
    misses: tuple[str, ...] = ()
    """Expectations of a scenario that were missed, one line each."""

    @property
    def state(self) -> str:
        """Final state, such as `COMPLETE`."""
        return self.outcome.result.state.name

    @property
    def mu(self) -> float:
        """MU of the dose monitor at the end."""
        return self.outcome.result.mu

    @property
    def total_time_s(self) -> float:
        """From beam-on to the end of delivery, holds and interruptions included."""
        return self.outcome.result.delivered_s

    @property
    def beam_on_time_s(self) -> float:
        """Time with beam."""
        return self.outcome.result.beam_on_s

    @property
    def holds(self) -> int:
        """How many times the beam was held and went on again."""
        return self.outcome.result.holds

    @property
    def interlocks(self) -> tuple[str, ...]:
        """Names of all interlocks that came up."""
        return self.outcome.result.interlocks

    @property
    def log(self) -> Path | None:
        """The trajectory log; None where no beam was started or no log was asked for."""
        return self.outcome.files.log

    @property
    def journal(self) -> Path | None:
        """The journal, from which `linacsim replay` runs it again."""
        return self.outcome.files.journal

    @property
    def digest(self) -> str:
        """Digest of all frames: equal ones mean the same delivery to the bit."""
        return self.outcome.digest.value()

    @cached_property
    def events(self) -> tuple[Told, ...]:
        """What the console told, in order."""
        events = self.outcome.result.events
        return tuple(Told(seconds(e.tick * TICK_NS), e.kind, e.text) for e in events)

    def expected(self, axis: str) -> Floats:
        """Return (n,) expected positions of an axis, such as `GantryRtn` or `leaf A17`."""
        return np.asarray(self.frames["expected"][:, self._column(axis)])

    def actual(self, axis: str) -> Floats:
        """Return (n,) actual positions of an axis, deg or cm, machine scale."""
        return np.asarray(self.frames["actual"][:, self._column(axis)])

    @cached_property
    def metrics(self) -> Metrics:
        """All that `linacsim log metrics` measures; InputError where no beam was started."""
        recording = of_frames(
            self.frames._kept.blocks,
            self.machine.layout,
            name=self.name,
            beam=self.beam,
            mlc_model=self.machine.mlc.model,
        )
        return measure(recording, self.machine)

    @property
    def control_point_s(self) -> dict[int, float]:
        """When each whole control point was reached, from the start of the first step on."""
        points = self.metrics.control_points
        return dict(zip(points.index, points.since_start_s, strict=True))

    def assert_met(self) -> None:
        """Fail with a line for each expectation of the scenario that was missed."""
        __tracebackhide__ = True
        if self.misses:
            raise AssertionError("\n".join(f"{self.name}: missed {miss}" for miss in self.misses))

    def _column(self, axis: str) -> int:
        layout = self.machine.layout
        names = [layout.name(column) for column in range(layout.n_axes)]
        if axis not in names:
            raise KeyError(f"{axis}: the machine has {', '.join(names)}")
        return names.index(axis)
