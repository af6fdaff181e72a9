"""What damage to logs is made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from linacsim.invariants import LogColumns, Rule
from linacsim.machines.spec import MachineSpec

AWAY = 8
"""Rows from the ends of a stretch at which a damage stays."""


@dataclass(frozen=True)
class Damaged:
    """A damaged log, the rules of which at least one must name it, its axis and first row."""

    log: LogColumns
    rules: frozenset[Rule]
    row: int | None
    """None: anywhere."""
    column: int | None = None
    """None: the beam, or several axes."""
    slack: int = 3
    """Rows by which it may be named earlier or later."""


Damage = Callable[[LogColumns, MachineSpec, np.random.Generator], Damaged | None]
DAMAGES: dict[str, Damage] = {}


def damage(function: Damage) -> Damage:
    DAMAGES[function.__name__] = function
    return function


def changed(log: LogColumns, **columns: np.ndarray) -> LogColumns:
    return replace(log, **columns)  # type: ignore[arg-type]


def beam_row(log: LogColumns, rng: np.random.Generator) -> int | None:
    """Return a row in which dose is given, well inside the beam."""
    rising = np.zeros(len(log), dtype=bool)
    rising[1:] = np.diff(log.mu_expected) > 1e-3
    return inside(rising & log.running, rng)


def inside(flags: np.ndarray, rng: np.random.Generator, away: int = AWAY) -> int | None:
    good = flags.copy()
    for shift in range(1, away + 1):
        good[shift:] &= flags[:-shift]
        good[:-shift] &= flags[shift:]
    good[:away], good[-away:] = False, False
    rows = np.flatnonzero(good)
    return int(rng.choice(rows)) if len(rows) else None


def moving(
    log: LogColumns,
    machine: MachineSpec,
    rng: np.random.Generator,
    share: float = 0.3,
    away: int = AWAY,
    axes: slice = slice(None),
) -> tuple[int, int] | None:
    """Return an axis and a row where it moves at a share of its limit at least, one way."""
    speed = np.zeros(log.expected.shape)
    speed[1:] = np.nan_to_num(np.diff(log.expected, axis=0)) / log.dt_s
    fast = np.abs(speed) > share * machine.axes.max_speed
    columns = np.flatnonzero(fast.any(axis=0))
    columns = columns[(columns >= (axes.start or 0)) & (columns < (axes.stop or 999))]
    for column in rng.permutation(columns).tolist():
        for way in (1, -1):
            row = inside(fast[:, column] & (np.sign(speed[:, column]) == way), rng, away)
            if row is not None and log.planned[row - away : row + away].all():
                return int(column), row
    return None


def put(values: np.ndarray, where: object, amount: object, *, add: bool = True) -> np.ndarray:
    out = values.copy()
    if add:
        out[where] += amount
    else:
        out[where] = amount
    return out


def rules(*names: Rule) -> frozenset[Rule]:
    return frozenset(names)
