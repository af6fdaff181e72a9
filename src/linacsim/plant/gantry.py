"""The gantry drive: a servo with delay and friction, measured on real machines.

Law and figures: research/log-formats.md 6.2. The servo runs once a tick on plain numbers, from
the command that was current when the tick began, later by the drive's own delay. A command that
jumps or stops dead is beyond the servo: the drive then chases it at its greatest acceleration
and hands back to the servo where it has caught up.
"""

import math
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.time import NS_PER_MS, TICK_NS
from linacsim.plant.pursuit import JUMP, TICK_S, Reach, chase

_COLUMN = Axis.GANTRY_RTN


_AT_REST = 1e-9
"""Speed in deg/s below which a gantry whose command stands has come to rest; where friction and
the servo's integral just balance, speed would otherwise fade without end."""


class Mode(IntEnum):
    """What the drive does."""

    SERVO = 0
    CHASE = 1
    BRAKE = 2


@dataclass(frozen=True, slots=True)
class GantryState:
    """End of a tick; degrees and seconds."""

    x: float
    history: tuple[float, ...]
    """Earlier commands, oldest first; as many as the servo looks back."""
    mode: Mode = Mode.SERVO
    v: float = 0.0
    integral: float = 0.0
    offset: float = 0.0
    """By how much the gantry is pushed from outside."""
    ticks_to_brake: int = 0
    brake_from: float = 0.0
    creep_to: float | None = None
    """Where the drive settles after braking; None while it has not stopped yet."""
    slow: float | None = None
    """Fraction of the commanded speed that a faulty drive reaches; None: no fault."""
    cruise: float = 0.0
    """Last speed commanded other than nought, kept while the drive is slow."""


class Gantry:
    """Advances a `GantryState`; holds constants only."""

    def __init__(self, machine: MachineSpec) -> None:
        """Take the drive's constants from the machine."""
        servo, axes = machine.gantry_servo, machine.axes
        self._servo = servo
        self._delay = round(servo.delay_ms * NS_PER_MS / TICK_NS)
        self._look_back = self._delay + 3
        self._max_accel = float(axes.max_accel[_COLUMN])
        self._top_speed = float(axes.max_speed[_COLUMN]) + servo.overspeed_deg_per_s
        self._brake_decel = axes.brake_decel[_COLUMN : _COLUMN + 1]
        self._jump = JUMP * self._max_accel * TICK_S * TICK_S
        self._stiction_deg = servo.friction_deg_per_s2 / servo.proportional_per_s2

    def start(self, command: float, off: float) -> GantryState:
        """Return the state at rest, held by friction a little off its command."""
        return GantryState(x=command + off, history=(command,) * self._look_back)

    def advance(
        self, state: GantryState, command: Floats, *, braking: bool
    ) -> tuple[GantryState, list[float], list[bool]]:
        """Return the state after n ticks, (n) positions and whether the gantry moves in each."""
        state = self._switched(state, float(command[0]), braking=braking)
        xs: list[float] = []
        moving: list[bool] = []
        while len(xs) < len(command):
            rest = command[len(xs) :]
            if state.mode is Mode.SERVO:
                state = self._serve(state, rest, xs, moving)
            elif state.mode is Mode.CHASE:
                state = self._chase(state, float(rest[0]))
                xs.append(state.x)
                moving.append(state.v != 0.0)
            else:
                state = self._brake(state, rest, xs, moving)
        return state, xs, moving

    def pushed(self, state: GantryState, by: float) -> GantryState:
        """Return the state displaced from outside and kept there."""
        settle = None if state.creep_to is None else state.creep_to + by
        return replace(
            state,
            x=state.x + by,
            offset=state.offset + by,
            brake_from=state.brake_from + by,
            creep_to=settle,
        )

    def let_go(self, state: GantryState, by: float) -> GantryState:
        """Return the state after a push ended: the drive takes the axis back."""
        mode = Mode.CHASE if state.mode is Mode.SERVO else state.mode
        return replace(state, offset=state.offset - by, mode=mode)

    def slowed(self, state: GantryState, fraction: float | None) -> GantryState:
        """Return the state with a drive that is slow from now on, or no longer."""
        mode = state.mode
        if mode is Mode.SERVO and fraction is not None:
            mode = Mode.CHASE
        return replace(state, slow=fraction, mode=mode, cruise=0.0)

    # Modes ---------------------------------------------------------------------------------

    def _switched(self, state: GantryState, command: float, *, braking: bool) -> GantryState:
        """Return the state with the mode that the drive command asks for."""
        if braking and state.mode is not Mode.BRAKE:
            return replace(
                state,
                mode=Mode.BRAKE,
                ticks_to_brake=self._delay,
                brake_from=state.x,
                creep_to=None if state.v else state.x,
            )
        if not braking and state.mode is Mode.BRAKE:
            near = abs(command + state.offset - state.x) <= self._stiction_deg
            if near and state.v == 0.0 and state.slow is None:
                history = (command,) * self._look_back
                return replace(state, mode=Mode.SERVO, history=history, integral=0.0)
            return replace(state, mode=Mode.CHASE)
        return state

    def _serve(
        self, state: GantryState, command: Floats, xs: list[float], moving: list[bool]
    ) -> GantryState:
        """Append ticks up to the next command that jumps."""
        back = self._look_back
        full = np.concatenate((state.history, command))
        step = full[1:] - full[:-1]
        bend = step[1:] - step[:-1]
        jumps = np.flatnonzero(np.abs(bend[back - 2 :]) > self._jump)
        n = int(jumps[0]) if len(jumps) else len(command)
        x, v, integral = state.x, state.v, state.integral
        if n and self._rests(state, full, n):
            xs.extend([x] * n)
            moving.extend([False] * n)
        elif n:
            x, v, integral = self._serve_ticks(state, full, step, bend, n, xs, moving)
        mode = Mode.CHASE if len(jumps) else Mode.SERVO
        history = tuple(float(e) for e in full[n : n + back])
        return replace(state, x=x, v=v, integral=integral, mode=mode, history=history)

    def _rests(self, state: GantryState, full: Floats, n: int) -> bool:
        """Return whether friction holds the gantry where it stands for n ticks."""
        still = state.v == 0.0 and state.integral == 0.0
        if not still or abs(full[0] + state.offset - state.x) > 0.9 * self._stiction_deg:
            return False
        return bool((full[: n + self._look_back] == full[0]).all())

    def _serve_ticks(
        self,
        state: GantryState,
        full: Floats,
        step: Floats,
        bend: Floats,
        n: int,
        xs: list[float],
        moving: list[bool],
    ) -> tuple[float, float, float]:
        """Append n ticks of the servo law; return position, speed and integral after them."""
        servo = self._servo
        kp, kd, ki = servo.proportional_per_s2, servo.derivative_per_s, servo.integral_per_s3
        friction, limit, top = (
            servo.friction_deg_per_s2,
            servo.accel_limit_deg_per_s2,
            self._top_speed,
        )
        goal = full[2 : 2 + n] + state.offset
        accel = np.clip(bend[:n] / (TICK_S * TICK_S), -self._max_accel, self._max_accel)
        speed = step[1 : 1 + n] / TICK_S
        pull = kp * goal + kd * speed + servo.feed_forward * accel
        x, v, integral = state.x, state.v, state.integral
        for u, target, goes in zip(
            pull.tolist(), goal.tolist(), (speed != 0.0).tolist(), strict=True
        ):
            drive = u - kp * x - kd * v + ki * integral
            if v > 0.0:
                drive -= friction
            elif v < 0.0:
                drive += friction
            elif drive > friction:
                drive -= friction
            elif drive < -friction:
                drive += friction
            else:
                integral = integral + (target - x) * TICK_S if goes else 0.0
                xs.append(x)
                moving.append(False)
                continue
            integral += (target - x) * TICK_S
            if drive > limit:
                drive = limit
            elif drive < -limit:
                drive = -limit
            faster = v + drive * TICK_S
            if faster * v < 0.0 or (not goes and abs(faster) < _AT_REST):
                faster = 0.0
            elif faster > top:
                faster = top
            elif faster < -top:
                faster = -top
            v = faster
            x += v * TICK_S
            xs.append(x)
            moving.append(v != 0.0)
        return x, v, integral

    def _chase(self, state: GantryState, command: float) -> GantryState:
        """Return the state one tick on; on the target the servo takes over."""
        speed = (command - state.history[-1]) / TICK_S
        cruise = abs(speed) if speed else state.cruise
        top = self._top_speed
        if state.slow is not None:
            top = min(top, state.slow * cruise)
        reach = Reach(self._brake_decel, np.array([[top]]))
        goal, pace = np.array([[command + state.offset]]), np.array([[speed]])
        x, v, arrived = chase(np.array([state.x]), np.array([state.v]), goal, pace, reach)
        history = (*state.history[1:], command)
        state = replace(state, x=float(x[0, 0]), v=float(v[0, 0]), cruise=cruise, history=history)
        if not arrived[0, 0] or state.slow is not None:
            return state
        line = [command - speed * TICK_S * back for back in range(self._look_back)]
        return replace(state, mode=Mode.SERVO, integral=0.0, history=tuple(reversed(line)))

    def _brake(
        self, state: GantryState, command: Floats, xs: list[float], moving: list[bool]
    ) -> GantryState:
        """Append all ticks: run on for the delay, stop, creep back, stand."""
        x, v, wait, settle = state.x, state.v, state.ticks_to_brake, state.creep_to
        creep = self._servo.creep_deg_per_s * TICK_S
        loss = float(self._brake_decel[0]) * TICK_S
        n = len(xs) + len(command)
        while len(xs) < n and x != settle:
            if settle is not None:
                x = max(x - creep, settle) if x > settle else min(x + creep, settle)
            elif wait:
                wait -= 1
                x += v * TICK_S
            else:
                slower = math.copysign(max(abs(v) - loss, 0.0), v)
                x, v = x + 0.5 * (v + slower) * TICK_S, slower
                if v == 0.0:
                    settle = x - self._servo.creep_back * (x - state.brake_from)
            xs.append(x)
            moving.append(x != settle)
        standing = n - len(xs)
        xs.extend([x] * standing)
        moving.extend([False] * standing)
        kept = np.concatenate((state.history, command))[-self._look_back :]
        return replace(
            state,
            x=x,
            v=v,
            ticks_to_brake=wait,
            creep_to=settle,
            history=tuple(float(e) for e in kept),
        )
