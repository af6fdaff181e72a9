"""A digest of frames: equal digests mean bit-identical frames, however they came in blocks."""

import hashlib

import numpy as np

from linacsim.model.signals import Frames

COLUMNS = (
    "tick",
    "state",
    "segment",
    "cp",
    "mu_expected",
    "mu_actual",
    "hold_expected",
    "hold_actual",
    "expected",
    "actual",
    "beam_on",
    "interlocks",
)


class FrameDigest:
    """A frame sink that hashes each column on its own, so that block borders do not matter."""

    def __init__(self) -> None:
        """Start with no frames."""
        self.ticks = 0
        self._hashes = {name: hashlib.sha256() for name in COLUMNS}

    def write(self, frames: Frames) -> None:
        """Take the next frames."""
        self.ticks += len(frames)
        for name, running in self._hashes.items():
            running.update(np.ascontiguousarray(getattr(frames, name)).data)

    def close(self, *, truncated: bool = False) -> None:
        """Do nothing: a digest is good at any time."""

    def columns(self) -> dict[str, str]:
        """Return the digest of each column, to see which signal differs."""
        return {name: running.hexdigest()[:16] for name, running in self._hashes.items()}

    def value(self) -> str:
        """Return one digest for everything."""
        whole = hashlib.sha256()
        for name, running in self._hashes.items():
            whole.update(name.encode() + running.digest())
        return whole.hexdigest()
