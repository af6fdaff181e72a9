"""The rule table: every clause of Tables 5 to 17 and Notes I to XVII that a plan can break.

In the order in which they are looked at; the first error is the answer. Errors come before
warnings, and warnings that lose something before those that only change it.
"""

from linacsim.dicom.desktop_pro.rules import (
    accessories,
    beams,
    control_points,
    delivery,
    devices,
    fractions,
    plan_level,
    warnings,
)
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule

TABLE: tuple[Rule, ...] = (
    *plan_level.RULES,
    *fractions.RULES,
    *beams.RULES,
    *accessories.RULES,
    *devices.RULES,
    *control_points.RULES,
    *delivery.RULES,
    *warnings.RULES,
)

__all__ = ["TABLE", "Fault", "Rule"]
