"""Rows of a TRF log made up for tests: one field with a leaf and a diaphragm on their way."""

from datetime import UTC, datetime

import numpy as np

from linacsim.formats.trf import (
    EMULATED_MACHINE,
    Followed,
    TrfHeader,
    TrfRows,
    trf_date,
)
from linacsim.model.elekta import LinacState

WHEN = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
STATES = (
    (LinacState.INTERSEGMENT, 24),
    (LinacState.RADIATION_ON, 120),
    (LinacState.TERMINATED_CHECKING, 75),
    (LinacState.TERMINATED_OK, 10),
)
FIRST_DOSE = 24 + 60
MU = 30.0


def header(**changes: object) -> TrfHeader:
    words = {
        "date": trf_date(WHEN),
        "time_zone": "+00:00",
        "field": "1-1/open",
        "machine": EMULATED_MACHINE,
        "mu": MU,
    }
    return TrfHeader(**(words | changes))  # type: ignore[arg-type]


def rows() -> TrfRows:
    state = np.concatenate([np.full(n, s.value) for s, n in STATES])
    n = len(state)
    course = np.clip((np.arange(n) - FIRST_DOSE) / 50, 0.0, 1.0)
    mu = MU * course
    going = Followed(50.0 + 30.0 * course, 80.0 - (50.0 + 30.0 * course))
    still = Followed(np.zeros(n), np.zeros(n))
    leaves = np.repeat(course[:, None], 80, axis=1) * np.linspace(-5.0, 60.0, 80)
    return TrfRows(
        control_point=np.ones(n, dtype=np.int64),
        energy_block=np.ones(n, dtype=np.int64),
        state=state.astype(np.int64),
        dose_rate_mu_per_min=np.where((course > 0) & (course < 1), 600.0, 0.0),
        step_dose_mu=mu,
        dose_mu=mu,
        prf_pauses=np.zeros(n, dtype=np.int64),
        wedge=np.full(n, 2),
        gantry_deg=Followed(90.0 * course, 90.0 - 90.0 * course),
        collimator_deg=still,
        table_isocentric_deg=still,
        table_longitudinal_cm=Followed(np.full(n, 35.6), np.zeros(n)),
        table_lateral_cm=Followed(np.full(n, -8.3), np.zeros(n)),
        table_height_cm=Followed(np.full(n, 1.5), np.zeros(n)),
        x1_mm=going,
        x2_mm=going,
        guide_y2_mm=going,
        guide_y1_mm=going,
        leaves_y2_mm=Followed(leaves, -0.1 * np.ones_like(leaves)),
        leaves_y1_mm=Followed(-leaves, 0.2 * np.ones_like(leaves)),
        leaf_40_tolerance_mm=np.ones((n, 2)),
    )
