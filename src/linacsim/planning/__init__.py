"""Planning: a beam becomes a trajectory or a list of findings, before beam-on."""

from linacsim.planning.limits import Limits, beam_limits, machine_limits
from linacsim.planning.planner import Plan, plan, plan_move, plan_points
from linacsim.planning.table import PlanTable

__all__ = [
    "Limits",
    "Plan",
    "PlanTable",
    "beam_limits",
    "machine_limits",
    "plan",
    "plan_move",
    "plan_points",
]
