"""Where the MLC carriages stand, and where a sequence of shapes must be split (TB-14).

Measured rule (docs/explanation/time-law.md): a carriage stands where its most retracted leaf is,
allowing for the rounded leaf end; if both carriages together are then too close, both go out by
the same way.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import MachineSpec, MlcGeometry
from linacsim.model.arrays import Floats, Ints, readonly

_ROUNDING_CM = 1e-6


@dataclass(frozen=True, slots=True)
class Carriages:
    """Carriage positions of g stretches of control points."""

    first: Ints
    """(g,) control point at which each stretch begins; the first is 0."""
    position: Floats
    """(g, 2) carriage A, carriage B."""
    impossible: Ints
    """Segments whose own two shapes need more than the leaf span; empty where all is well."""


def place_carriages(leaves: Floats, machine: MachineSpec, open_up_cm: float = 0.0) -> Carriages:
    """Return the carriages for leaf positions (n, 2 * pairs), with the fewest splits."""
    bank = leaves.reshape(len(leaves), 2, -1)
    high, low = bank.max(axis=2), bank.min(axis=2)
    span = machine.mlc.leaf_span_cm + _ROUNDING_CM
    n = len(leaves)
    first, position, impossible = [0], [], []
    start = 0
    while True:
        top = np.maximum.accumulate(high[start:], axis=0)
        bottom = np.minimum.accumulate(low[start:], axis=0)
        wide = np.flatnonzero(((top - bottom) > span).any(axis=1))
        end = n if len(wide) == 0 else start + int(wide[0])
        last = max(end - 1 - start, 0)
        position.append(_stand(machine.mlc, top[last], bottom[last]) + open_up_cm)
        if end >= n:
            break
        if end - 1 <= start:
            impossible.append(end - 1)
            start += 1
        else:
            start = end - 1
            first.append(start)
    return Carriages(
        readonly(np.array(first, dtype=np.int64)),
        readonly(np.array(position[: len(first)])),
        readonly(np.array(impossible, dtype=np.int64)),
    )


def _stand(mlc: MlcGeometry, high: Floats, low: Floats) -> Floats:
    """Return (2,) positions for the most retracted and most extended leaf of each bank."""
    tight = high + mlc.tip_bulge_cm * (np.sqrt(1 + (high / 100.0) ** 2) - 1)
    apart = max(0.0, mlc.least_carriage_sum_cm - float(tight.sum()))
    return np.maximum(tight, np.minimum(tight + 0.5 * apart, low + mlc.leaf_span_cm))
