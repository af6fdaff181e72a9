"""A recorded delivery as records of the iCom stream, for listeners."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from linacsim.devices.icom.frames import Loaded, Records
from linacsim.devices.icom.record import EMULATED, IcomRecord
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import BeamHold
from linacsim.model.time import NS_PER_S
from linacsim.review.recording import Recording, delivery_of
from linacsim.scenario.recordings import machine_of, open_recording

PER_S = 4
"""Records a second."""


def records_of_file(path: Path, machine: MachineSpec | None = None) -> list[IcomRecord]:
    """Return the records of a log, a journal or a planned beam, a quarter of a second apart.

    The first has the field loaded and no dose, the last the whole dose. Raises InputError or
    OSError where the file holds no delivery, or one that the stream cannot tell.
    """
    recording = delivery_of(open_recording(path, machine))
    spec = machine or machine_of(recording)
    if spec is None:
        raise InputError(
            "no shipped machine has this MLC: name one with --machine", Place(str(path))
        )
    return list(_records(recording, spec))


def _records(recording: Recording, machine: MachineSpec) -> Iterator[IcomRecord]:
    mu = recording.mu_actual
    field = replace(EMULATED, field_id=recording.beam)
    records = Records(Loaded(machine, "", float(mu[-1]), field))
    positions = _whole(recording, machine)
    every = max(1, round(NS_PER_S / PER_S / recording.interval_ns))
    rows = [*range(0, len(recording), every), len(recording) - 1]
    beam_rows = np.cumsum(recording.hold_actual == BeamHold.NORMAL)
    segments = recording.cp.astype(np.int64)
    for place, row in enumerate(rows):
        began = int(np.argmax(segments == segments[row]))
        yield records.record(
            positions[row],
            mu=0.0 if place == 0 else float(mu[row]),
            segment=int(segments[row]),
            segment_mu=max(float(mu[row] - mu[began]), 0.0),
            beam_min=float(beam_rows[row]) * recording.interval_ns / NS_PER_S / 60,
        )


def _whole(recording: Recording, machine: MachineSpec) -> Floats:
    """Return positions with axes that the recording lacks where the machine starts."""
    actual = recording.actual
    return np.asarray(np.where(np.isfinite(actual), actual, machine.start))
