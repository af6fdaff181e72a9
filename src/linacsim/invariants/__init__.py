"""The independent eye (architecture, rule 7): judges frames knowing nothing of control or plant.

`Invariants` is a sink for the frames of a run; `HoldEye` is one that is also given the edges of
beam-hold lines; `judge_log` takes the columns of a trajectory log of a real machine. What is
judged, and how strictly, is in docs/reference/invariants.md.
"""

from linacsim.invariants.eye import Invariants
from linacsim.invariants.holds import HoldEye
from linacsim.invariants.log_columns import LogColumns
from linacsim.invariants.logs import judge_log
from linacsim.invariants.points import Points
from linacsim.invariants.violations import Rule, Violation

__all__ = ["HoldEye", "Invariants", "LogColumns", "Points", "Rule", "Violation", "judge_log"]
