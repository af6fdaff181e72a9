"""Prescribed fields: an RT Plan beam becomes a field, and a field a trajectory."""

from linacsim.planning.fields.planner import FieldPlan, plan_field
from linacsim.planning.fields.prescribe import Prescribed, prescribe

__all__ = ["FieldPlan", "Prescribed", "plan_field", "prescribe"]
