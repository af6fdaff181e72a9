"""Time of the gating motion model and of phase gating per sample, 20 minutes at 25 Hz.

Run: python -m tools.bench motion. The baseline is making the samples themselves.
"""

import timeit
from collections.abc import Callable
from time import process_time

import numpy as np

from linacsim.control.gating.building import gates_from_beam
from linacsim.model.beam import Beam, ControlPoints
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.motion import GatingParameters, GatingWindow
from linacsim.model.samples import MotionState, PositionSample
from linacsim.motion.gating_model import GatingModel

SAMPLES = 30_000
PERIOD_NS = 40_000_000
AGE_LIMIT_NS = 200_000_000


def samples() -> list[PositionSample]:
    """Return breaths cos^4 of 4 s with noise."""
    times = np.arange(SAMPLES) * 0.04
    noise = 0.01 * np.random.default_rng(1).standard_normal(SAMPLES)
    heights = np.cos(np.pi * times / 4) ** 4 + noise
    return [
        PositionSample(k * PERIOD_NS, k * PERIOD_NS, 0.0, 0.0, z)
        for k, z in enumerate(heights.tolist())
    ]


def gated_beam() -> Beam:
    """Return a beam gated as in example 12 of the manual."""
    silent = np.full((1, 120), np.nan)
    points = ControlPoints(
        np.zeros(1), np.full((1, 12), np.nan), silent, np.zeros(1, dtype=np.int64)
    )
    gating = GatingParameters(
        "BreathingPhase", (GatingWindow(125.0, 230.0),), quality_threshold=0.0, kv_gating=True
    )
    return Beam(
        1,
        "NDS120",
        points,
        imaging=ImagingParameters((), gating=gating),
        beam_hold_devices=(BeamHoldDevice(id=4),),
    )


def follow(seen: list[PositionSample]) -> list[MotionState]:
    """Run the motion model."""
    model = GatingModel()
    return [model.update(sample) for sample in seen]


def gate(states: list[MotionState]) -> None:
    """Run the gates."""
    gates = gates_from_beam(gated_beam(), AGE_LIMIT_NS)
    for state in states:
        gates.update("NDI", state, state.measured_ns)


def us_per_sample(work: Callable[[], object]) -> float:
    """Return microseconds per sample."""
    return min(timeit.repeat(work, number=1, repeat=7, timer=process_time)) / SAMPLES * 1e6


def main() -> None:
    """Print one line per case."""
    seen = samples()
    states = follow(seen)
    baseline = us_per_sample(samples)
    for name, work in (
        ("making samples (baseline)", samples),
        ("gating motion model", lambda: follow(seen)),
        ("phase and quality gate", lambda: gate(states)),
    ):
        spent = us_per_sample(work)
        print(f"{name:30s} {spent:6.2f} us/sample  {spent / baseline:5.1f} x baseline")


if __name__ == "__main__":
    main()
