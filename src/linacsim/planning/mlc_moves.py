"""How leaves go where their carriages have to move as well (docs/explanation/time-law.md).

Measured at a field change of an automatic sequence: pairs that are nearly closed open first, then
leaves and carriages go together in proportion, then pairs that end nearly closed close. Bodies of
leaves keep proportion, not their tips, so that a leaf which is within reach of its carriage at
both ends is within reach all the way.
"""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.mlc_move import MlcMove, body_at, tip_per_body
from linacsim.planning.limits import Limits
from linacsim.planning.timing import time_moves

CARRIAGES = [int(Axis.CARRIAGE_A), int(Axis.CARRIAGE_B)]


def move_mlc(
    columns: Ints, start: Floats, stop: Floats, limits: Limits, machine: MachineSpec, tick_s: float
) -> MlcMove:
    """Return the move of the leaves and carriages among `columns` (d,).

    `start` and `stop` (n_axes,) differ in a carriage; NaN where the beam names no axis.
    """
    pairs = _moving_pairs(machine.layout, start, stop)
    tips = np.array([start, _opened(start, pairs, machine), _opened(stop, pairs, machine), stop])
    differ = (tips[1:] != tips[:-1])[:, CARRIAGES[0] :].any(axis=1)
    tips = tips[np.concatenate([[True], differ])]
    bulge = np.zeros(machine.layout.n_axes)
    bulge[machine.layout.leaves] = machine.mlc.tip_bulge_cm
    nominal_s, accel, limiting = _rates(tips, bulge, limits, machine.layout)
    pieces, duration_s = time_moves(1.0 / nominal_s, accel, tick_s)
    member = np.flatnonzero(
        (columns >= CARRIAGES[0]) & (tips[:, columns] != tips[0, columns]).any(axis=0)
    )
    moving = columns[member]
    share = np.concatenate([[0.0], np.cumsum(nominal_s)])
    return MlcMove(
        member=member,
        bulge_cm=bulge[moving],
        start=start[moving],
        stop=stop[moving],
        body=body_at(tips[:, moving], bulge[moving]),
        share=share / share[-1],
        pieces=pieces,
        duration_s=duration_s,
        limiting=limiting,
    )


def _moving_pairs(layout: AxisLayout, start: Floats, stop: Floats) -> Bools:
    moves = start != stop
    return np.asarray(moves[layout.bank_a] | moves[layout.bank_b])


def _opened(shape: Floats, pairs: Bools, machine: MachineSpec) -> Floats:
    """Return the shape with moving pairs (pairs,) opened to the gap that they travel with.

    Both leaves give half, as long as neither goes out past its carriage.
    """
    layout, bulge = machine.layout, machine.mlc.tip_bulge_cm
    out = shape.copy()
    first, second = out[layout.bank_a], out[layout.bank_b]
    wanted = np.where(pairs, np.maximum(machine.mlc.travel_gap_cm - (first + second), 0.0), 0.0)
    room_a, room_b = (
        np.maximum(shape[carriage] - body_at(tips, bulge), 0.0)
        for carriage, tips in zip(CARRIAGES, (first, second), strict=True)
    )
    by_b = np.minimum(wanted - np.minimum(0.5 * wanted, room_a), room_b)
    first += np.minimum(wanted - by_b, room_a)
    second += by_b
    return out


def _rates(
    tips: Floats, bulge: Floats, limits: Limits, layout: AxisLayout
) -> tuple[Floats, Floats, int]:
    """Return nominal times and accelerations (k,) of k moves, and what limits the longest.

    A leaf's limits hold for its body on its carriage, and for its tip in the room but for what
    its carriage gives it.
    """
    step = np.diff(body_at(tips, bulge), axis=0)
    way = np.abs(step)
    carried = np.zeros_like(way)
    carried[:, layout.bank_a] = step[:, CARRIAGES[:1]]
    carried[:, layout.bank_b] = step[:, CARRIAGES[1:]]
    on_carriage = np.abs(step - carried)
    shown = way * tip_per_body(np.minimum(tips[:-1], tips[1:]), bulge)
    time = np.maximum(on_carriage, shown - np.abs(carried)) / limits.speed
    with np.errstate(divide="ignore"):
        accel = limits.accel / np.maximum(on_carriage, shown)
    time[:, : CARRIAGES[0]] = np.nan
    nominal_s = np.nanmax(time, axis=1)
    limiting = int(np.nanargmax(time[nominal_s.argmax()]))
    return nominal_s, np.nanmin(accel[:, CARRIAGES[0] :], axis=1), limiting
