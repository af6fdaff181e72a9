"""A machine with known, altered numbers, and logs of what it delivers."""

from pathlib import Path

import numpy as np

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam, SubBeam
from tests.beams import make_beam
from tests.reviewing import deliver_to

ALTERED = {
    "axis.gantry_rtn": {"max_speed_deg_per_s": 5.2, "max_accel_deg_per_s2": 9.0},
    "axis.coll_rtn": {"max_speed_deg_per_s": 12.0, "max_accel_deg_per_s2": 40.0},
    "axis.x1": {"max_speed_cm_per_s": 2.0, "max_accel_cm_per_s2": 12.0, "lag_s": 0.004},
    "axis.y1": {"max_accel_cm_per_s2": 4.0},
    "axis.leaf": {
        "max_speed_cm_per_s": 2.1,
        "max_accel_cm_per_s2": 42.0,
        "lag_s": 0.0041,
        "noise_cm": 0.0008,
        "resolution_cm": 0.0005,
        "static_offset_cm": 0.002,
    },
    "energy.6x": {"mu_per_pulse": 0.031},
    "gantry_servo": {
        "proportional_per_s2": 180.0,
        "derivative_per_s": 13.0,
        "integral_per_s3": 150.0,
        "friction_deg_per_s2": 4.5,
        "feed_forward": -0.4,
    },
    "dose": {"lag_s": 0.0045, "hold_drift_mu_per_s": 0.0009, "pulse_scatter": 0.03},
}
"""What is changed of the Millennium 120 machine, none of it near the shipped number."""


def altered_machine(folder: Path) -> MachineSpec:
    """Write the machine's file and load it."""
    lines = ["schema = 1", 'extends = "truebeam-m120"', 'name = "altered"', 'title = "Altered"']
    for section, numbers in ALTERED.items():
        lines.append(f"[{section}]")
        lines += [
            f'{key} = {{ value = {value}, source = "altered" }}' for key, value in numbers.items()
        ]
    path = folder / "altered.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_machine(path)


def logs_of(machine: MachineSpec, folder: Path) -> list[Path]:
    """Deliver an arc, a jaw-tracking arc, two fields and a held field; return their logs."""
    beams = (arc(1), arc(2), fields())
    paths = [
        deliver_to(folder / f"{k}.bin", beam, machine, seed=k + 1) for k, beam in enumerate(beams)
    ]
    held = make_beam(point(0.0), point(150.0))
    return [*paths, deliver_to(folder / "held.bin", held, machine, seed=9, hold_s=(20.0, 27.0))]


def point(mu: float, **axes: object) -> dict[str, object]:
    """Return a control point; what is not given stands."""
    start = {"GantryRtn": 180.0, "CollRtn": 150.0, "CouchRtn": 180.0}
    jaws = {"X1": 5.0, "X2": 6.0, "Y1": 8.0, "Y2": 9.0, "leaves": (4.0, 4.0)}
    return {"Mu": mu, **start, **jaws, **axes}


def arc(kind: int) -> Beam:
    """Return an arc in which gantry, leaves and dose rate limit in turn; the second moves jaws."""
    gantry, mu = 200.0, 0.0
    leaves = np.full((2, 60), 4.0)
    points = [point(mu, GantryRtn=gantry, leaves=leaves.ravel().copy())]
    for k in range(30):
        limits = k % 3
        way = (8.0, 4.0, 3.0)[limits]
        gantry += way
        mu += (3.0, 3.0, 12.0)[limits]
        if limits == 1:
            leaves[:, 10:50] += 3.0 if (k // 3) % 2 else -3.0
        axes = {"GantryRtn": gantry, "leaves": leaves.ravel().copy()}
        if kind == 2:
            axes |= {"X1": 5.0 + 0.5 * (k % 2), "Y1": 8.0 + 0.3 * (k // 3 % 2)}
        points.append(point(mu, **axes))
    return make_beam(*points)


def fields() -> Beam:
    """Return two fields; between them the collimator, jaws and leaves go their own ways."""
    there = {"CollRtn": 240.0, "X1": 1.0, "X2": 3.0, "Y1": 4.0, "Y2": 5.0, "leaves": (3.5, 3.6)}
    return make_beam(
        point(0.0),
        point(100.0),
        point(100.0, **there),
        point(150.0, **there),
        sub_beams={0: SubBeam(0, "one"), 2: SubBeam(1, "two")},
    )
