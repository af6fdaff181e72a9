"""From a sample in the room to a motion state and a target: the chain of one tracking source."""

import math
from typing import Protocol

from linacsim.model.findings import InputError
from linacsim.model.motion import BasicMotionModel, GatingMotionModel, PlugIn
from linacsim.model.motion import MotionModel as ModelRecord
from linacsim.model.samples import MotionState, PositionSample, TargetMotion
from linacsim.motion.basic_model import BasicModel
from linacsim.motion.gating_model import GatingModel
from linacsim.motion.model_system import Couch, PinnedSystem
from linacsim.motion.placements import Transform
from linacsim.motion.surrogates import BasicSurrogate, Surrogate

_UNKNOWN = (math.nan, math.nan, math.nan)


class MotionModel(Protocol):
    """What makes a motion state of each sample."""

    def update(self, sample: PositionSample) -> MotionState:
        """Return the state after a sample."""
        ...


def motion_model(record: ModelRecord | None, horizon_s: float = 0.0) -> MotionModel:
    """Return the motion model of a tracking source; None is the basic one.

    Raises:
        InputError: the direction of amplitude is nil, or it is a plug-in.
    """
    if isinstance(record, PlugIn):
        raise InputError(f"motion plug-in {record.name} cannot run here; use Basic or Gating")
    if isinstance(record, GatingMotionModel):
        return GatingModel(record.amplitude_direction_model, horizon_s)
    assert record is None or isinstance(record, BasicMotionModel)
    return BasicModel()


def model_of_filter(name: str) -> MotionModel:
    """Return the motion model that a 1.x gating filter works on (manual, "Gating")."""
    return BasicModel() if name == "PassThrough" else GatingModel()


class Observer:
    """Maps samples of one source into the model system, follows them and places the target.

    A sample is seen with the couch where the sample says, so that couch motion is not taken for
    motion of the target (manual, "The Model system").
    """

    def __init__(
        self,
        model: MotionModel,
        system: PinnedSystem,
        surrogate: Surrogate | None = None,
    ) -> None:
        """Compose the chain.

        Samples that do not say where the couch was are seen where `system` is pinned.
        """
        self._model = model
        self._system = system
        self._surrogate = surrogate or BasicSurrogate()

    def update(self, sample: PositionSample) -> MotionState:
        """Return the motion state after a sample given in the fixed room system."""
        system = self._system_at(sample)
        x, y, z = system.inward((sample.x_cm, sample.y_cm, sample.z_cm))
        return self._model.update(
            PositionSample(sample.measured_ns, sample.received_ns, x, y, z, sample.valid)
        )

    def target(self, state: MotionState, sample: PositionSample) -> TargetMotion:
        """Return where the target is after `update` gave this state for this sample.

        Angles are taken as those of the target against the couch that carries it, small enough to
        turn like a vector from one system to the other.
        """
        system = self._system_at(sample)
        seen = (sample.angle_x_deg, sample.angle_y_deg, sample.angle_z_deg)
        if not state.valid:
            return TargetMotion(state.measured_ns, _UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN)
        target = self._surrogate.target_cm(state, system)
        return TargetMotion(
            state.measured_ns, system.outward(target), target, seen, system.turned_back(seen)
        )

    def _system_at(self, sample: PositionSample) -> Transform:
        """Return where the model system lay in the room when a sample was measured."""
        couch = sample.couch
        return self._system.at(self._system.pinned if couch is None else Couch(*couch))
