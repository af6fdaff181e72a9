"""What moves before a stub's sensor: a breath that repeats itself, or a recorded trace."""

from pathlib import Path

from linacsim.formats.traces import read_trace
from linacsim.motion.recorded import Recorded, Replay
from linacsim.motion.source import Motion
from linacsim.motion.waveforms import Regular

Point = tuple[float, float, float]


def breathing(travel_cm: float, period_s: float) -> Motion:
    """Return a surrogate that moves up and down, cos^4, from the isocentre upwards."""
    return Regular(travel_cm, period_s, power=2)


def recorded(path: Path) -> Motion:
    """Return a trace, begun anew when it is over. Raises InputError."""
    return Recorded(read_trace(path), Replay(loop=True))
