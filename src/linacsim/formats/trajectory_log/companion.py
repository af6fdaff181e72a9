"""The text file beside a log (research/log-formats.md 1.8).

A machine lists one moment in mid-beam there. Only what an emulator can state is written: no
second dose channel, no electrical readings, no water. Patient ID is the first line, because
readers that make logs anonymous replace that line; the notice follows it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trajectory_log.records import LogHeader
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import BeamHold

NOTICE = "made by the linacsim emulator, not by a machine; research and test use only"

_GANTRY, _Y1, _Y2, _X1, _X2 = range(1, 6)
"""Columns of a row, the same in all versions that are written."""


class BeamSample:
    """The moment of the beam that the companion lists: the row where half the MU are given.

    A beam that ends earlier is shown by its last row with beam on.
    """

    def __init__(self, original_mu: float, interval_ms: int, mu_column: int) -> None:
        """Wait for half of `original_mu`."""
        self._half_mu = original_mu / 2
        self._interval_min = interval_ms / 60_000
        self._mu_column = mu_column
        self._reached = False
        self._beam_on_rows = 0
        self.row: Floats | None = None

    def observe(self, rows: NDArray[np.float32]) -> None:
        """Look at the next (m, columns, 2) rows."""
        if self._reached:
            return
        actual = rows[:, :, 1]
        beam_on = np.flatnonzero(actual[:, self._mu_column + 1] == BeamHold.NORMAL)
        if not len(beam_on):
            return
        past_half = np.flatnonzero(actual[beam_on, self._mu_column] >= self._half_mu)
        self._reached = len(past_half) > 0
        last = int(past_half[0]) if self._reached else len(beam_on) - 1
        self._beam_on_rows += last + 1
        self.row = actual[beam_on[last]].astype(np.float64)

    @property
    def mu(self) -> float:
        """MU given at that moment."""
        return 0.0 if self.row is None else float(self.row[self._mu_column])

    @property
    def radiation_min(self) -> float:
        """Minutes of beam before that moment."""
        return self._beam_on_rows * self._interval_min


def companion_text(header: LogHeader, sample: BeamSample) -> str:
    """Return the text of the companion file."""
    number = "" if header.beam_number is None else str(header.beam_number)
    lines = [
        f"Patient ID:\t{header.patient_id}",
        f"Notice:\t{NOTICE}",
        f"Plan Name:\t{header.plan_name}",
        f"Plan UID:\t{header.plan_uid}",
        f"Beam Number :\t{number}",
        f"Beam Name :\t{header.beam_name}",
        f"Original MU :\t{header.original_mu:.10g}",
        "",
        *_moment(header.energy, sample),
    ]
    return "".join(f"{line}\n" for line in lines)


def read_companion(log_path: Path) -> dict[str, str]:
    """Return the texts of the companion of a log by key; empty where there is none.

    Raises `InputError` where a companion exists and cannot be read.
    """
    path = log_path.with_suffix(".txt")
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", Place(file=str(path))) from error
    lines = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, colon, value in lines if colon}


def _moment(energy: str, sample: BeamSample) -> list[str]:
    if sample.row is None:
        return [f"Energy :\t{energy}"]
    row = sample.row
    return [
        "Logging Scale :\tIEC",
        f"X1 (Cms):\t{row[_X1]:.2f}",
        f"X2 (Cms):\t{row[_X2]:.2f}",
        f"Y1 (Cms):\t{row[_Y1]:.2f}",
        f"Y2 (Cms):\t{row[_Y2]:.2f}",
        f"Gantry Rotation Angle (deg):\t{_iec_gantry(row[_GANTRY])}",
        f"Energy :\t{energy}",
        f"MU1 :\t{sample.mu:.2f}",
        f"Radiation Time (mins):\t{sample.radiation_min:.3f}",
        f"DoseRate (MU/min):\t{sample.mu / sample.radiation_min:.2f}",
    ]


def _iec_gantry(machine_deg: float) -> str:
    """Return the IEC angle, with `E` in the extended range beyond a full turn."""
    extended = "" if 0 <= machine_deg <= 360 else "E"
    return f"{(180 - machine_deg) % 360:.2f}{extended}"
