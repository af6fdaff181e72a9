"""Frames as records: every quarter of a second, and wherever the state changes."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from linacsim.control.interlocks import names
from linacsim.devices.icom.record import EMULATED, PAIRS, Field, IcomRecord
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import Axis
from linacsim.model.elekta import Wedge
from linacsim.model.findings import InputError
from linacsim.model.scales import Scale, convert
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS

EVERY_TICKS = 25
"""4 records a second, as the public listener expects."""
UNSENT = 4096

_STRIP_CM = 0.5
_NEARLY_CM = 1e-6
_MINUTE_NS = 60_000_000_000


def strips(leaf_widths_cm: Floats) -> Ints:
    """Return (80,) which leaf pair lies over each 5 mm from IEC -Y, as an Agility has its leaves.

    Raises InputError where leaf edges do not lie on this grid, or leaves do not cover it.
    """
    edges = np.concatenate([[0.0], np.cumsum(leaf_widths_cm)]) - leaf_widths_cm.sum() / 2
    lower = _STRIP_CM * (np.arange(PAIRS) - PAIRS // 2)
    pair = np.searchsorted(edges, lower + _NEARLY_CM, side="right") - 1
    covered = (pair >= 0) & (pair < len(leaf_widths_cm))
    inside = covered & (
        lower + _STRIP_CM <= edges[np.minimum(pair + 1, len(edges) - 1)] + _NEARLY_CM
    )
    if not inside.all():
        strip = int(np.argmin(inside))
        raise InputError(
            f"the iCom stream has 80 leaf pairs of 5 mm; no leaf of this MLC covers Y "
            f"{lower[strip]:g} to {lower[strip] + _STRIP_CM:g} cm"
        )
    return pair


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What the stream says of machine and beam beside what changes."""

    machine: MachineSpec
    energy: str
    total_mu: float
    field: Field = EMULATED

    @property
    def radiation(self) -> str:
        """Photons or electrons, by the energy's name."""
        return "ELECTRON" if self.energy.lower().endswith("e") else "PHOTON"


class Records:
    """Makes records of house positions. Raises InputError for an MLC that has no 5 mm grid."""

    def __init__(self, loaded: Loaded) -> None:
        """Look at the leaves."""
        self.loaded = loaded
        self._pair = strips(loaded.machine.mlc.leaf_widths_cm)

    def record(
        self,
        positions: Floats,
        *,
        mu: float,
        segment: int,
        segment_mu: float,
        beam_min: float,
        backup_mu: float | None = None,
        wedge: str = "OUT",
        interlocks: tuple[str, ...] = (),
    ) -> IcomRecord:
        """Return the record of (n_axes,) positions with the field loaded.

        Without a second dose channel, `backup_mu`, that is told to have read what the first did.
        """
        loaded, layout = self.loaded, self.loaded.machine.layout
        side_x2, side_x1 = positions[layout.bank_a], positions[layout.bank_b]
        return IcomRecord(
            field=loaded.field,
            machine=f"LINACSIM {loaded.machine.name}",
            radiation=loaded.radiation,
            energy=loaded.energy,
            segment=segment,
            total_mu=loaded.total_mu,
            delivered_mu=mu,
            backup_mu=mu if backup_mu is None else backup_mu,
            wedge=wedge,
            segment_mu=segment_mu,
            beam_min=beam_min,
            gantry_deg=_elekta(positions, Axis.GANTRY_RTN),
            collimator_deg=_elekta(positions, Axis.COLL_RTN),
            table_isocentric_deg=_elekta(positions, Axis.COUCH_RTN),
            table_vertical_cm=_elekta(positions, Axis.COUCH_VRT),
            table_longitudinal_cm=_elekta(positions, Axis.COUCH_LNG),
            table_lateral_cm=_elekta(positions, Axis.COUCH_LAT),
            leaves_cm=np.stack([-side_x1[self._pair], side_x2[self._pair]], axis=1),
            diaphragms_cm=positions[[Axis.Y1, Axis.Y2]],
            interlocks=interlocks,
        )


class IcomSink:
    """A frame sink that keeps records until they are taken; the machine's loop only fills it."""

    def __init__(self, loaded: Loaded) -> None:
        """Raises InputError for an MLC that the stream cannot tell."""
        self._records = Records(loaded)
        self._unsent: deque[IcomRecord] = deque(maxlen=UNSENT)
        self._next_tick = 0
        self._state: int | None = None
        self._segment, self._segment_from = 0, 0.0
        self._beam_ticks = 0

    def write(self, frames: Frames) -> None:
        """Take frames; a block is looked at where the grid or a change of state falls in it."""
        for row in self._due(frames):
            self._unsent.append(self._of(frames, row))
        self._beam_ticks += int(np.count_nonzero(frames.beam_on))

    def close(self, *, truncated: bool = False) -> None:
        """Do nothing: the device says what ends a delivery."""

    def take(self) -> list[IcomRecord]:
        """Return and forget the records since last time."""
        return [self._unsent.popleft() for _ in range(len(self._unsent))]

    def _due(self, frames: Frames) -> list[int]:
        rows = []
        for row, (tick, state) in enumerate(
            zip(frames.tick.tolist(), frames.state.tolist(), strict=True)
        ):
            if tick >= self._next_tick or state != self._state:
                rows.append(row)
                self._state = state
                self._next_tick = tick - tick % EVERY_TICKS + EVERY_TICKS
        return rows

    def _of(self, frames: Frames, row: int) -> IcomRecord:
        mu, segment = float(frames.mu_actual[row]), int(frames.cp[row])
        if segment != self._segment:
            self._segment, self._segment_from = segment, mu
        told = frames.field
        record = self._records.record(
            frames.actual[row],
            mu=mu,
            segment=segment,
            segment_mu=max(mu - self._segment_from, 0.0),
            beam_min=self._beam_ticks * TICK_NS / _MINUTE_NS,
            backup_mu=None if told is None else float(told.backup_mu[row]),
            wedge=Wedge.OUT.name if told is None else Wedge(int(told.wedge[row])).name,
            interlocks=names(int(frames.interlocks[row])),
        )
        return replace(record, field=None) if frames.state[row] == State.IDLE else record


def _elekta(positions: Floats, axis: Axis) -> float:
    return float(convert(positions[axis], axis, Scale.VARIAN, Scale.ELEKTA))
