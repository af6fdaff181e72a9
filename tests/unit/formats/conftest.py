"""Frames and log headers to write."""

from collections.abc import Callable

import numpy as np
import pytest

from linacsim.formats.trajectory_log import BeamRecord, LogHeader
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.signals import BeamHold, Frames, State

MakeFrames = Callable[..., Frames]

LEAD_TICKS = 4


def _states(ready: int, ticks: int, after: int, end: State) -> np.ndarray:
    return np.repeat(
        np.array([State.READY, State.DELIVERING, end], dtype=np.uint8), [ready, ticks, after]
    )


@pytest.fixture
def make_frames() -> MakeFrames:
    """Return a builder of one block of frames: READY, then a moving beam, then its end."""

    def build(
        ticks: int = 100,
        ready: int = 20,
        after: int = 20,
        end: State = State.COMPLETE,
        layout: AxisLayout | None = None,
        seed: int = 1,
    ) -> Frames:
        layout = layout or AxisLayout(60)
        n = ready + ticks + after
        rng = np.random.default_rng(seed)
        path = np.clip(np.arange(n) - ready - LEAD_TICKS + 1, 0, ticks - LEAD_TICKS)
        expected = rng.uniform(-5, 5, layout.n_axes) + 0.01 * path[:, None]
        expected[:, Axis.GANTRY_RTN] = 180 - 0.06 * path
        beam = (path > 0) & (np.arange(n) < ready + ticks)
        hold = np.where(beam, BeamHold.NORMAL, BeamHold.HOLD).astype(np.uint8)
        return Frames(
            tick=np.arange(1000, 1000 + n),
            state=_states(ready, ticks, after, end),
            segment=np.zeros(n, dtype=np.int64),
            cp=path / max(1, ticks - LEAD_TICKS),
            mu_expected=0.1 * path,
            mu_actual=0.1 * path - 0.01 * (path > 0),
            hold_expected=hold,
            hold_actual=np.roll(hold, 1),
            expected=expected,
            actual=expected + rng.normal(0, 0.002, expected.shape),
            frozen=np.zeros(layout.n_axes, dtype=bool),
            beam_on=beam,
            interlocks=np.zeros(n, dtype=np.int64),
        )

    return build


@pytest.fixture
def header() -> LogHeader:
    """Return the header of a small arc."""
    return LogHeader(
        plan_name="Arc plan",
        plan_uid="1.2.3",
        beam_name="1.1:TX",
        beam_number=1,
        original_mu=9.6,
        energy="6x",
        mlc_model=2,
        subbeams=(BeamRecord(0, 9.5, 60.0, 0, "1.1:TX"),),
    )
