"""A record of the iCom stream for tests, and the machine that it is of."""

from dataclasses import replace

import numpy as np

from linacsim.devices.icom.record import EMULATED, IcomRecord

LEAVES = np.stack([np.linspace(-19.5, -0.5, 80), np.linspace(0.25, 15.05, 80)], axis=1)


def record(**changes: object) -> IcomRecord:
    made = IcomRecord(
        field=EMULATED,
        machine="LINACSIM agility",
        radiation="PHOTON",
        energy="6x",
        segment=3,
        total_mu=100.0,
        delivered_mu=12.34,
        backup_mu=12.34,
        segment_mu=2.3,
        beam_min=0.25,
        gantry_deg=-90.0,
        collimator_deg=12.5,
        table_isocentric_deg=-3.0,
        table_vertical_cm=-12.3,
        table_longitudinal_cm=56.0,
        table_lateral_cm=1.1,
        leaves_cm=LEAVES,
        diaphragms_cm=np.array([4.5, -0.5]),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
