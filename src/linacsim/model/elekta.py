"""What an Elekta control system knows beyond what all machines share: fields, states, wedge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from linacsim.model.arrays import Bools, Bytes8, Floats, readonly
from linacsim.model.axes import FIRST_LEAF, N_SINGLE
from linacsim.model.beam import Beam, ControlPoints

ValueT = TypeVar("ValueT")


class LinacState(IntEnum):
    """Linac states by the numbers of TRF logs (research/log-formats.md 2.3)."""

    CLOSED = 16
    """No field is being delivered."""
    MOVE_ONLY = 39
    PAUSE = 40
    """Held; goes on by itself."""
    INTERSEGMENT = 41
    """Between the start, or a segment, and radiation on."""
    RADIATION_ON = 42
    """The beam runs, or comes on."""
    INTERRUPTED = 43
    INTERRUPTED_READY = 44
    """Interrupted, and nothing keeps it from being started again."""
    TERMINATED_CHECKING = 45
    TERMINATED_OK = 46
    TERMINATED_FAULT = 47


class Wedge(IntEnum):
    """Where the motorised wedge is, by the numbers of TRF logs."""

    MOVING = 0
    IN = 1
    OUT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A prescribed field of n control points.

    Scalars are linear in dose between control points; wedge, energy and dose rate hold for the
    segment that begins at theirs (DP Note XV).
    """

    beam: Beam
    """Geometry, MU, energies and dose rates in the records of this house."""
    wedge_in: Bools
    """(n - 1,) whether the wedge is in during each segment."""
    start_mu: float = 0.0
    """MU of the prescription that were delivered before this field begins."""

    def __post_init__(self) -> None:
        """Freeze the array."""
        readonly(self.wedge_in)

    @property
    def prescribed_mu(self) -> float:
        """MU that this field delivers."""
        return float(self.beam.resolved_mu()[-1])

    def energies(self) -> tuple[str, ...]:
        """Return the energy of each of the n - 1 segments."""
        points = self.beam.control_points
        out, energy = [], ""
        for k in range(len(points) - 1):
            energy = points.energy.get(k, energy)
            out.append(energy)
        return tuple(out)

    def remaining(self, mu: float) -> "Field":
        """Return what is left of the field once `mu` of it are delivered; MU count from 0 again.

        Raises ValueError where nothing or everything is left.
        """
        old_mu = self.beam.resolved_mu()
        if not 0 < mu < old_mu[-1]:
            raise ValueError(f"{mu:g} MU of {old_mu[-1]:g} leave nothing to resume")
        # The last segment that begins at or below `mu`, so that moves without dose are behind it.
        k = int(np.searchsorted(old_mu, mu, side="right")) - 1
        share = (mu - old_mu[k]) / (old_mu[k + 1] - old_mu[k])

        def left(values: Floats) -> Floats:
            now = values[k] + share * (values[k + 1] - values[k])
            return np.concatenate([now[None], values[k + 1 :]])

        position = left(self.beam.resolved_positions())
        points = self.beam.control_points
        rest = ControlPoints(
            mu=left(old_mu) - mu,
            axes=position[:, :N_SINGLE],
            leaves=position[:, FIRST_LEAF:],
            line=np.zeros(len(position), dtype=np.int64),
            energy=_from(points.energy, k),
            dose_rate=_from(points.dose_rate, k),
            sub_beam=MappingProxyType({0: points.sub_beam[0]} if 0 in points.sub_beam else {}),
        )
        beam = replace(self.beam, control_points=rest)
        return Field(beam, self.wedge_in[k:].copy(), self.start_mu + mu)


def _from(sparse: Mapping[int, ValueT], k: int) -> Mapping[int, ValueT]:
    """Return what is in force from point `k` on, with `k` as the first point."""
    before = [point for point in sparse if point <= k]
    out = {point - k: value for point, value in sparse.items() if point > k}
    if before:
        out[0] = sparse[max(before)]
    return MappingProxyType(dict(sorted(out.items())))


@dataclass(frozen=True, slots=True, eq=False)
class FieldFrames:
    """What an Elekta control system alone tells of n ticks."""

    state: Bytes8
    """(n,) `LinacState`."""
    wedge: Bytes8
    """(n,) `Wedge`."""
    backup_mu: Floats
    """(n,) cumulative MU of the second dose channel."""
    dose_rate: Floats
    """(n,) MU/min chosen for the segment; 0 without one."""

    def first(self, n: int) -> "FieldFrames":
        """Return the first n ticks."""
        return FieldFrames(self.state[:n], self.wedge[:n], self.backup_mu[:n], self.dose_rate[:n])


def joined(blocks: Sequence[FieldFrames]) -> FieldFrames | None:
    """Return consecutive blocks as one; None for none."""
    if not blocks:
        return None
    return FieldFrames(
        np.concatenate([block.state for block in blocks]),
        np.concatenate([block.wedge for block in blocks]),
        np.concatenate([block.backup_mu for block in blocks]),
        np.concatenate([block.dose_rate for block in blocks]),
    )


@dataclass(frozen=True, slots=True)
class Phase:
    """What is asked of the machine from a time of a trajectory on."""

    from_ns: int
    state: LinacState
    wedge_in: bool
    energy: str
