"""A job with motion, and how beam and motion went together."""

from functools import cached_property
from pathlib import Path

from linacsim.review.gate_truth import Spans
from linacsim.review.gating import GatingFigures, gate_of, gating_figures
from linacsim.review.gating_plot import draw_gating
from linacsim.review.gating_record import GatingRecord
from linacsim.scenario.compose import Job
from linacsim.scenario.moving import Moving


class Gated:
    """Keeps what it needs while the job runs; figures and picture are made when asked for."""

    def __init__(self, job: Job, moving: Moving) -> None:
        """Start with an empty record, which is a sink of the run."""
        self.record = GatingRecord()
        self._job = job
        self._moving = moving

    @cached_property
    def gate(self) -> Spans | None:
        """When a gate without any delay would have allowed the beam."""
        return gate_of(self.record, self._job.machine, self._job.beam, self._moving.seen)

    @cached_property
    def figures(self) -> GatingFigures | None:
        """The figures; None where no beam was delivered."""
        trajectory = self._job.trajectory
        planned_s = trajectory.duration_s if trajectory else None
        return gating_figures(self.record, self.gate, self._moving.target, planned_s)

    def draw(self, path: Path) -> Path | None:
        """Draw motion, gate and beam; None where no beam was delivered."""
        if self.figures is None:
            return None
        return draw_gating(self.record, self.gate, self._moving.target, path)
