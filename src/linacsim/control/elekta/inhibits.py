"""What keeps a field from starting or going on, and what ends it for good."""

from typing import NamedTuple

from linacsim.control import interlocks as il
from linacsim.control.elekta.field_run import FieldRun
from linacsim.control.elekta.stages import FROZEN, RUNNING, Stage
from linacsim.model.elekta import LinacState
from linacsim.model.signals import Readings

ENDING = (il.DOSE_MODEL, il.MAX_RAD_TIME, il.DOSE_CHANNELS)
"""Interlocks that end a field for good: dose that does not follow, the backup timer, and dose
channels that do not agree."""

INTERRUPTED = (Stage.INTERRUPTED, Stage.INTERRUPTED_READY)


class Standing(NamedTuple):
    """How axes stand."""

    stands: bool
    """Nothing moves and no move is under way."""
    back: bool
    """Those of a paused field are where it stopped."""


def conditions(
    stage: Stage, run: FieldRun | None, axes: Standing, readings: Readings
) -> dict[str, str]:
    """Return the detail of each interlock that looks at axes, wedge and dose; empty: not met.

    Where axes stand matters only once they stand.
    """
    out = dict.fromkeys(il.FAULTS, "") | {il.ACCESSORY: ""}
    if run is not None and stage in FROZEN:
        out |= run.frozen_conditions(readings)
    if run is not None and stage in RUNNING:
        out |= run.running_conditions(readings)
        out[il.DOSE_CHANNELS] = run.channels_apart(readings)
        if stage.linac is run.phase.state is LinacState.RADIATION_ON:
            out[il.ACCESSORY] = run.wedge_missing(readings, wanted_in=run.wedge_in)
    elif run is not None and stage is Stage.PAUSE:
        out |= run.holding_conditions(back=axes.back)
    elif axes.stands:
        out |= dict.fromkeys((il.INITIAL_POSITION, il.AXIS_POSITION, il.AXIS_LAG), "")
        if run is not None and (stage is Stage.CONFIRMED or stage in INTERRUPTED):
            out |= run.start_conditions(readings)
            wanted_in = run.wedge_in_to_resume
            out[il.ACCESSORY] = run.wedge_missing(readings, wanted_in=wanted_in)
    return out


def merged(room: dict[str, str], axes: dict[str, str]) -> dict[str, str]:
    """Return both with the details of an interlock that has two causes joined."""
    both = {
        name: "; ".join(filter(None, (room[name], axes[name]))) for name in room if name in axes
    }
    return room | axes | both


def fault(run: FieldRun, panel: il.Panel, readings: Readings) -> str:
    """Return what ends a field for good; empty where nothing does."""
    up = il.names(panel.mask)
    told = [panel.text(name) for name in ENDING if name in up]
    return "; ".join(filter(None, (*told, run.backup_ended(readings))))
