"""What speaks against a sample, by what the camera says of tool and system."""

from linacsim.devices.ndi.replies import PortStatus, SystemStatus, ToolState
from linacsim.devices.sample import Mark

_FAILING = SystemStatus.HARDWARE_FAILURE | SystemStatus.DIAGNOSTIC


def marks_of(tool: ToolState, system: SystemStatus) -> Mark:
    """Return the marks of a tool seen by a system in this state."""
    marks = Mark.NONE
    if tool.pose is None:
        marks |= Mark.MISSING
    if tool.status & PortStatus.OUT_OF_VOLUME:
        marks |= Mark.OUT_OF_VOLUME
    if tool.status & (PortStatus.PARTLY_OUT | PortStatus.IR_INTERFERENCE):
        marks |= Mark.DEGRADED
    if system & _FAILING:
        marks |= Mark.SELF_TEST
    return marks
