"""Frames for tests, made of the columns that matter."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from linacsim.model.axes import AxisLayout
from linacsim.model.signals import BeamHold, Frames, State

N_AXES = AxisLayout(60).n_axes


def make_frames(n: int, tick: int = 0, **columns: Any) -> Frames:
    """Return n idle frames from `tick` on; columns given broadcast over them."""
    idle: dict[str, tuple[tuple[int, ...], Any, Any]] = {
        "tick": ((n,), np.int64, np.arange(tick, tick + n)),
        "state": ((n,), np.uint8, State.IDLE),
        "segment": ((n,), np.int64, -1),
        "cp": ((n,), np.float64, 0.0),
        "mu_expected": ((n,), np.float64, 0.0),
        "mu_actual": ((n,), np.float64, 0.0),
        "hold_expected": ((n,), np.uint8, BeamHold.HOLD),
        "hold_actual": ((n,), np.uint8, BeamHold.HOLD),
        "expected": ((n, N_AXES), np.float64, 0.0),
        "actual": ((n, N_AXES), np.float64, 0.0),
        "frozen": ((N_AXES,), np.bool_, False),
        "beam_on": ((n,), np.bool_, False),
        "interlocks": ((n,), np.int64, 0),
    }
    events = columns.pop("events", ())
    made = {
        name: np.broadcast_to(np.asarray(columns.pop(name, value), dtype=kind), shape).copy()
        for name, (shape, kind, value) in idle.items()
    }
    assert not columns, f"no such columns: {sorted(columns)}"
    return Frames(**made, events=events)


def part(frames: Frames, start: int, stop: int) -> Frames:
    """Return the ticks `start` to `stop` - 1 of a block."""
    ticks = {
        f.name: getattr(frames, f.name)[start:stop]
        for f in fields(Frames)
        if f.name not in ("frozen", "events", "field")
    }
    return replace(frames, **ticks)
