"""A job with motion, and how beam and motion went together."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from linacsim.review.gate_truth import Spans
from linacsim.review.gating import GatingFigures, gate_of, gating_figures
from linacsim.review.gating_plot import draw_gating
from linacsim.review.gating_record import GatingRecord
from linacsim.scenario.compose import Job
from linacsim.scenario.moving import Moving
from linacsim.scenario.told import Told
from linacsim.stubs.stages.carried import Carried


class Gated:
    """Keeps what it needs while the job runs; figures and picture are made when asked for."""

    def __init__(
        self,
        job: Job,
        moving: Moving,
        marker: Carried | None = None,
        told: Told | None = None,
        *,
        played: bool = False,
    ) -> None:
        """Start with an empty record, which is a sink of the run.

        `played` tells whether a stage plays the motion.

        What the sensor saw is the truth that beam is held to: a `marker` on a stage, where there
        is one; else what a device has `told` whose marker nobody emulates; else the motion itself.
        """
        self.record = GatingRecord()
        self.told = told
        self._job = job
        self._asked = moving
        self._marker = marker
        self._played = played or marker is not None
        self._moving = moving
        if marker is not None:
            self._moving = _on_stage(moving, marker)
        elif told is not None:
            self._moving = moving.as_told(told)

    @property
    def truth(self) -> str:
        """What the figures are held to, where that is not the motion of the scenario."""
        if self._marker is not None:
            return f"the marker on stage {self._marker.name}"
        return f"what {self.told.name} told, its own errors included" if self.told else ""

    @cached_property
    def gate(self) -> Spans | None:
        """When a gate without any delay would have allowed the beam."""
        return gate_of(self.record, self._job.machine, self._job.beam, self._moving.seen)

    @cached_property
    def figures(self) -> GatingFigures | None:
        """The figures; None where no beam was delivered."""
        return self._figures(self._moving, self.gate)

    @cached_property
    def figures_by_motion(self) -> GatingFigures | None:
        """The figures held to the motion that a stage was to play; None where none did, or where
        these are the figures in any case."""
        if not self._played or not self.truth:
            return None
        gate = gate_of(self.record, self._job.machine, self._job.beam, self._asked.seen)
        return self._figures(self._asked, gate)

    def draw(self, path: Path) -> Path | None:
        """Draw motion, gate and beam; None where no beam was delivered."""
        if self.figures is None:
            return None
        return draw_gating(self.record, self.gate, self._moving.target, path)

    def _figures(self, moving: Moving, gate: Spans | None) -> GatingFigures | None:
        trajectory = self._job.trajectory
        planned_s = trajectory.duration_s if trajectory else None
        return gating_figures(self.record, gate, moving.target, planned_s)


def _on_stage(moving: Moving, marker: Carried) -> Moving:
    """Return the same with what the stage did in place of what it was to do.

    A target that is related to the surrogate stays where the motion of the scenario has it.
    """
    target = marker if moving.target is moving.surrogate else moving.target
    return replace(moving, surrogate=marker, target=target)
