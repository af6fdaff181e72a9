"""States and alarms of the controller, in its own words and numbers."""

from enum import StrEnum

HARD_LIMIT, SOFT_LIMIT, ABORTED = 1, 2, 3
HOMING_ABORTED, HOMING_DOOR, STUCK_SWITCH, NO_SWITCH = 6, 7, 8, 9


class State(StrEnum):
    """States in the words of its reports."""

    IDLE = "Idle"
    RUN = "Run"
    HOLD = "Hold"
    JOG = "Jog"
    ALARM = "Alarm"
    DOOR = "Door"
    CHECK = "Check"
    HOME = "Home"
    SLEEP = "Sleep"
