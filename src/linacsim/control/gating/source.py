"""A tracking source at work: samples in, gate decisions out."""

from collections.abc import Callable
from typing import Protocol

from linacsim.control.gating.gates import GateDecision, Gates
from linacsim.model.samples import MotionState, PositionSample, TargetMotion


class MotionModel(Protocol):
    """Whatever makes a motion state of each sample; handed in by the composition root."""

    def update(self, sample: PositionSample) -> MotionState:
        """Return the state after a sample."""
        ...


Targeting = Callable[[MotionState, PositionSample], TargetMotion]
"""Places the target after the motion model has seen a sample."""


class GatedSource:
    """Leads the samples of one source through its motion model to the gates."""

    def __init__(
        self,
        source: str,
        model: MotionModel,
        gates: Gates,
        targeting: Targeting | None = None,
    ) -> None:
        """Compose the chain; windows on the target need `targeting`."""
        self._source = source
        self._model = model
        self._gates = gates
        self._targeting = targeting
        self.state: MotionState | None = None
        """The newest state, for logs and displays; None before the first sample."""
        self.target: TargetMotion | None = None

    def receive(self, sample: PositionSample) -> GateDecision:
        """Take a sample at the time it was received."""
        self.state = state = self._model.update(sample)
        if self._targeting is not None:
            self.target = self._targeting(state, sample)
        return self._gates.update(self._source, state, sample.received_ns, self.target)
