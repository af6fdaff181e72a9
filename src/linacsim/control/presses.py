"""What operator actions are to the state table, and what Developer Mode does not have."""

from linacsim.control.states import Happening
from linacsim.model.messages import Action

PRESSES = {
    Action.UNLOAD: Happening.UNLOAD,
    Action.PREPARE: Happening.PREPARE,
    Action.GO_TO: Happening.GO_TO,
    Action.MOVE: Happening.MOVE,
    Action.MV_READY_PRESS: Happening.MV_READY_PRESS,
    Action.MV_READY_RELEASE: Happening.MV_READY_RELEASE,
    Action.MV_BEAM_ON: Happening.MV_BEAM_ON,
    Action.KV_BEAM_ON: Happening.KV_BEAM_ON,
    Action.BEAM_OFF: Happening.BEAM_OFF,
}

UNSUPPORTED = {
    Action.PARTIAL_BEAM: "partial beams are not supported in Developer Mode",
    Action.DRY_RUN: "dry runs are not supported in Developer Mode",
    Action.TERMINATE: "press BEAM OFF; a beam ends for good when another is loaded",
}
"""Manual, "Limitations"; the last is of other machines."""


STARTS = (Happening.MV_READY_PRESS, Happening.MV_BEAM_ON, Happening.KV_BEAM_ON)
"""Buttons that interlocks may block."""
