"""Frames of an Elekta field as rows of a TRF log, and the sink that writes them.

A row is the last tick of each 40 ms. Rows begin with the first that is not closed and end with the
last. Of what the emulator does not have, the file has what real files show: energy block 1, no
PRF pauses, a leaf tolerance of 1 mm.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from linacsim.formats.trf.axes import LAYOUT, followed
from linacsim.formats.trf.header import EMULATED_MACHINE, MOST_FIELD, TrfHeader, trf_date
from linacsim.formats.trf.log import ROW_S
from linacsim.formats.trf.refresh import SLOW_ROWS, refreshed
from linacsim.formats.trf.rows import TrfRows
from linacsim.formats.trf.writer import write_trf
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import AxisLayout
from linacsim.model.elekta import LinacState
from linacsim.model.findings import InputError
from linacsim.model.signals import Frames
from linacsim.model.time import NS_PER_MS, NS_PER_S, TICK_NS

TICKS = round(ROW_S * NS_PER_S) // TICK_NS
"""Ticks in a row."""
_ENERGY_BLOCK = 1
_TOLERANCE_MM = 1.0
_NEARLY = 1e-6


def has_trf(machine: MachineSpec) -> bool:
    """Return whether a machine writes TRF logs: it delivers fields, with 80 leaf pairs."""
    return machine.field_rules is not None and machine.layout.leaf_pairs == LAYOUT.leaf_pairs


class TrfSink:
    """A frame sink that writes one TRF log of all fields of a run when it is closed."""

    def __init__(
        self,
        path: Path,
        layout: AxisLayout,
        *,
        field: str,
        mu: float,
        when: datetime,
        version: int = 3,
    ) -> None:
        """Raises InputError unless the machine has the 80 leaf pairs of a TRF log."""
        if layout.leaf_pairs != LAYOUT.leaf_pairs:
            raise InputError(
                f"a TRF log has {LAYOUT.leaf_pairs} leaf pairs, this machine {layout.leaf_pairs}"
            )
        self._path = path
        self._when = when
        self._header = TrfHeader(
            trf_date(when), _offset(when), _plain(field), EMULATED_MACHINE, mu, version
        )
        self._kept: list[_Rows] = []
        self._written: Path | None = None

    def write(self, frames: Frames) -> None:
        """Take frames; those of another control system, and before the start, are no rows."""
        if frames.field is None:
            return
        row = (frames.tick + 1) % TICKS == 0
        if row.any():
            self._kept.append(_Rows(frames, row))

    def close(self, *, truncated: bool = False) -> Path | None:  # noqa: ARG002  a log just ends
        """Write the log and return where; None where no field was started."""
        if not self._kept:
            return None
        columns = _Rows.joined(self._kept)
        open_rows = np.flatnonzero(columns["state"] != LinacState.CLOSED)
        if not len(open_rows):
            return None
        first = int(open_rows[0])
        part = slice(first, int(open_rows[-1]) + 1)
        start_ms = round(self._when.timestamp() * 1000)
        time_ms = start_ms + (columns["tick"][part] + 1) * TICK_NS // NS_PER_MS
        rows = rows_of_field(**{n: v[part] for n, v in columns.items() if n != "tick"})
        self._written = write_trf(
            self._path, self._header, refreshed(replace(rows, time_ms=time_ms))
        )
        return self._written

    def abandon(self) -> None:
        """Leave no file behind."""
        if self._written is not None:
            self._written.unlink(missing_ok=True)


class _Rows:
    """The rows of a block; positions as float32, a thousandth of the file's step at worst."""

    def __init__(self, frames: Frames, row: "np.ndarray[Any, np.dtype[np.bool_]]") -> None:
        field = frames.field
        assert field is not None
        self.columns = {
            "tick": frames.tick[row],
            "state": field.state[row].astype(np.int64),
            "wedge": field.wedge[row].astype(np.int64),
            "cp": frames.cp[row],
            "wanted_mu": frames.mu_expected[row],
            "mu": frames.mu_actual[row],
            "expected": frames.expected[row].astype(np.float32),
            "actual": frames.actual[row].astype(np.float32),
        }

    @staticmethod
    def joined(blocks: "list[_Rows]") -> dict[str, Any]:
        """Return all rows as one."""
        names = blocks[0].columns
        return {name: np.concatenate([b.columns[name] for b in blocks]) for name in names}


def rows_of_field(
    *,
    state: Ints,
    wedge: Ints,
    cp: Floats,
    wanted_mu: Floats,
    mu: Floats,
    expected: Floats,
    actual: Floats,
) -> TrfRows:
    """Return (n,) rows of (n,) states, wedge, fractional control points and MU, and positions.

    The dose that is wanted tells which segment a row is in: what comes a little later is none.
    Positions are (n, n_axes) of the house. All goes as in real files: from the start of an
    intersegment on, step dose, control point and prescribed positions are those of the segment to
    come, so that errors are the distance to go.
    """
    n = len(state)
    segment = np.maximum(np.ceil(cp - _NEARLY), 1.0).astype(np.int64)
    step, doses = _step_dose(state, mu), _Doses.of(state, wanted_mu)
    prescribed = expected[doses.target].astype(float)
    axes: dict[str, Any] = dict(followed(prescribed, actual.astype(float)))
    return TrfRows(
        control_point=segment[doses.here],
        energy_block=np.full(n, _ENERGY_BLOCK),
        state=state,
        dose_rate_mu_per_min=_rate(step),
        step_dose_mu=step,
        dose_mu=step,
        prf_pauses=np.zeros(n, dtype=np.int64),
        wedge=wedge,
        leaf_40_tolerance_mm=np.full((n, 2), _TOLERANCE_MM),
        **axes,
    )


def _step_dose(state: Ints, mu: Floats) -> Floats:
    """Return MU since the last intersegment began."""
    begins = np.diff(state == LinacState.INTERSEGMENT, prepend=True) & (
        state == LinacState.INTERSEGMENT
    )
    origin = np.where(begins, mu, -np.inf)
    origin[0] = mu[0]
    return np.asarray(np.maximum(mu - np.maximum.accumulate(origin), 0.0))


@dataclass(frozen=True, slots=True)
class _Doses:
    """For each of n rows, which row with dose it belongs to."""

    here: Ints
    """(n,) The row whose segment it is in: the last with dose, or the next one once it is awaited,
    that is from intersegment or move only on."""
    target: Ints
    """(n,) The row whose prescription counts: its own, or the next with dose once it is awaited."""

    @staticmethod
    def of(state: Ints, wanted_mu: Floats) -> "_Doses":
        row = np.arange(len(state))
        comes = np.diff(wanted_mu, prepend=wanted_mu[0]) > 0
        # In the row in which it ends, axes may be on their way already.
        dosed = comes & np.append(comes[1:], False)
        between = np.isin(state, (LinacState.INTERSEGMENT, LinacState.MOVE_ONLY))
        last = np.maximum.accumulate(np.where(dosed, row, -1))
        awaits = np.maximum.accumulate(np.where(between, row, -1)) > last
        following = np.append(np.flatnonzero(dosed), len(state))
        coming = following[np.searchsorted(following, row)]
        awaits &= coming < len(state)
        here = np.where(awaits, coming, np.where(last < 0, row, last))
        return _Doses(here, np.where(awaits, coming, row))


def _rate(step: Floats) -> Floats:
    """Return MU/min over the time between two readings of the slow columns, rounded."""
    before = np.concatenate([np.zeros(SLOW_ROWS), step[:-SLOW_ROWS]]) if len(step) else step
    rate = np.maximum(step - before[: len(step)], 0.0) * (60.0 / (SLOW_ROWS * ROW_S))
    return np.asarray(np.rint(rate))


def _offset(when: datetime) -> str:
    """Return the offset of the room's clock: `+10:00`."""
    text = when.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _plain(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "_" for c in text)[:MOST_FIELD]
