"""What an Elekta field tells others: the lines that may hold it, and the frames of its ticks."""

import numpy as np

from linacsim.control.elekta.field_run import FieldRun
from linacsim.control.elekta.stages import FROZEN, Stage
from linacsim.control.holds import Progress
from linacsim.model.arrays import Floats
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


def field_frames(stage: Stage, run: FieldRun | None, cp: Floats, readings: Readings) -> FieldFrames:
    """Return what is to be told of n ticks at fractional control points `cp` (n,)."""
    assert readings.wedge is not None
    assert readings.backup_mu is not None
    n = len(cp)
    lit = run is not None and stage is Stage.RADIATION_ON
    return FieldFrames(
        state=np.full(n, stage.linac, dtype=np.uint8),
        wedge=readings.wedge[:n],
        backup_mu=readings.backup_mu[:n],
        dose_rate=run.dose_rates(cp) if run is not None and lit else np.zeros(n),
    )
