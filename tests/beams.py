"""Beams for tests, written in few words."""

from types import MappingProxyType
from typing import Any

import numpy as np

from linacsim.model.axes import N_SINGLE, XML_NAMES
from linacsim.model.beam import LEAF_PAIRS, Beam, ControlPoints, SubBeam


def make_beam(
    *points: dict[str, Any],
    energy: str = "6x",
    dose_rate: float = 600.0,
    mlc_model: str = "NDS120",
    sub_beams: dict[int, SubBeam] | None = None,
    events: dict[int, str] | None = None,
    **rest: Any,
) -> Beam:
    """Return a beam; each point holds `Mu`, axes by element name, `leaves` (a, b) or an array.

    `leaves` given as a pair of numbers puts all leaves of bank A and B there.
    """
    pairs = LEAF_PAIRS[mlc_model]
    n = len(points)
    mu = np.full(n, np.nan)
    axes = np.full((n, N_SINGLE), np.nan)
    leaves = np.full((n, 2 * pairs), np.nan)
    for k, point in enumerate(points):
        for name, value in point.items():
            if name == "Mu":
                mu[k] = value
            elif name == "leaves":
                leaves[k] = _leaves(value, pairs)
            else:
                axes[k, XML_NAMES.index(name)] = value
    return Beam(
        id=1,
        mlc_model=mlc_model,
        control_points=ControlPoints(
            mu=mu,
            axes=axes,
            leaves=leaves,
            line=np.zeros(n, dtype=np.int64),
            energy=MappingProxyType({0: energy}),
            dose_rate=MappingProxyType({0: dose_rate}),
            sub_beam=MappingProxyType(sub_beams or {0: SubBeam(0, "test")}),
            progress_event=MappingProxyType(events or {}),
        ),
        **rest,
    )


def _leaves(value: Any, pairs: int) -> Any:
    if isinstance(value, tuple):
        return np.repeat(np.array(value, dtype=float), pairs)
    return value
