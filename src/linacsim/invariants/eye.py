"""The eye as a sink of frames."""

import numpy as np

from linacsim.invariants.dose import DoseEye
from linacsim.invariants.leaves import LeafEye
from linacsim.invariants.line import Line
from linacsim.invariants.motion import MotionEye, MotionLimits
from linacsim.invariants.points import Points
from linacsim.invariants.violations import Tally, Violation
from linacsim.invariants.window import Window, join
from linacsim.machines.spec import MachineSpec
from linacsim.model.signals import Frames
from linacsim.model.time import TICK_NS, seconds

WINDOW_TICKS = 1000
"""Ticks judged at once; small blocks are gathered, for speed only: what is found is the same."""


class Invariants:
    """Judges the frames of one beam from its loading on.

    Without `points` only what needs no beam is judged. Findings do not depend on how the ticks
    are cut into blocks. Give each beam that is loaded an eye of its own.
    """

    def __init__(self, machine: MachineSpec, points: Points | None = None) -> None:
        """Take the limits of the machine and the control points of the beam."""
        max_speed = machine.axes.max_speed
        if points is not None and points.max_speed is not None:
            max_speed = np.fmin(max_speed, points.max_speed)
        line = None if points is None or len(points.mu) < 2 else Line(machine, points, max_speed)
        energy = points.energy if points else ""
        plan_mu = float(points.mu[-1]) if line and points else np.inf
        self._eyes = (
            DoseEye(machine, line, energy, plan_mu),
            MotionEye(machine, line, MotionLimits.of(machine, max_speed)),
            LeafEye(machine),
        )
        self._tally = Tally(machine.layout, lambda tick: seconds((tick + 1) * TICK_NS))
        self._waiting: list[Frames] = []
        self._waiting_ticks = 0
        self._past: Window | None = None

    def write(self, frames: Frames) -> None:
        """Take the next frames; they are judged at once or with those to come."""
        if not len(frames):
            return
        if self._waiting and not np.array_equal(self._waiting[0].frozen, frames.frozen):
            self._judge()
        self._waiting.append(frames)
        self._waiting_ticks += len(frames)
        if self._waiting_ticks >= WINDOW_TICKS:
            self._judge()

    def close(self, *, truncated: bool = False) -> None:  # noqa: ARG002  # a cut run is judged too
        """Judge what is still waiting."""
        self._judge()

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Everything found so far, in order of time; complete after `close`."""
        return self._tally.violations()

    def _judge(self) -> None:
        if not self._waiting:
            return
        window = join(self._past, self._waiting)
        for eye in self._eyes:
            eye.judge(window, self._tally)
        self._past = window.tail()
        self._waiting = []
        self._waiting_ticks = 0
