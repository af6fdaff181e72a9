"""A sink that keeps everything, for those who look at a run as a whole."""

from typing import Any

import numpy as np

from linacsim.model.signals import Frames


class KeepFrames:
    """Keeps all blocks: some 2 kB a tick."""

    def __init__(self) -> None:
        """Start with no frames."""
        self.blocks: list[Frames] = []

    def write(self, frames: Frames) -> None:
        """Take the next frames."""
        self.blocks.append(frames)

    def close(self, *, truncated: bool = False) -> None:
        """Do nothing: what was kept stays."""

    def column(self, name: str) -> np.ndarray[Any, Any]:
        """Return a column of all frames, the tick as its first axis."""
        return np.ascontiguousarray(np.concatenate([getattr(one, name) for one in self.blocks]))
