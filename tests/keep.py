"""A sink that keeps everything."""

import numpy as np

from linacsim.model.signals import Frames


class Keep:
    """Keeps blocks and gives back whole columns."""

    def __init__(self) -> None:
        self.blocks: list[Frames] = []

    def write(self, frames: Frames) -> None:
        self.blocks.append(frames)

    def close(self, *, truncated: bool = False) -> None:
        pass

    def column(self, name: str) -> np.ndarray:
        """Return a column of all frames."""
        return np.concatenate([getattr(block, name) for block in self.blocks])
