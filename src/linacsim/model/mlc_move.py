"""Leaves that move with their carriages, and where a leaf's body is while its tip is in view.

A leaf ends in an arc, so what casts its shadow is a point of the arc that changes with its place:
body = tip + K (sqrt(1 + (tip / 100 cm)^2) - 1), both at the isocentre plane. A carriage stands
where its most retracted leaf's body is, and bodies are what moves in proportion to carriages
(docs/explanation/time-law.md, "Carriages").
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats, Ints, readonly
from linacsim.model.pieces import Pieces

_SOURCE_CM = 100.0
"""From the source to the isocentre plane."""


def body_at(tip: Floats, bulge_cm: Floats | float) -> Floats:
    """Return where leaf bodies are whose tips show at `tip`; `bulge_cm` is K, 0 for a carriage."""
    return np.asarray(tip + bulge_cm * (np.sqrt(1.0 + (tip / _SOURCE_CM) ** 2) - 1.0))


def tip_at(body: Floats, bulge_cm: Floats | float) -> Floats:
    """Return where the tips show of leaves with their bodies at `body`."""
    k = np.asarray(bulge_cm) / _SOURCE_CM
    far = body / _SOURCE_CM + k
    tip = _SOURCE_CM * (far - k * np.sqrt(far**2 + 1.0 - k**2)) / (1.0 - k**2)
    return np.where(k > 0, tip, body)


def tip_per_body(tip: Floats, bulge_cm: Floats | float) -> Floats:
    """Return how fast the tip moves for each cm/s of its body."""
    y = tip / _SOURCE_CM
    return np.asarray(1.0 / (1.0 + bulge_cm / _SOURCE_CM * y / np.sqrt(1.0 + y**2)))


@dataclass(frozen=True, slots=True, eq=False)
class MlcMove:
    """k straight moves, each from rest to rest, on which m leaves and carriages keep proportion."""

    member: Ints
    """(m,) which of the leg's axes take part."""
    bulge_cm: Floats
    """(m,) K of leaves, 0 for carriages."""
    start: Floats
    """(m,) positions, of tips or carriages, at the start."""
    stop: Floats
    """(m,) positions at the end."""
    body: Floats
    """(k + 1, m) bodies at the ends of the moves."""
    share: Floats
    """(k + 1,) share of the whole at the ends of the moves."""
    pieces: Pieces
    duration_s: float
    limiting: int
    """Column of the axis that limits the longest move."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for array in (self.bulge_cm, self.start, self.stop, self.body, self.share):
            readonly(array)
        readonly(self.member)

    def evaluate(self, time_s: Floats) -> tuple[Floats, Floats]:
        """Return the share of the whole (n,) and positions (n, m) at times (n,)."""
        moves = len(self.body) - 1
        q = self.pieces.at(time_s, moves, self.duration_s)
        k = np.minimum(q.astype(np.int64), moves - 1)
        u = q - k
        body = self.body[k] + u[:, None] * (self.body[k + 1] - self.body[k])
        position = tip_at(body, self.bulge_cm)
        position[q <= 0.0] = self.start
        position[q >= moves] = self.stop
        return self.share[k] + u * (self.share[k + 1] - self.share[k]), position

    def top_speed(self) -> Floats:
        """Return (m,) the highest speed of each body, signed."""
        moves = len(self.body) - 1
        rate = np.diff(self.body, axis=0)
        rate *= self.pieces.top_speed(moves, self.duration_s)[:, None]
        return np.asarray(np.take_along_axis(rate, np.abs(rate).argmax(axis=0)[None], axis=0)[0])
