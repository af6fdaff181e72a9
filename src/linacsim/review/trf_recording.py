"""A TRF log of an Elekta machine as a recording."""

import numpy as np

from linacsim.formats.trf import ROW_S, TrfLog, rows_of
from linacsim.formats.trf.axes import LAYOUT, positions
from linacsim.formats.trf.dose import control_points, delivered_mu
from linacsim.model.elekta import LinacState
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import BeamHold
from linacsim.review.recording import Recording

_INTERVAL_NS = round(ROW_S * 1e9)


def of_trf(log: TrfLog) -> Recording:
    """Return the delivery that a TRF log holds: the first row of radiation on to the last.

    The log has MU as they came, not as they were wanted: expected MU are the actual ones. In any
    other state than radiation on the beam is held. The
    control point is the log's whole number with the share of its dose, from 0.
    Raises InputError where the log lacks a column or there was no radiation.
    """
    place = Place(file=str(log.path)) if log.path else Place()
    rows = rows_of(log)
    on = np.flatnonzero(rows.state == LinacState.RADIATION_ON)
    if not len(on):
        raise InputError("radiation was never on: nothing to review", place)
    part = slice(int(on[0]), int(on[-1]) + 1)
    expected, actual = positions(rows)
    mu = delivered_mu(log)[part]
    held = np.where(rows.state[part] == LinacState.RADIATION_ON, BeamHold.NORMAL, BeamHold.HOLD)
    return Recording(
        name=log.path.name if log.path else "log",
        beam=log.header.name,
        mlc_model="Agility",
        emulated=log.header.emulated,
        interval_ns=_INTERVAL_NS,
        layout=LAYOUT,
        expected=expected[part],
        actual=actual[part],
        mu_expected=mu,
        mu_actual=mu,
        hold_expected=held.astype(np.float64),
        hold_actual=held.astype(np.float64),
        cp=control_points(log)[part],
        truncated=bool(rows.state[-1] != LinacState.TERMINATED_OK),
    )
