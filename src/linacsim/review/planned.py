"""A plan as a recording: what would be logged if everything were where it is expected."""

import numpy as np

from linacsim.formats.trajectory_log import beam_records
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.beam import Beam
from linacsim.model.legs import LegKind
from linacsim.model.signals import BeamHold
from linacsim.model.time import TICK_NS
from linacsim.model.trajectory import Trajectory
from linacsim.review.recording import Recording


def of_trajectory(trajectory: Trajectory, beam: Beam, *, name: str) -> Recording:
    """Return a trajectory sampled every tick, from its start to its end.

    Axes that the beam does not name are NaN, and so are carriages, which no beam names.
    """
    time_ns = np.arange(trajectory.duration_ns // TICK_NS + 1) * TICK_NS
    sample = trajectory.sample(time_ns)
    position = sample.position
    position[:, ~trajectory.planned] = np.nan
    position[:, Axis.CARRIAGE_A : FIRST_LEAF] = np.nan
    with_beam = np.array([leg.kind is LegKind.BEAM for leg in trajectory.legs])[sample.leg]
    hold = np.where(with_beam, float(BeamHold.NORMAL), float(BeamHold.HOLD))
    return Recording(
        name=name,
        beam=beam.name,
        mlc_model=beam.mlc_model,
        emulated=True,
        interval_ns=TICK_NS,
        layout=beam.layout,
        expected=position,
        actual=position,
        mu_expected=sample.mu,
        mu_actual=sample.mu,
        hold_expected=hold,
        hold_actual=hold,
        cp=sample.s,
        planned=True,
        subbeams=beam_records(beam),
    )
