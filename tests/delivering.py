"""Beams delivered as `linacsim deliver` does it, with all frames kept, for system tests."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from linacsim.engines.operator import DefaultOperator
from linacsim.model.beam import Beam
from linacsim.model.signals import Frames, State
from linacsim.scenario.beam_file import BeamFile, open_beam
from linacsim.scenario.compose import Job, Outcome, room_as_planned, run_job
from linacsim.scenario.recorder import RecordOptions

TICK_S = 0.01


@dataclass
class Kept:
    """A sink that keeps the ticks in which the beam was being delivered."""

    blocks: list[Frames] = field(default_factory=list)

    def write(self, frames: Frames) -> None:
        if int(frames.state[0]) in (State.DELIVERING, State.HOLDING):
            self.blocks.append(frames)

    def close(self, *, truncated: bool = False) -> None:
        pass

    def column(self, name: str) -> np.ndarray:
        return np.concatenate([getattr(block, name) for block in self.blocks])


@dataclass
class Delivered:
    """A beam file, how its delivery ended, and the frames."""

    file: BeamFile
    outcome: Outcome
    frames: Kept

    def axis(self, name: str) -> int:
        """Return the column of an axis, a carriage or a leaf, such as `leaf A17`."""
        assert self.file.machine is not None
        layout = self.file.machine.layout
        return [layout.name(column) for column in range(layout.n_axes)].index(name)

    @property
    def span_s(self) -> float:
        """Time from the start of the first step of the beam to the end of its last."""
        steps = np.flatnonzero(np.diff(self.frames.column("cp")))
        return float(steps[-1] - steps[0] + 1) * TICK_S if len(steps) else 0.0


def delivered(path: Path, records: RecordOptions | None = None, seed: int = 1) -> Delivered:
    """Deliver a beam file on the shipped machine that has its MLC, its gates left out."""
    file = open_beam(path)
    assert file.deliverable, [str(finding) for finding in file.findings]
    assert file.beam is not None
    assert file.machine is not None
    assert file.plan is not None
    beam = ungated(file.beam)
    job = Job(
        machine=file.machine,
        beam=beam,
        trajectory=file.plan.trajectory,
        actors=(DefaultOperator(beam),),
        seed=seed,
        room=room_as_planned(beam),
    )
    kept = Kept()
    return Delivered(file, run_job(job, records, sinks=[kept]), kept)


def ungated(beam: Beam) -> Beam:
    """Return the beam without gates and beam-hold devices: nothing breathes here."""
    if beam.imaging is None:
        return beam
    imaging = replace(beam.imaging, gating=None, motion_management=None)
    return replace(beam, imaging=imaging, beam_hold_devices=())
