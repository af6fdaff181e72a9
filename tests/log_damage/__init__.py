"""Ways in which a trajectory log can be wrong, each at a seeded place, and what must be named.

A damage takes a log, its machine and a generator, and returns the damaged log with what names it,
or None where the log has nothing that it could damage (no beam, nothing that moves).
"""

from tests.log_damage import axes, beam, rows
from tests.log_damage.tools import DAMAGES, Damaged

__all__ = ["DAMAGES", "Damaged", "axes", "beam", "rows"]
