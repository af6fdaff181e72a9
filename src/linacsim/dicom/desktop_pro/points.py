"""The control points of a beam in arrays, with what was stated kept apart from what holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.data import Data
from linacsim.model.arrays import Bools, Floats
from linacsim.model.beam import carried_forward
from linacsim.model.rotations import unrolled
from linacsim.model.rt_plan import Rotation

ANGLES = {"gantry": tags.GANTRY, "collimator": tags.COLLIMATOR, "couch": tags.COUCH}
TABLE = {
    "eccentric": tags.ECCENTRIC,
    "vertical": tags.VERTICAL,
    "longitudinal": tags.LONGITUDINAL,
    "lateral": tags.LATERAL,
}
_SCALARS = {**ANGLES, **TABLE, "weight": tags.WEIGHT, "energy": tags.ENERGY}
_TURNS = {"gantry": tags.GANTRY_TURN, "collimator": tags.COLLIMATOR_TURN, "couch": tags.COUCH_TURN}
_DIRECTIONS = frozenset(Rotation)


@dataclass(frozen=True)
class Points:
    """n control points."""

    items: list[Data]
    stated: Mapping[str, Floats]
    """(n,) numbers by name; NaN where a point is silent."""
    turns: Mapping[str, tuple[Rotation, ...]]
    """(n,) rotation directions in force by name; NONE until one is stated."""
    wedge: list[str]
    """(n,) wedge position as stated, empty where a point is silent."""
    devices: list[dict[str, list[float]]]
    """(n,) positions in mm by device type as stated."""

    def __len__(self) -> int:
        """Return the number of control points."""
        return len(self.items)

    @cached_property
    def values(self) -> Mapping[str, Floats]:
        """(n,) numbers by name, carried forward."""
        return {
            name: carried_forward(column[:, None])[:, 0] if len(self) else column
            for name, column in self.stated.items()
        }

    @cached_property
    def positions(self) -> Mapping[str, Floats]:
        """(n, 2 pairs) positions in mm by device type, carried forward; NaN until first stated.

        Entries whose number of values differs from the first of their type are left out.
        """
        widths: dict[str, int] = {}
        for row in self.devices:
            for kind, values in row.items():
                widths.setdefault(kind, len(values))
        out = {kind: np.full((len(self), width), np.nan) for kind, width in widths.items()}
        for k, row in enumerate(self.devices):
            for kind, values in row.items():
                if len(values) == widths[kind]:
                    out[kind][k] = values
        return {kind: carried_forward(column) for kind, column in out.items()}

    @cached_property
    def dosed(self) -> Bools:
        """(n - 1,) whether weight rises in each segment."""
        return np.asarray(np.diff(np.nan_to_num(self.values["weight"])) > 0)

    def travel(self, angle: str) -> Floats:
        """Return (n - 1,) degrees turned in each segment, signed: up is towards larger angles."""
        values, said = np.nan_to_num(self.values[angle]), ~np.isnan(self.stated[angle])
        clockwise = 1 if angle == "gantry" else -1
        return np.diff(unrolled(values, said, self.dosed, self.turns[angle], clockwise))

    def changes(self, kinds: tuple[str, ...] | None = None) -> Bools:
        """Return (n - 1,) whether leaves or jaws move in each segment; by default any does."""
        moved = np.zeros(max(len(self) - 1, 0), dtype=bool)
        for kind, column in self.positions.items():
            if kinds is None or kind in kinds:
                steps = np.nan_to_num(np.abs(np.diff(column, axis=0)))
                moved |= (steps > 0).any(axis=1)
        return moved

    @cached_property
    def wedges(self) -> list[str]:
        """(n,) wedge position in force; empty until one is stated."""
        out, now = [], ""
        for stated in self.wedge:
            now = stated or now
            out.append(now)
        return out


def read_points(beam: Data) -> Points:
    """Return the control points of a beam item."""
    items = beam.items(tags.POINTS)
    stated = {name: np.full(len(items), np.nan) for name in _SCALARS}
    turns: dict[str, list[Rotation]] = {name: [] for name in _TURNS}
    now = dict.fromkeys(_TURNS, Rotation.NONE)
    for k, item in enumerate(items):
        for name, tag in _SCALARS.items():
            value = item.number(tag)
            stated[name][k] = np.nan if value is None else value
        for name, tag in _TURNS.items():
            word = item.text(tag)
            now[name] = Rotation(word) if word in _DIRECTIONS else now[name]
            turns[name].append(now[name])
    return Points(
        items,
        stated,
        {name: tuple(column) for name, column in turns.items()},
        [_wedge(item) for item in items],
        [
            {entry.text(tags.DEVICE): entry.numbers(tags.POSITIONS) for entry in positions}
            for positions in (item.items(tags.POSITION_SEQUENCE) for item in items)
        ],
    )


def _wedge(item: Data) -> str:
    entries = item.items(tags.WEDGE_POSITIONS)
    return entries[0].text(tags.WEDGE_POSITION) if entries else ""
