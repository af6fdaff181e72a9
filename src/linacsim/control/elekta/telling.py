"""What an Elekta field tells others: the lines that may hold it, and the frames of its ticks."""

import numpy as np

from linacsim.control.elekta.field_run import FieldRun
from linacsim.control.elekta.stages import FROZEN, Stage
from linacsim.control.holds import Progress
from linacsim.model.elekta import FieldFrames
from linacsim.model.signals import Readings


def progress(stage: Stage, run: FieldRun | None, readings: Readings, *, back: bool) -> Progress:
    """Return how the field stands to its plan; `back`: its axes are where it was paused."""
    delivery = run.delivery if run else None
    if delivery is None or stage not in FROZEN:
        return Progress(stands=True, needs_dose=False, may_go=False)
    paused = stage is Stage.PAUSE
    return Progress(
        stands=paused or delivery.ramped_down,
        needs_dose=delivery.waits_for_dose(float(readings.mu[-1])),
        may_go=paused and back,
    )


def field_frames(stage: Stage, run: FieldRun | None, readings: Readings, count: int) -> FieldFrames:
    """Return what is to be told of the first `count` ticks besides what all machines tell."""
    assert readings.wedge is not None
    assert readings.backup_mu is not None
    rate = run.dose_rate if run is not None and stage is Stage.RADIATION_ON else 0.0
    return FieldFrames(
        state=np.full(count, stage.linac, dtype=np.uint8),
        wedge=readings.wedge[:count],
        backup_mu=readings.backup_mu[:count],
        dose_rate=np.full(count, rate),
    )
