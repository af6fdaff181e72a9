"""What operator actions are to the Elekta state table, and what its console does not have."""

from linacsim.control.elekta.stages import Happening
from linacsim.model.messages import Action

PRESSES = {
    Action.UNLOAD: Happening.UNLOAD,
    Action.PREPARE: Happening.CONFIRM,
    Action.PARTIAL_BEAM: Happening.PARTIAL,
    Action.GO_TO: Happening.SET_UP,
    Action.MOVE: Happening.MOVE,
    Action.MV_BEAM_ON: Happening.START,
    Action.BEAM_OFF: Happening.INTERRUPT_PRESSED,
    Action.TERMINATE: Happening.TERMINATE_PRESSED,
}

UNSUPPORTED = {
    Action.MV_READY_PRESS: "this console has no MV READY: start with MV BEAM ON",
    Action.MV_READY_RELEASE: "this console has no MV READY: start with MV BEAM ON",
    Action.KV_BEAM_ON: "a prescribed field has no kV radiation",
    Action.DRY_RUN: "dry runs are not supported",
    Action.APPROVE: "no gate of this console waits for approval",
}
